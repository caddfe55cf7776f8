//! `query` to a syntax tree.
//!
//! ```text
//! query   := all ( "||" all )*
//! all     := primary ( "&&" primary )*
//! primary := clause | "{" query "}"
//! clause  := path op value
//! ```
//!
//! A value is what stands up to the next `&&`, `||`, `}` or the end, without the blanks around it; there is no way to
//! quote.

use super::malformed;
use crate::error::ApiError;
use percent_encoding::percent_decode_str;

/// A query must be shorter than this, in characters.
const CHARS_END: usize = 2048;
/// Braces within braces.
const DEPTH_MAX: usize = 16;
/// Comparisons in one query.
const CLAUSES_MAX: usize = 100;

/// A query as it is written, before anything is known of the properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All hold.
    All(Vec<Expr>),
    /// One holds at least.
    Any(Vec<Expr>),
    /// A comparison.
    Clause(Clause),
}

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The property, with dots before the properties of objects.
    pub path: String,
    /// How it is compared.
    pub op: Op,
    /// With what; not empty.
    pub value: String,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `~`
    Contains,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
}

impl Op {
    /// Every operator; of those that begin alike the longer first.
    pub const ALL: [Op; 7] =
        [Op::NotEqual, Op::AtLeast, Op::AtMost, Op::Equal, Op::Contains, Op::Greater, Op::Less];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Equal => "=",
            Op::NotEqual => "!=",
            Op::Contains => "~",
            Op::Greater => ">",
            Op::Less => "<",
            Op::AtLeast => ">=",
            Op::AtMost => "<=",
        }
    }
}

/// Reads the decoded parameter `parameter`. Blank text is no query.
///
/// `query` and `tags` share the language. A query that was percent-encoded twice, and so shows no operator, is decoded
/// once more.
pub fn parse(parameter: &'static str, text: &str) -> Result<Option<Expr>, ApiError> {
    if text.chars().nth(CHARS_END - 1).is_some() {
        return Err(malformed(parameter, format!("{parameter} must be shorter than {CHARS_END} characters")));
    }
    let decoded = encoded_twice(text);
    let text = decoded.as_deref().unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut reader = Reader { parameter, rest: text, depth: 0, clauses: 0 };
    let expr = reader.query()?;
    if !reader.rest.is_empty() {
        return Err(malformed(parameter, "there is a } without its {"));
    }
    Ok(Some(expr))
}

/// The text decoded once more, where only that shows an operator.
fn encoded_twice(text: &str) -> Option<String> {
    let has_operator = |text: &str| text.contains(['=', '~', '<', '>']);
    if has_operator(text) {
        return None;
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    has_operator(&decoded).then(|| decoded.into_owned())
}

struct Reader<'a> {
    parameter: &'static str,
    rest: &'a str,
    depth: usize,
    clauses: usize,
}

