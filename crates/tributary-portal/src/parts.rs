//! Small parts that pages are made of. Each renders itself and escapes what it shows.

use askama::Template;
use askama::filters::HtmlSafe;
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::timetable::minute_in;
use tributary_core::{Millis, Secret};

/// A moment, to the minute, in UTC; a dash where there is none.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = "{% match at %}{% when Some(at) %}<time datetime=\"{{ at.to_iso() }}\">{{ self.minute(at) }} UTC</time>\
              {% when None %}<span aria-hidden=\"true\">—</span><span class=\"vh\">never</span>{% endmatch %}",
    ext = "html"
)]
pub(crate) struct Moment {
    at: Option<Millis>,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// A moment.
    pub(crate) fn of(at: Millis) -> Self {
        Moment { at: Some(at) }
    }

    /// `2026-11-21 14:02`
    fn minute(&self, at: &Millis) -> String {
        at.to_iso().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
    }

    /// A moment, if there was one.
    pub(crate) fn maybe(at: Option<Millis>) -> Self {
        Moment { at }
    }
}

/// A moment by the clock of a zone, to the minute.
#[derive(Clone, Debug, Template)]
#[template(source = "<time datetime=\"{{ at.to_iso() }}\">{{ text }}</time>", ext = "html")]
pub(crate) struct LocalMoment {
    at: Millis,
    text: String,
}

impl HtmlSafe for LocalMoment {}

impl LocalMoment {
    /// A moment in a zone of IANA's.
    pub(crate) fn new(at: Millis, time_zone: &str) -> Self {
        LocalMoment { at, text: minute_in(at, time_zone) }
    }
}

/// A state as shape, word and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(
    source = "<span class=\"badge {{ class }}\"><span class=\"mark\" aria-hidden=\"true\">{{ mark }}</span> \
              <span class=\"word\">{{ word }}</span></span>",
    ext = "html"
)]
pub(crate) struct Badge {
    /// The class in the style sheet.
    pub class: &'static str,
    /// The shape.
    pub mark: &'static str,
    /// The word.
    pub word: &'static str,
}

impl HtmlSafe for Badge {}

impl Badge {
    /// A connection's status.
    pub(crate) fn of_connection(status: ConnectionStatus) -> Self {
        let (class, mark, word) = match status {
            ConnectionStatus::PendingAuth => ("waiting", "◌", "Pending"),
            ConnectionStatus::Linked => ("done", "●", "Linked"),
            ConnectionStatus::Unlinked => ("off", "■", "Unlinked"),
            ConnectionStatus::Deauthorized => ("warning", "▲", "Deauthorized"),
        };
        Badge { class, mark, word }
    }

    /// A dataset's status.
    pub(crate) fn of_dataset(status: DatasetStatus) -> Self {
        let (class, mark, word) = match status {
            DatasetStatus::Queued => ("waiting", "◌", "Queued"),
            DatasetStatus::Fetching => ("waiting", "◌", "Reading"),
            DatasetStatus::Complete => ("done", "✓", "Complete"),
            DatasetStatus::FetchError => ("failed", "✗", "Reading failed"),
            DatasetStatus::MapError => ("failed", "✗", "Couldn't be stored"),
            DatasetStatus::InternalError => ("failed", "✗", "Failed on our side"),
            DatasetStatus::AuthError => ("failed", "✗", "Access lost"),
            DatasetStatus::PermissionsError => ("failed", "✗", "Permission missing"),
            DatasetStatus::RateLimitError => ("failed", "✗", "Stripe's limits"),
            DatasetStatus::Cancelled => ("off", "■", "Cancelled"),
            DatasetStatus::NotSupported => ("off", "○", "Not supported"),
        };
        Badge { class, mark, word }
    }

    /// A connection that isn't read until it is resumed.
    pub(crate) fn paused() -> Self {
        Badge { class: "off", mark: "‖", word: "Paused" }
    }

    /// Where a company has no connections.
    pub(crate) fn no_connections() -> Self {
        Badge { class: "off", mark: "○", word: "No connections" }
    }

    /// A switch.
    pub(crate) fn switch(is_on: bool) -> Self {
        match is_on {
            true => Badge { class: "done", mark: "●", word: "Enabled" },
            false => Badge { class: "off", mark: "○", word: "Off" },
        }
    }
}

/// Text to copy: selectable, with a button where scripts run.
#[derive(Clone, Debug, Template)]
#[template(
    source = "<span class=\"copy\"><code id=\"{{ id }}\" class=\"value\">{{ text }}</code> \
              <button type=\"button\" class=\"button quiet small\" data-copy=\"{{ id }}\" aria-label=\"Copy {{ what }}\" \
              hidden>Copy</button></span>",
    ext = "html"
)]
pub(crate) struct Copyable {
    /// The element's id, of one per page.
    pub id: String,
    /// What it is, for those who don't see where it stands.
    pub what: String,
    /// The text.
    pub text: String,
}

impl HtmlSafe for Copyable {}

