//! Lists nested in objects: Stripe shows their first ten, and where the rest is (rule E6). They are read to their end,
//! and become part of the object's text, so that what is stored is the whole object.

use crate::client::{Answer, Auth, Client};
use crate::error::{Error, ErrorKind, Unreadable};
use crate::limits::Endpoint;
use crate::lists::{self, Nested};
use crate::page::{ListPage, RawObject};
use crate::settings::below;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;
use tokio::task::JoinSet;
use tributary_core::{Millis, Resource};
use url::Url;

/// Objects of one page whose lists are read at once.
const AT_ONCE: usize = 4;

/// Pages of one nested list at most: a hundred thousand lines.
const PAGES_MAX: usize = 1_000;

/// How often one nested list is begun anew because what its cursor named is gone.
const RESTARTS_MAX: usize = 3;

/// A nested list that Stripe has more of.
struct Open {
    /// Where the rest is, as Stripe tells it.
    url: String,
    /// The last one shown.
    last: Option<String>,
    /// The shown ones with their brackets, as a part of the object's text.
    data: Range<usize>,
    /// The word that says there is more.
    has_more: Range<usize>,
}

/// The rest of a nested list, and when it was read.
struct Rest {
    items: Vec<String>,
    /// Whether these are all of them, the shown ones too.
    is_whole: bool,
    received_at: Millis,
}

#[derive(Deserialize)]
struct Nesting<'a> {
    #[serde(borrow, default)]
    lines: Option<&'a RawValue>,
    #[serde(borrow, default)]
    line_items: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    has_more: Option<&'a RawValue>,
    #[serde(borrow, default)]
    url: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Whether a snapshot of an object holds all that the list shows of it: events expand nothing, and cut the lists nested
/// in their objects (rule E14).
pub fn carries_all(resource: Resource, snapshot: &str) -> bool {
    let expanded = lists::list_params(resource).iter().any(|(name, _)| name.starts_with("expand"));
    !expanded && lists::nested(resource).is_none_or(|nested| matches!(open(snapshot, nested), Ok(None)))
}

impl Client {
    /// The same page with the nested lists of its objects whole. An object that was deleted in the meantime is left out.
    ///
    /// # Errors
    /// As of a page: what can't be read of a nested list can't be read of the page.
    pub async fn complete(
        &self,
        auth: &Auth,
        resource: Resource,
        page: Answer<ListPage>,
    ) -> Result<Answer<ListPage>, Error> {
        let Some(nested) = lists::nested(resource) else { return Ok(page) };
        let texts: Vec<&str> = page.body.texts().collect();
        let open =
            texts.iter().enumerate().map(|(place, raw)| Ok(open(raw, nested)?.map(|open| (place, open))));
        let mut waiting = open.filter_map(Result::transpose).collect::<Result<Vec<_>, Error>>()?.into_iter();
        if waiting.len() == 0 {
            return Ok(page);
        }
        let mut whole: Vec<Option<Cow<'_, str>>> =
            texts.iter().map(|raw| Some(Cow::Borrowed(*raw))).collect();
        let mut received_at = page.received_at;
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some((place, open)) = waiting.next()
            {
                let (client, auth) = (self.clone(), auth.clone());
                under_way.spawn(async move {
                    let rest = client.rest(&auth, resource, &open).await;
                    (place, open, rest)
                });
            }
            let Some(read) = under_way.join_next().await else { break };
            let (place, open, rest) =
                read.map_err(|_| Error::without_answer(crate::error::Unreachable::Broken))?;
            match rest {
                Ok(rest) => {
                    received_at = received_at.max(rest.received_at);
                    whole[place] = whole[place].take().map(|raw| Cow::Owned(join(&raw, &open, &rest)));
                }
                Err(error) if matches!(error.kind, ErrorKind::NotFound { .. }) => whole[place] = None,
                Err(error) => return Err(error),
            }
        }
        let body = ListPage::of(whole.iter().flatten(), page.body.has_more());
        Ok(Answer { body, received_at, ..page })
    }

    /// The same object with its nested list whole.
    pub(crate) async fn complete_object(
        &self,
        auth: &Auth,
        resource: Resource,
        mut answer: Answer<RawObject>,
    ) -> Result<Answer<RawObject>, Error> {
        let Some(nested) = lists::nested(resource) else { return Ok(answer) };
        let raw = answer.body.object().raw;
        let Some(open) = open(raw, nested)? else { return Ok(answer) };
        let rest = self.rest(auth, resource, &open).await?;
        let text = join(raw, &open, &rest);
        answer.received_at = answer.received_at.max(rest.received_at);
        answer.body = answer.body.with_text(text);
        Ok(answer)
    }

    /// Reads a nested list to its end.
    async fn rest(&self, auth: &Auth, resource: Resource, open: &Open) -> Result<Rest, Error> {
        let mut rest =
            Rest { items: Vec::new(), is_whole: open.last.is_none(), received_at: self.clock().now() };
        let mut after = open.last.clone();
        let mut restarts = 0;
        for _ in 0..PAGES_MAX {
            let url = rest_url(&self.settings().api_base, resource, &open.url, after.as_deref());
            let url = url.ok_or_else(unusable)?;
            let page = match self.get(auth, Endpoint::Nested(resource), url, ListPage::read).await {
                Ok(answer) => {
                    rest.received_at = answer.received_at;
                    answer.body
                }
                Err(error) if matches!(error.kind, ErrorKind::CursorMissing) && restarts < RESTARTS_MAX => {
                    restarts += 1;
                    (rest.items, rest.is_whole, after) = (Vec::new(), true, None);
                    continue;
                }
                Err(error) => return Err(error),
            };
            rest.items.extend(page.texts().map(str::to_owned));
            if !page.has_more() {
                return Ok(rest);
            }
            after = page.last().map(|last| last.id.into_owned());
        }
        Err(unusable())
    }
}

