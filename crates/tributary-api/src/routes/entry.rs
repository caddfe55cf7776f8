//! One operation: where it is reached, who handles it, and what the document says of it.

use super::parameters::{self, PathParameter, QueryParameter};
use super::tag::Tag;
use actix_web::http::Method;
use actix_web::web;
use actix_web::{FromRequest, Handler, Responder, Route};
use std::borrow::Cow;
use tributary_contract::Paged;
use tributary_core::schema::SchemaRef;
use utoipa::ToSchema;

/// An operation.
pub(crate) struct Entry {
    pub method: Method,
    /// The path, with the contract's names of its parameters.
    pub path: &'static str,
    pub(super) route: Route,
    /// What the document says; none where only errors are answered, such as for types that nothing fills.
    pub described: Option<Described>,
}

/// What the document says of an operation.
pub(crate) struct Described {
    pub tag: Tag,
    /// The contract's operation id where it has one.
    pub id: &'static str,
    /// A few words.
    pub summary: &'static str,
    /// What it does, in sentences.
    pub description: &'static str,
    pub query: Vec<QueryParameter>,
    /// The JSON object that it takes.
    pub body: Option<SchemaOf>,
    /// Whether the body may be left out.
    pub body_is_optional: bool,
    /// The status of success.
    pub status: u16,
    /// What success answers with; none for an empty answer.
    pub answer: Option<SchemaOf>,
    /// Statuses of errors beyond those that every operation has.
    errors: Vec<u16>,
    /// Kept for older clients only.
    pub deprecated: bool,
    /// Whether the whole list can be had as a stream.
    pub streams: bool,
}

/// A type's schema, and those that it refers to.
#[derive(Clone, Copy)]
pub(crate) struct SchemaOf {
    pub name: fn() -> Cow<'static, str>,
    pub collect: fn(&mut Vec<(String, SchemaRef)>),
}

impl SchemaOf {
    pub(crate) fn new<T: ToSchema>() -> Self {
        let collect = |schemas: &mut Vec<(String, SchemaRef)>| {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        };
        SchemaOf { name: T::name, collect }
    }
}

/// Statuses that every operation may answer with: a malformed URL or a key in it, no key, too many requests, a
/// defect, an outage.
const ERRORS_OF_ALL: [u16; 5] = [400, 401, 429, 500, 503];

impl Entry {
    /// Begins the description: success is an empty 200 until it says otherwise.
    pub(super) fn operation(mut self, tag: Tag, id: &'static str, summary: &'static str) -> Self {
        self.described = Some(Described {
            tag,
            id,
            summary,
            description: "",
            query: Vec::new(),
            body: None,
            body_is_optional: false,
            status: 200,
            answer: None,
            errors: Vec::new(),
            deprecated: false,
            streams: false,
        });
        self
    }

    fn described(mut self, change: impl FnOnce(&mut Described)) -> Self {
        if let Some(described) = &mut self.described {
            change(described);
        }
        self
    }

    /// What the operation does, in sentences.
    pub(super) fn says(self, description: &'static str) -> Self {
        self.described(|it| it.description = description)
    }

    /// A parameter of the URL that may be left out.
    pub(super) fn query(self, name: &'static str, description: &'static str) -> Self {
        self.described(|it| it.query.push(QueryParameter::text(name, description)))
    }

    /// The object in the request's body.
    pub(super) fn takes<T: ToSchema>(self) -> Self {
        self.described(|it| it.body = Some(SchemaOf::new::<T>()))
    }

    /// The object in the request's body, which may be left out.
    pub(super) fn may_take<T: ToSchema>(self) -> Self {
        self.takes::<T>().described(|it| it.body_is_optional = true)
    }

    /// The status and the body of success.
    pub(super) fn answers<T: ToSchema>(self, status: u16) -> Self {
        self.described(|it| (it.status, it.answer) = (status, Some(SchemaOf::new::<T>())))
    }

    /// The status of success without a body.
    pub(super) fn answers_nothing(self, status: u16) -> Self {
        self.described(|it| (it.status, it.answer) = (status, None))
    }

    /// Success is a page of a list, with the parameters that choose and order it.
    pub(super) fn lists<T: ToSchema>(self) -> Self {
        self.answers::<Paged<T>>(200).described(|it| it.query.extend(parameters::of_lists()))
    }

    /// Success is a page of a list that is always whole and in one order.
    pub(super) fn pages<T: ToSchema>(self) -> Self {
        self.answers::<Paged<T>>(200).described(|it| it.query.extend(parameters::of_pages()))
    }

    /// The whole list can also be had as a stream.
    pub(super) fn streams(self) -> Self {
        self.described(|it| it.streams = true)
    }

    /// Statuses of errors beyond those that every operation has and those that follow from its form.
    pub(super) fn errors(self, statuses: &[u16]) -> Self {
        self.described(|it| it.errors.extend(statuses))
    }

    /// Kept for older clients only.
    pub(super) fn deprecated(self) -> Self {
        self.described(|it| it.deprecated = true)
    }

    /// The parameters of the path, in its order. Ones that [`parameters`] doesn't know are left out.
    pub(crate) fn path_parameters(&self) -> Vec<&'static PathParameter> {
        self.parameter_names().filter_map(parameters::of_path).collect()
    }

    /// The names between braces.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Every status that an error may have, ascending: 404 where the path has parameters, 413 where a body is read,
    /// as it is of every POST.
    pub(crate) fn error_statuses(&self) -> Vec<u16> {
        let mut statuses = ERRORS_OF_ALL.to_vec();
        if let Some(described) = &self.described {
            statuses.extend(&described.errors);
            statuses.extend((described.body.is_some() || self.method == Method::POST).then_some(413));
        }
        statuses.extend(self.parameter_names().next().map(|_| 404));
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}

macro_rules! methods {
    ($($function:ident = $method:ident),+) => {$(
        /// An operation of this method.
        pub(super) fn $function<F, Args>(path: &'static str, handler: F) -> Entry
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            Entry { method: Method::$method, path, route: web::$function().to(handler), described: None }
        }
    )+};
}

methods!(get = GET, post = POST, put = PUT, patch = PATCH, delete = DELETE);