impl<'a> Reader<'a> {
    fn query(&mut self) -> Result<Expr, ApiError> {
        let mut any = vec![self.all()?];
        while self.take("||") {
            any.push(self.all()?);
        }
        Ok(one_or(any, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, ApiError> {
        let mut all = vec![self.primary()?];
        while self.take("&&") {
            all.push(self.primary()?);
        }
        Ok(one_or(all, Expr::All))
    }

    fn primary(&mut self) -> Result<Expr, ApiError> {
        if !self.take("{") {
            return self.clause().map(Expr::Clause);
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.malformed(format!("braces may be {DEPTH_MAX} deep at most")));
        }
        let inner = self.query()?;
        if !self.take("}") {
            return Err(self.malformed("a { is not closed"));
        }
        self.depth -= 1;
        let is_over =
            self.rest.is_empty() || ["&&", "||", "}"].iter().any(|next| self.rest.starts_with(next));
        if !is_over {
            return Err(self.malformed("after a } only &&, || or } may follow"));
        }
        Ok(inner)
    }

    fn clause(&mut self) -> Result<Clause, ApiError> {
        self.clauses += 1;
        if self.clauses > CLAUSES_MAX {
            return Err(self.malformed(format!("a query may hold {CLAUSES_MAX} comparisons at most")));
        }
        let path = self.until(&["!=", ">=", "<=", "=", "~", ">", "<", "&&", "||", "{", "}"]);
        let Some(op) = Op::ALL.into_iter().find(|op| self.take(op.as_str())) else {
            return Err(
                self.malformed("a comparison needs a property, an operator and a value, as in status=Paid")
            );
        };
        if path.is_empty() {
            return Err(self.malformed(format!("a property is missing before {}", op.as_str())));
        }
        let value = self.until(&["&&", "||", "}"]);
        if value.is_empty() {
            let message = format!("{path}{} needs a value: missing values can't be asked for", op.as_str());
            return Err(self.malformed(message));
        }
        Ok(Clause { path: path.to_owned(), op, value: value.to_owned() })
    }

    /// What stands before the first of these, without blanks around it.
    fn until(&mut self, ends: &[&str]) -> &'a str {
        let end = ends.iter().filter_map(|end| self.rest.find(end)).min().unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.trim()
    }

    /// Takes a token, with blanks before and after it.
    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn malformed(&self, message: impl Into<String>) -> ApiError {
        malformed(self.parameter, message)
    }
}

fn one_or(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(path: &str, op: Op, value: &str) -> Expr {
        Expr::Clause(Clause { path: path.to_owned(), op, value: value.to_owned() })
    }

    fn read(text: &str) -> Expr {
        parse("query", text).unwrap().unwrap()
    }

    fn refused(text: &str) -> String {
        match parse("query", text) {
            Err(ApiError::MalformedQuery(item)) => item.message().to_owned(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_operator_is_read_with_and_without_blanks() {
        for op in Op::ALL {
            let expected = clause("a.b", op, "c d");
            assert_eq!(read(&format!("a.b{}c d", op.as_str())), expected);
            assert_eq!(read(&format!("  a.b  {}  c d  ", op.as_str())), expected);
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_braces_tighter_than_both() {
        let [a, b, c] = ["a", "b", "c"].map(|path| clause(path, Op::Equal, "1"));
        assert_eq!(read("a=1||b=1&&c=1"), Expr::Any(vec![a.clone(), Expr::All(vec![b.clone(), c.clone()])]));
        assert_eq!(
            read("{a=1||b=1}&&c=1"),
            Expr::All(vec![Expr::Any(vec![a.clone(), b.clone()]), c.clone()])
        );
        assert_eq!(read("{ { a=1 } && b=1 } || c=1"), Expr::Any(vec![Expr::All(vec![a, b]), c]));
    }

    #[test]
    fn a_value_is_raw_text_up_to_what_can_follow_it() {
        assert_eq!(read("a=x & y | z {w"), clause("a", Op::Equal, "x & y | z {w"));
        assert_eq!(read("a==b!=c"), clause("a", Op::Equal, "=b!=c"));
        assert_eq!(read("a~'; DROP TABLE x; --"), clause("a", Op::Contains, "'; DROP TABLE x; --"));
        assert_eq!(read("{a=x }"), clause("a", Op::Equal, "x"));
    }

    #[test]
    fn blank_text_is_no_query() {
        for text in ["", " ", "\t\n"] {
            assert_eq!(parse("query", text), Ok(None));
        }
    }

    #[test]
    fn a_query_that_was_encoded_twice_is_decoded_once_more() {
        assert_eq!(read("id%3Dabc"), clause("id", Op::Equal, "abc"));
        assert_eq!(read("a%3e%3d1%26%26b%7ec"), read("a>=1&&b~c"));
        assert_eq!(read("id=%3Dabc"), clause("id", Op::Equal, "%3Dabc"));
    }

    #[test]
    fn what_is_no_query_is_refused_with_what_is_wrong() {
        for (text, message) in [
            ("a", "a comparison needs"),
            ("a=1&&", "a comparison needs"),
            ("||a=1", "a comparison needs"),
            ("{}", "a comparison needs"),
            ("a!1", "a comparison needs"),
            ("=1", "a property is missing before ="),
            ("a=", "a= needs a value"),
            ("a= &&b=1", "a= needs a value"),
            ("{a=1", "a { is not closed"),
            ("a=1}", "there is a } without its {"),
            ("{a=1}b=1", "after a } only"),
            ("{a=1}{b=1}", "after a } only"),
        ] {
            let told = refused(text);
            assert!(told.starts_with(message), "{text}: {told}");
        }
    }

    #[test]
    fn length_depth_and_comparisons_are_bounded() {
        let value = |chars: usize| format!("a={}", "ü".repeat(chars - 2));
        assert!(parse("query", &value(2047)).is_ok());
        assert!(refused(&value(2048)).contains("2048"));
        let nested = |depth: usize| format!("{}a=1{}", "{".repeat(depth), "}".repeat(depth));
        assert!(parse("query", &nested(16)).is_ok());
        assert!(refused(&nested(17)).contains("16"));
        let many = |clauses: usize| vec!["a=1"; clauses].join("||");
        assert!(parse("query", &many(100)).is_ok());
        assert!(refused(&many(101)).contains("100"));
    }
}