/// The nested list of an object's text, if Stripe has more of it. What is no list is left as it is.
///
/// # Errors
/// There is more, and nothing says where.
fn open(raw: &str, nested: Nested) -> Result<Option<Open>, Error> {
    let nesting: Option<Nesting<'_>> = serde_json::from_str(raw).ok();
    let list = nesting.and_then(|nesting| match nested {
        Nested::Lines => nesting.lines,
        Nested::LineItems => nesting.line_items,
        Nested::Items => nesting.items,
    });
    let shown: Option<Shown<'_>> = list.and_then(|list| serde_json::from_str(list.get()).ok());
    match shown {
        Some(Shown { data, has_more: Some(has_more), url }) if has_more.get() == "true" => {
            rest_of(raw, data, has_more, url).ok_or_else(unusable).map(Some)
        }
        _ => Ok(None),
    }
}

fn rest_of(raw: &str, data: Option<&RawValue>, has_more: &RawValue, url: Option<&RawValue>) -> Option<Open> {
    let base = raw.as_ptr() as usize;
    let place = |part: &RawValue| {
        let start = part.get().as_ptr() as usize - base;
        start..start + part.get().len()
    };
    let named: Vec<Named> = serde_json::from_str(data?.get()).ok()?;
    Some(Open {
        url: serde_json::from_str(url?.get()).ok()?,
        last: named.into_iter().last().map(|named| named.id),
        data: place(data?),
        has_more: place(has_more),
    })
}

/// The object's text with all of its list.
fn join(raw: &str, open: &Open, rest: &Rest) -> String {
    let shown = raw.get(open.data.clone()).unwrap_or_default().trim_end_matches(']');
    let mut data = if rest.is_whole { "[".to_owned() } else { shown.trim_end().to_owned() };
    for item in &rest.items {
        if !data.ends_with('[') {
            data.push(',');
        }
        data.push_str(item);
    }
    data.push(']');
    let mut parts = [(&open.data, data.as_str()), (&open.has_more, "false")];
    parts.sort_by_key(|(place, _)| place.start);
    let mut whole = String::with_capacity(raw.len() + data.len());
    let mut copied = 0;
    for (place, with) in parts {
        whole.push_str(raw.get(copied..place.start).unwrap_or_default());
        whole.push_str(with);
        copied = place.end;
    }
    whole.push_str(raw.get(copied..).unwrap_or_default());
    whole
}