impl Copyable {
    /// Text to copy.
    pub(crate) fn new(id: impl Into<String>, what: impl Into<String>, text: impl ToString) -> Self {
        Copyable { id: id.into(), what: what.into(), text: text.to_string() }
    }
}

/// What is wrong with what was entered: a summary that leads to the fields, and the same words at each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = "{% if !self.is_empty() %}<div class=\"summary\" role=\"alert\" tabindex=\"-1\" id=\"problems\" \
              data-focus>\n<h2>There is a problem</h2>\n<ul>{% for (field, words) in list %}\
              <li>{% if field.is_empty() %}{{ words }}{% else %}<a href=\"#{{ field }}\">{{ words }}</a>{% endif %}</li>\
              {% endfor %}</ul>\n</div>{% endif %}",
    ext = "html"
)]
pub(crate) struct Problems {
    /// The field's id, empty where it is about none; and the words.
    list: Vec<(&'static str, String)>,
}

impl HtmlSafe for Problems {}

impl Problems {
    /// Notes what is wrong with a field.
    pub(crate) fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.list.push((field, words.into()));
    }

    /// One problem.
    pub(crate) fn one(field: &'static str, words: impl Into<String>) -> Self {
        Problems { list: vec![(field, words.into())] }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What a page's title starts with.
    pub(crate) fn title(&self) -> &'static str {
        if self.is_empty() { "" } else { "Error: " }
    }

    /// What stands at a field.
    pub(crate) fn at(&self, field: &'static str) -> FieldProblem<'_> {
        let words = self.list.iter().find(|(of, _)| *of == field).map(|(_, words)| words.as_str());
        FieldProblem { field, words }
    }

    /// The attributes of a field's input, beside the hint's id if it has a hint.
    pub(crate) fn describe(&self, field: &'static str, has_hint: bool) -> Described {
        let is_wrong = self.list.iter().any(|(of, _)| *of == field);
        Described { field, has_hint, is_wrong }
    }
}

/// What is wrong with a field, above its input.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = "{% if let Some(words) = words %}<p class=\"error\" id=\"{{ field }}-error\">\
              <span class=\"vh\">Error:</span> {{ words }}</p>{% endif %}",
    ext = "html"
)]
pub(crate) struct FieldProblem<'a> {
    field: &'static str,
    words: Option<&'a str>,
}

impl HtmlSafe for FieldProblem<'_> {}

/// An input's attributes that tie it to its hint and to what is wrong with it.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = "{% if is_wrong %} aria-invalid=\"true\"{% endif %}{% if has_hint || is_wrong %} aria-describedby=\"\
              {% if has_hint %}{{ field }}-hint{% if is_wrong %} {% endif %}{% endif %}\
              {% if is_wrong %}{{ field }}-error{% endif %}\"{% endif %}",
    ext = "html"
)]
pub(crate) struct Described {
    field: &'static str,
    has_hint: bool,
    is_wrong: bool,
}

impl HtmlSafe for Described {}

/// The hidden field that proves that a form is the session's own.
#[derive(Clone, Debug, Template)]
#[template(source = "<input type=\"hidden\" name=\"token\" value=\"{{ token.expose() }}\">", ext = "html")]
pub(crate) struct FormToken {
    token: Secret,
}

impl HtmlSafe for FormToken {}

impl FormToken {
    /// The token of a session's forms.
    pub(crate) fn of(session: &Secret) -> Self {
        FormToken { token: crate::cookie::form_token(session) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_say_their_zone() {
        let at = Millis(1_767_225_723_456);
        assert_eq!(
            Moment::of(at).to_string(),
            "<time datetime=\"2026-01-01T00:02:03.456Z\">2026-01-01 00:02 UTC</time>"
        );
        assert!(Moment::maybe(None).to_string().contains('—'));
    }

    #[test]
    fn problems_are_said_twice_in_the_same_words_and_lead_to_their_field() {
        let mut problems = Problems::default();
        assert_eq!((problems.to_string().as_str(), problems.title()), ("", ""));
        problems.add("name", "Enter <a> name.");
        let summary = problems.to_string();
        assert!(summary.contains("<a href=\"#name\">Enter &#60;a&#62; name.</a>"), "{summary}");
        let field = problems.at("name").to_string();
        assert!(field.contains("id=\"name-error\"") && field.contains("Enter &#60;a&#62; name."), "{field}");
        assert_eq!(problems.at("other").to_string(), "");
        assert_eq!(
            problems.describe("name", true).to_string(),
            " aria-invalid=\"true\" aria-describedby=\"name-hint name-error\""
        );
        assert_eq!(problems.describe("other", false).to_string(), "");
    }

    #[test]
    fn every_state_has_a_word_and_a_shape() {
        for status in DatasetStatus::ALL {
            let badge = Badge::of_dataset(*status);
            assert!(!badge.word.is_empty() && !badge.mark.is_empty());
        }
        for status in ConnectionStatus::ALL {
            assert!(Badge::of_connection(*status).to_string().contains("aria-hidden"));
        }
    }
}
