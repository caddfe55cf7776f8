//! Pages as responses.

use crate::problem::Failure;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

/// What a message is about, shown by shape, word and colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It worked.
    Done,
    /// It is going on, or it waits for the merchant.
    #[default]
    Waiting,
    /// It didn't work.
    Failed,
}

impl Tone {
    /// The class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Tone::Done => "done",
            Tone::Waiting => "waiting",
            Tone::Failed => "failed",
        }
    }

    /// The shape.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Tone::Done => "✓",
            Tone::Waiting => "◌",
            Tone::Failed => "✗",
        }
    }
}

/// A way on from a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// A path of ours.
    pub href: String,
    /// What it does.
    pub label: &'static str,
    /// Whether it is the one to take.
    pub is_primary: bool,
}

impl Action {
    /// The way to take.
    pub(crate) fn primary(href: String, label: &'static str) -> Self {
        Action { href, label, is_primary: true }
    }

    /// Another way.
    pub(crate) fn secondary(href: String, label: &'static str) -> Self {
        Action { href, label, is_primary: false }
    }
}

/// A page that says one thing.
#[derive(Template, Default)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    /// What it is about.
    pub tone: Tone,
    /// Says it.
    pub heading: &'a str,
    /// Says what follows from it.
    pub body: &'a str,
    /// Facts, each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// To find the cause in the log by.
    pub reference: Option<&'a str>,
    /// Ways on.
    pub actions: Vec<Action>,
}

impl Message<'_> {
    fn title(&self) -> String {
        match self.tone {
            Tone::Failed => format!("Error: {}", self.heading),
            Tone::Done | Tone::Waiting => self.heading.to_owned(),
        }
    }
}

/// A message as a response.
pub(crate) fn message(status: StatusCode, message: &Message<'_>) -> Result<HttpResponse, Failure> {
    html(status, message)
}

/// A page as a response.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(tributary_pages::html(status, page)?)
}
