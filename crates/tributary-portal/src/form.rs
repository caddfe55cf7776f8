//! Forms that browsers send: only from pages of ours, and within a session only with its token.

use crate::cookie::is_same;
use crate::failure::Failure;
use crate::{PortalState, cookie};
use actix_web::dev::Payload;
use actix_web::error::UrlencodedError;
use actix_web::web::{Data, Form};
use actix_web::{FromRequest, HttpRequest};
use std::pin::Pin;
use tributary_core::Secret;
use tributary_pages::is_same_site;

/// The longest form that is read, in bytes.
pub(crate) const BYTES_MAX: usize = 16 * 1024;

/// The name of the field that carries the session's form token.
pub(crate) const TOKEN_FIELD: &str = "token";

/// What a form's fields hold. Any of them may be a secret.
#[derive(Debug)]
pub(crate) struct Fields(Vec<(String, Secret)>);

impl Fields {
    /// A field's text without white space around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.find(name).map_or("", |value| value.expose().trim())
    }

    /// A field's text as it is, where there is any.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.find(name).filter(|value| !value.expose().trim().is_empty()).cloned()
    }

    /// Whether a box is ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The texts of all fields of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.expose())
    }

    fn find(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

/// A form of the session's own pages.
pub(crate) struct Posted(pub Fields);

/// A form of a page that needs no session: it came from a page of ours, and that is all that is known.
pub(crate) struct Unsigned(pub Fields);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for Posted {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state(&request)?;
            let Some(session) = cookie::session(&request, &state.urls) else {
                return Err(Failure::SignInFirst { next: None });
            };
            let fields = read(&request, &mut payload).await?;
            let (given, wanted) = (fields.find(TOKEN_FIELD), cookie::form_token(&session));
            let is_right = given.is_some_and(|given| is_same(given, &wanted));
            if is_right { Ok(Posted(fields)) } else { Err(Failure::CrossSite) }
        })
    }
}

impl FromRequest for Unsigned {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Unsigned(read(&request, &mut payload).await?)) })
    }
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Fields, Failure> {
    if !is_same_site(request, &state(request)?.urls.portal) {
        return Err(Failure::CrossSite);
    }
    let form = Form::<Vec<(String, Secret)>>::from_request(request, payload).await;
    let fields = form.map(Form::into_inner).map_err(|error| match error.as_error::<UrlencodedError>() {
        Some(UrlencodedError::Overflow { .. }) => Failure::TooLarge,
        _ => Failure::BadForm,
    })?;
    // U+0000 is in nothing that people type, and PostgreSQL can't store it.
    match fields.iter().any(|(_, value)| value.expose().contains('\0')) {
        true => Err(Failure::BadForm),
        false => Ok(Fields(fields)),
    }
}

fn state(request: &HttpRequest) -> Result<&Data<PortalState>, Failure> {
    request.app_data::<Data<PortalState>>().ok_or(Failure::NotFound)
}
