//! Checking the addresses that a platform gives.

use tributary_core::is_plain_loopback;
use url::Url;

/// Characters of an address at most.
const CHARS_MAX: usize = 2_048;

/// What an address is checked to be.
pub(super) const EXPECTED: &str =
    "an https address is expected; http is accepted only for this machine (127.0.0.1, ::1, localhost)";

/// An https address, or an http one of this machine, without credentials.
pub(super) fn secure(text: &str) -> Option<Url> {
    if text.chars().nth(CHARS_MAX).is_some() || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_secure = url.scheme() == "https" || is_plain_loopback(&url);
    (is_secure && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// An origin as browsers send it: scheme, host and port, with nothing after them.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = secure(text)?;
    let origin = url.origin().ascii_serialization();
    (text == origin || text.strip_suffix('/') == Some(&origin)).then_some(origin)
}

/// An address with placeholders in braces: what it is with each filled in must be [`secure`]. The scheme has none.
pub(super) fn is_template(text: &str) -> bool {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { return false };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || !name.chars().all(is_name) || before.contains('}') {
            return false;
        }
        filled.push_str(before);
        filled.push('x');
        rest = tail;
    }
    filled.push_str(rest);
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    !rest.contains('}') && has_scheme && secure(&filled).is_some() && text.chars().nth(CHARS_MAX).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        for (text, expected) in [
            ("https://www.example.com", "https://www.example.com"),
            ("https://www.example.com/", "https://www.example.com"),
            ("https://www.example.com:8443", "https://www.example.com:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1", "http://127.0.0.1"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(expected), "{text}");
        }
        for bad in [
            "",
            "*",
            "null",
            "www.example.com",
            "http://www.example.com",
            "ftp://example.com",
            "https://",
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://user@a.example",
            "https://a.example:443",
            "HTTPS://A.example",
            " https://a.example",
            "https://a.example\n",
            "file:///x",
            &format!("https://{}.example", "a".repeat(3000)),
        ] {
            assert_eq!(origin(bad), None, "{bad:.40}");
        }
    }

    #[test]
    fn redirects_hold_placeholders_but_stay_secure_addresses() {
        for good in [
            "https://bobs-burgers.{countrySuffix}/{companyId}",
            "https://a.example/done?status={statusCode}&text={errorMessage}#{data.company.companyName}",
            "http://localhost:3000/{companyId}",
            "https://a.example",
        ] {
            assert!(is_template(good), "{good}");
        }
        for bad in [
            "",
            "{anything}",
            "{scheme}://a.example",
            "https://a.example/{",
            "https://a.example/}",
            "https://a.example/{}",
            "https://a.example/{a b}",
            "https://a.example/{a{b}}",
            "javascript:alert({companyId})",
            "http://a.example/{companyId}",
            "https://user:{companyId}@a.example/",
        ] {
            assert!(!is_template(bad), "{bad}");
        }
    }
}
