//! Pages: which part of a list is asked for, and the envelope it comes in.

use crate::error::ApiError;
use crate::parameters::Parameters;
use serde::Serialize;
use std::borrow::Cow;
use tributary_core::schema::SchemaRef;
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder};
use utoipa::{PartialSchema, ToSchema};

/// The most results a page may hold.
pub const MAX_PAGE_SIZE: u32 = 5000;
/// The results a page holds when the request doesn't say.
pub const DEFAULT_PAGE_SIZE: u32 = 100;

/// Which page of a list is asked for: `page` from 1, `pageSize` from 1 to 5000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    number: u32,
    size: u32,
    beside: String,
}

impl PageRequest {
    /// Reads `page` (1 if absent) and `pageSize` (100 if absent). Text, 0, negative numbers and what is out of
    /// range are invalid; the contract has no such answer as a page 0.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ApiError> {
        let number = read(parameters, "page", 1, i32::MAX.unsigned_abs())?;
        let size = read(parameters, "pageSize", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
        Ok(PageRequest { number, size, beside: parameters.beside_paging() })
    }

    /// Rows before the page.
    pub fn offset(&self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.size)
    }

    /// Rows in the page at most.
    pub fn limit(&self) -> i64 {
        i64::from(self.size)
    }
}

fn read(parameters: &Parameters, name: &str, absent: u32, max: u32) -> Result<u32, ApiError> {
    let Some(text) = parameters.get(name) else { return Ok(absent) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(number) if digits && (1..=max).contains(&number) => Ok(number),
        _ => {
            let message = format!("{name} must be a whole number from 1 to {max}");
            Err(ApiError::invalid("Paging", name, message))
        }
    }
}

/// A page of a list, with links to its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paged<T> {
    results: Vec<T>,
    #[serde(flatten)]
    paging: Paging,
}

/// Where a page stands in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    /// Which page this is: the first is 1.
    page_number: u32,
    /// How many results a page has at most.
    page_size: u32,
    /// How many results there are on all pages together.
    total_results: i64,
    /// Where the neighbours are.
    #[serde(rename = "_links")]
    links: Links,
}

// Derived, every list's page would have the same name.
impl<T: ToSchema> PartialSchema for Paged<T> {
    fn schema() -> SchemaRef {
        let results = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let results = results.description(Some("What is on this page."));
        let own = ObjectBuilder::new().property("results", results).required("results");
        let both = AllOfBuilder::new().item(own).item(Ref::from_schema_name(Paging::name()));
        both.description(Some("A page of a list, with links to its neighbours.")).into()
    }
}

impl<T: ToSchema> ToSchema for Paged<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, SchemaRef)>) {
        schemas.extend([(T::name().into(), T::schema()), (Paging::name().into(), Paging::schema())]);
        T::schemas(schemas);
        Paging::schemas(schemas);
    }
}

/// Where a page's neighbours are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Links {
    /// This page.
    current: Link,
    /// The list, without parameters.
    #[serde(rename = "self")]
    itself: Link,
    /// The page after this one; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Link>,
    /// The page before this one; left out on the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<Link>,
}

/// A link to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Link {
    /// The path and the parameters, relative to the server.
    href: String,
}

impl<T> Paged<T> {
    /// The page's results, of `total_results` in the whole list.
    ///
    /// `path` is the list's path from `/`, encoded, without parameters. Links are relative to the server;
    /// they repeat the request's other parameters. `previous` is there on every page but the first, `next`
    /// where the list goes on.
    pub fn new(results: Vec<T>, request: &PageRequest, total_results: i64, path: &str) -> Self {
        let goes_on = request.offset() + request.limit() < total_results;
        Paged::going_on(goes_on, results, request, total_results, path)
    }

    /// As [`Paged::new`], where it is known apart from the total whether the list goes on after the page.
    pub fn going_on(
        goes_on: bool,
        results: Vec<T>,
        request: &PageRequest,
        total_results: i64,
        path: &str,
    ) -> Self {
        let PageRequest { number, size, beside } = request;
        let page = |number: u32| Link { href: format!("{path}?page={number}&pageSize={size}{beside}") };
        let links = Links {
            current: page(*number),
            itself: Link { href: path.to_owned() },
            next: goes_on.then(|| page(number + 1)),
            previous: (*number > 1).then(|| page(number - 1)),
        };
        let paging = Paging { page_number: *number, page_size: *size, total_results, links };
        Paged { results, paging }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query_string: &str) -> Result<PageRequest, ApiError> {
        PageRequest::from_parameters(&Parameters::parse(query_string).unwrap())
    }

    fn json(results: Vec<u8>, query_string: &str, total: i64) -> String {
        let page = Paged::new(results, &request(query_string).unwrap(), total, "/companies");
        serde_json::to_string(&page).unwrap()
    }

    #[test]
    fn an_empty_list_has_the_four_fields_and_two_links() {
        assert_eq!(
            json(vec![], "", 0),
            r#"{"results":[],"pageNumber":1,"pageSize":100,"totalResults":0,"_links":{"current":{"href":"/companies?page=1&pageSize=100"},"self":{"href":"/companies"}}}"#
        );
    }

    #[test]
    fn a_page_in_the_middle_links_both_ways_and_repeats_other_parameters_encoded() {
        let given = "orderBy=-created&pageSize=2&page=2&query=name%3DToft%20%26%26%20id!=%C3%A9";
        let beside = "orderBy=-created&query=name%3DToft%20%26%26%20id%21%3D%C3%A9";
        let link = |page: u8| format!(r#"{{"href":"/companies?page={page}&pageSize=2&{beside}"}}"#);
        assert_eq!(
            json(vec![3, 4], given, 5),
            format!(
                r#"{{"results":[3,4],"pageNumber":2,"pageSize":2,"totalResults":5,"_links":{{"current":{},"self":{{"href":"/companies"}},"next":{},"previous":{}}}}}"#,
                link(2),
                link(3),
                link(1)
            )
        );
    }

    #[test]
    fn there_is_a_next_page_only_while_results_remain() {
        assert!(json(vec![1], "pageSize=1", 2).contains("next"));
        assert!(!json(vec![2], "pageSize=1&page=2", 2).contains("next"));
        let past_the_end = json(vec![], "pageSize=1&page=9", 2);
        assert!(!past_the_end.contains("next") && past_the_end.contains("page=8&"));
    }

    #[test]
    fn pages_and_sizes_out_of_range_are_refused_by_name() {
        for bad in ["page=0", "page=-1", "page=one", "page=", "page=2147483648", "page=1.5", "page=%2B1"] {
            let message = "page must be a whole number from 1 to 2147483647";
            assert_eq!(request(bad), Err(ApiError::invalid("Paging", "page", message)), "{bad}");
        }
        for bad in ["pageSize=0", "pageSize=5001", "pageSize=-5", "pageSize=all"] {
            assert_eq!(request(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    #[test]
    fn the_last_page_that_can_be_asked_for_has_an_offset() {
        let last = request("page=2147483647&pageSize=5000").unwrap();
        assert_eq!((last.offset(), last.limit()), (10_737_418_230_000, 5000));
    }
}