/// The address of the next page of a nested list: below the base that everything is read from, wherever Stripe says the
/// list is.
fn rest_url(base: &Url, resource: Resource, told: &str, after: Option<&str>) -> Option<Url> {
    let (path, query) = told.split_once('?').unwrap_or((told, ""));
    let segments: Vec<&str> = path.strip_prefix("/v1/").map(|_| path)?.split('/').skip(1).collect();
    if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return None;
    }
    let mut url = below(base, &segments);
    let told = url::form_urlencoded::parse(query.as_bytes());
    url.query_pairs_mut()
        .extend_pairs(told)
        .extend_pairs([("limit", "100")])
        .extend_pairs(lists::nested_params(resource))
        .extend_pairs(after.map(|after| ("starting_after", after)));
    Some(url)
}

/// A list that leads nowhere or has no end.
fn unusable() -> Error {
    Error {
        kind: ErrorKind::Unreadable { status: 200, why: Unreadable::Shape },
        request_id: None,
        should_retry: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(items: &[&str], is_whole: bool) -> Rest {
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        Rest { items, is_whole, received_at: Millis(0) }
    }

    #[test]
    fn the_rest_of_a_list_becomes_part_of_the_object_and_nothing_else_changes() {
        let raw = r#"{ "id":"in_1", "lines": { "has_more" : true, "data":[ {"id":"il_1"}, {"id":"il_2"} ],
            "url":"/v1/invoices/in_1/lines"}, "é":[1.50] }"#;
        let found = open(raw, Nested::Lines).unwrap().unwrap();
        assert_eq!((found.url.as_str(), found.last.as_deref()), ("/v1/invoices/in_1/lines", Some("il_2")));
        let expected = r#"{ "id":"in_1", "lines": { "has_more" : false, "data":[ {"id":"il_1"}, {"id":"il_2"},{"id":"il_3"}],
            "url":"/v1/invoices/in_1/lines"}, "é":[1.50] }"#;
        assert_eq!(join(raw, &found, &rest(&[r#"{"id":"il_3"}"#], false)), expected);
        let anew = join(raw, &found, &rest(&[r#"{"id":"il_3"}"#], true));
        assert!(anew.contains(r#""data":[{"id":"il_3"}],"#), "{anew}");
    }

    #[test]
    fn a_list_that_is_whole_is_left_alone_and_so_is_what_is_no_list() {
        for raw in [
            r#"{"id":"in_1","lines":{"data":[],"has_more":false,"url":"/v1/x"}}"#,
            r#"{"id":"in_1","lines":null}"#,
            r#"{"id":"in_1"}"#,
            r#"{"id":"in_1","lines":"some"}"#,
            "[]",
        ] {
            assert!(matches!(open(raw, Nested::Lines), Ok(None)), "{raw}");
        }
    }

    #[test]
    fn a_list_that_goes_on_nobody_knows_where_is_never_taken_for_whole() {
        for list in [
            r#"{"data":[{"id":"il_1"},{}],"has_more":true,"url":"/v1/x"}"#,
            r#"{"data":[{"id":"il_1"}],"has_more":true}"#,
            r#"{"data":[{"id":"il_1"}],"has_more":true,"url":7}"#,
            r#"{"has_more":true,"url":"/v1/x"}"#,
        ] {
            assert!(open(&format!(r#"{{"id":"in_1","lines":{list}}}"#), Nested::Lines).is_err(), "{list}");
        }
    }

    #[test]
    fn a_list_is_read_from_where_stripe_says_below_the_base_and_from_nowhere_else() {
        let base: Url = "http://127.0.0.1:9/stand-in".parse().unwrap();
        let url = |told: &str| rest_url(&base, Resource::Subscriptions, told, Some("si_1"));
        assert_eq!(
            url("/v1/subscription_items?subscription=sub_1").unwrap().as_str(),
            "http://127.0.0.1:9/stand-in/v1/subscription_items?subscription=sub_1&limit=100&starting_after=si_1"
        );
        for told in [
            "",
            "/",
            "/v2/x",
            "https://elsewhere.example/v1/x",
            "//elsewhere.example/v1/x",
            "/v1/../x",
            "/v1//x",
        ] {
            assert!(url(told).is_none(), "{told}");
        }
    }
}
