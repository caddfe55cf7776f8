//! Lists: what is asked of them, and the envelope it is answered in.

use crate::answer::{Answer, json};
use crate::failure::Failure;
use crate::representation::vary;
use crate::state::ApiState;
use crate::stream;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;
use std::future::{Ready, ready};
use tributary_contract::query::{
    Expr, Filter, Key, OrderKey, Property, Tag, Value, compare, matches, parse, parse_order, resolve,
    resolve_order, resolve_tags,
};
use tributary_contract::{ApiError, PageRequest, Paged, Parameters};
use tributary_core::ids::PlatformNo;
use tributary_db::query::{Fields, ListQuery};
use tributary_db::{AnyConn, Page};

/// A request for a part of a list.
pub(crate) struct ListRequest {
    request: PageRequest,
    query: Option<Expr>,
    order: Vec<Key>,
    tags: Option<Expr>,
    path: String,
    is_whole: bool,
    /// The parameter that asks for a page, if one does.
    paging: Option<&'static str>,
}

impl ListRequest {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let extensions = request.extensions();
        let none = Parameters::default();
        let parameters = extensions.get::<Parameters>().unwrap_or(&none);
        let given = |name| parameters.get(name).unwrap_or_default();
        Ok(ListRequest {
            is_whole: stream::is_wanted(request),
            paging: ["page", "pageSize"].into_iter().find(|name| parameters.get(name).is_some()),
            request: PageRequest::from_parameters(parameters)?,
            query: parse("query", given("query"))?,
            order: parse_order(given("orderBy"))?,
            tags: parse("tags", given("tags"))?,
            path: request.uri().path().to_owned(),
        })
    }

    /// The page of a list that is always whole and in one order.
    pub(crate) fn page(&self) -> Page {
        Page { offset: self.request.offset(), limit: self.request.limit() }
    }

    /// What is asked of a list of records that have these properties.
    pub(crate) fn of(&self, fields: &'static Fields) -> Result<ListQuery, ApiError> {
        ListQuery::new(fields, self.query.as_ref(), &self.order, self.page())
    }

    /// Whether the whole list is asked for, as a stream. A stream has no pages: ignoring them would send more than was
    /// asked for.
    pub(crate) fn is_whole(&self) -> Result<bool, ApiError> {
        match self.paging {
            Some(name) if self.is_whole => {
                let message = format!("{name} means nothing where the whole list is streamed: leave it out");
                Err(ApiError::invalid("Paging", name, message))
            }
            _ => Ok(self.is_whole),
        }
    }

    /// Answers with the part that is asked for and how much there is in all, or with everything as a stream.
    ///
    /// `find` says what is listed, or why it can't be; `read` reads a part of it as it is shown, once for a page and
    /// part after part for a stream; `count` says how much there is.
    pub(crate) async fn respond<T: Send + 'static, S: Serialize + Send + 'static>(
        &self,
        state: &ApiState,
        platform: PlatformNo,
        find: impl FnOnce(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
        mut read: impl FnMut(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure> + Send + 'static,
        count: impl FnOnce(&mut AnyConn, &T) -> Result<i64, Failure> + Send + 'static,
    ) -> Answer {
        if self.is_whole()? {
            return self.stream(state, platform, find, read).await;
        }
        let page = self.page();
        let found = state.read(move |conn| {
            let thing = find(conn)?;
            Ok((read(conn, &thing, page)?, count(conn, &thing)?))
        });
        Ok(varied(self.answer(found.await?)?))
    }

    /// Answers with everything as a stream: `find` and `read` as in [`ListRequest::respond`].
    pub(crate) async fn stream<T: Send + 'static, S: Serialize + Send + 'static>(
        &self,
        state: &ApiState,
        platform: PlatformNo,
        find: impl FnOnce(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
        read: impl FnMut(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure> + Send + 'static,
    ) -> Answer {
        Ok(varied(stream::answer(state, platform, find, read).await?))
    }

    /// The part of a list that is neither filtered nor ordered by what is asked for.
    pub(crate) fn unselected(&self) -> Result<(), ApiError> {
        let asked = [("query", self.query.is_some()), ("orderBy", !self.order.is_empty())];
        match asked.into_iter().find(|(_, is_asked)| *is_asked) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ApiError::invalid("Query", name, format!("this list knows no {name}: leave it out")))
            }
        }
    }

    /// Which tags are asked for: companies have them.
    pub(crate) fn tags(&self) -> Result<Filter<Tag>, ApiError> {
        self.tags.as_ref().map_or_else(|| Ok(Filter::everything()), resolve_tags)
    }

    /// What is asked of a list that isn't stored, of records that have the properties that `find` finds.
    pub(crate) fn in_memory<P: Property>(
        &self,
        model: &'static str,
        find: &impl Fn(&str) -> Option<P>,
    ) -> Result<InMemory<P>, ApiError> {
        let everything = || Ok(Filter::everything());
        let filter = self.query.as_ref().map_or_else(everything, |query| resolve(query, model, find))?;
        let order = resolve_order(&self.order, model, find)?;
        Ok(InMemory { filter, order, offset: self.request.offset(), limit: self.request.limit() })
    }

    /// The page, of `total` results in all, where it is known apart from that whether the list goes on.
    pub(crate) fn part<T: Serialize>(&self, results: Vec<T>, goes_on: bool, total: i64) -> Answer {
        json(&Paged::going_on(goes_on, results, &self.request, total, &self.path)).map(varied)
    }

    /// The page, of `total` results in all.
    pub(crate) fn answer<T: Serialize>(&self, (results, total): (Vec<T>, i64)) -> Answer {
        json(&Paged::new(results, &self.request, total, &self.path))
    }
}

/// The answer of a list that can be had as a stream as well.
fn varied(mut answer: HttpResponse) -> HttpResponse {
    vary(answer.head_mut(), "accept");
    answer
}

/// What is asked of a list that isn't stored.
pub(crate) struct InMemory<P> {
    filter: Filter<P>,
    order: Vec<OrderKey<P>>,
    offset: i64,
    limit: i64,
}

impl<P: Property> InMemory<P> {
    /// The part of `all` that is asked for, in their order unless another is asked for, and how many there are;
    /// `value` gives a record's value of a property.
    pub(crate) fn of<T>(&self, mut all: Vec<T>, value: impl Fn(&T, &P) -> Option<Value>) -> (Vec<T>, i64) {
        all.retain(|record| matches(&self.filter, &|property| value(record, property)));
        all.sort_by(|left, right| {
            compare(&self.order, &|property| value(left, property), &|property| value(right, property))
        });
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let count = |number: i64| usize::try_from(number).unwrap_or(0);
        (all.into_iter().skip(count(self.offset)).take(count(self.limit)).collect(), total)
    }
}

impl FromRequest for ListRequest {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request).map_err(Failure::Refused))
    }
}
