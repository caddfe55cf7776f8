//! Query parameters, checked against what each list documents.

use crate::error::ApiError;
use crate::expand::{Expand, ExpandError};
use crate::kind::Kind;

/// Parameters by name; indexed arrays (`ids[0]`) are read as appended ones (`ids[]`).
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string or a form body.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(text);
        Params(pairs.map(|(name, value)| (unindexed(&name), value.into_owned())).collect())
    }

    /// The last value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether a name occurs more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(other, _)| other == name).count() > 1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The `expand[]` tree, with the `data.` of lists taken off, and the kinds of objects it shows.
    pub(crate) fn expand(&self, kind: Kind, of_list: bool) -> Result<(Expand, Vec<Kind>), ApiError> {
        let mut expand = Expand::default();
        for (name, path) in self.iter().filter(|(name, _)| *name == "expand[]" || *name == "expand") {
            if path.is_empty() {
                return Err(ApiError::empty(name));
            }
            let inner = if of_list { path.strip_prefix("data.") } else { Some(path) };
            let inner = inner.ok_or_else(|| ApiError::not_expandable(path))?;
            expand.add(inner).map_err(refused)?;
        }
        let kinds = if expand.is_empty() { Vec::new() } else { expand.kinds(kind).map_err(refused)? };
        Ok((expand, kinds))
    }
}

fn refused(error: ExpandError) -> ApiError {
    match error {
        ExpandError::TooDeep => ApiError::expand_depth(),
        ExpandError::NotExpandable(field) => ApiError::not_expandable(&field),
    }
}

fn unindexed(name: &str) -> String {
    match name.rsplit_once('[') {
        Some((array, index)) if index.strip_suffix(']').is_some_and(|index| index.parse::<u16>().is_ok()) => {
            format!("{array}[]")
        }
        _ => name.to_owned(),
    }
}

/// Seconds from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) min: i64,
    pub(crate) max: i64,
}

impl Range {
    /// No bound.
    pub(crate) const ALL: Range = Range { min: i64::MIN, max: i64::MAX };

    /// Narrows by a parameter `name`, `name[gt]`, `name[gte]`, `name[lt]` or `name[lte]`.
    fn narrow(&mut self, operator: &str, full_name: &str, value: &str) -> Result<(), ApiError> {
        let secs: i64 = value.parse().map_err(|_| ApiError::not_an_integer(full_name, value))?;
        match operator {
            "" => (self.min, self.max) = (self.min.max(secs), self.max.min(secs)),
            "gt" => self.min = self.min.max(secs.saturating_add(1)),
            "gte" => self.min = self.min.max(secs),
            "lt" => self.max = self.max.min(secs.saturating_sub(1)),
            "lte" => self.max = self.max.min(secs),
            _ => return Err(ApiError::unknown_parameter(full_name)),
        }
        Ok(())
    }

    pub(crate) fn holds(&self, secs: i64) -> bool {
        (self.min..=self.max).contains(&secs)
    }
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// At the newest object.
    Newest,
    /// At what is older than this id.
    After(String),
    /// At what is newer than this id, next to it.
    Before(String),
}

/// A list request whose parameters are all known; the values of filters are still text.
pub(crate) struct ListRequest {
    pub(crate) limit: usize,
    pub(crate) cursor: Cursor,
    pub(crate) created: Range,
    /// The other ranges of seconds, by field.
    pub(crate) ranges: Vec<(&'static str, Range)>,
    /// Names and values of the list's own filters.
    pub(crate) filters: Vec<(String, String)>,
}

impl ListRequest {
    /// Narrows the range of this field, one of the kind's.
    fn narrow(
        &mut self,
        field: &str,
        operator: &str,
        name: &str,
        value: &str,
        kind: Kind,
    ) -> Result<(), ApiError> {
        if field == "created" {
            return self.created.narrow(operator, name, value);
        }
        let known = kind.ranges().iter().find(|known| **known == field);
        let field = known.ok_or_else(|| ApiError::unknown_parameter(name))?;
        let mut range = Range::ALL;
        range.narrow(operator, name, value)?;
        self.ranges.push((field, range));
        Ok(())
    }
}

/// Reads the parameters of a list.
pub(crate) fn list_request(kind: Kind, params: &Params) -> Result<ListRequest, ApiError> {
    let mut request = ListRequest {
        limit: 10,
        cursor: Cursor::Newest,
        created: Range::ALL,
        ranges: Vec::new(),
        filters: Vec::new(),
    };
    let mut cursors = 0;
    for (name, value) in params.iter() {
        let base = name.split('[').next().unwrap_or(name);
        let operator = name[base.len()..].trim_start_matches('[').trim_end_matches(']');
        if value.is_empty() {
            return Err(ApiError::empty(name));
        }
        match name {
            "limit" => request.limit = limit(value)?,
            "starting_after" => (request.cursor, cursors) = (Cursor::After(value.to_owned()), cursors + 1),
            "ending_before" => (request.cursor, cursors) = (Cursor::Before(value.to_owned()), cursors + 1),
            "expand[]" | "expand" => {}
            _ if kind.filters().contains(&name) => request.filters.push((name.to_owned(), value.to_owned())),
            _ if kind.ranges().contains(&base) => request.narrow(base, operator, name, value, kind)?,
            _ => return Err(ApiError::unknown_parameter(name)),
        }
    }
    if cursors > 1 {
        return Err(ApiError::both_cursors());
    }
    Ok(request)
}

fn limit(value: &str) -> Result<usize, ApiError> {
    let number: i64 = value.parse().map_err(|_| ApiError::not_an_integer("limit", value))?;
    match usize::try_from(number) {
        Ok(limit @ 1..=100) => Ok(limit),
        _ => Err(ApiError::limit_range(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<ListRequest, ApiError> {
        list_request(Kind::Charges, &Params::parse(query.as_bytes()))
    }

    #[test]
    fn bounds_of_created_are_inclusive_seconds() {
        let request = read("created[gt]=5&created[lte]=9&limit=100").unwrap();
        assert_eq!((request.created, request.limit), (Range { min: 6, max: 9 }, 100));
        assert_eq!(read("created=7").unwrap().created, Range { min: 7, max: 7 });
    }

    #[test]
    fn each_bad_parameter_is_named() {
        let cases = [
            ("limit=0", "greater than or equal to 1"),
            ("limit=101", "less than or equal to 100 (it currently is '101')"),
            ("limit=ten", "Invalid integer: ten"),
            ("starting_after=a&ending_before=b", "Received both starting_after and ending_before"),
            ("foo=1", "Received unknown parameter: foo"),
            ("created[near]=1", "Received unknown parameter: created[near]"),
            ("starting_after=", "empty string for 'starting_after'"),
            ("email=a", "Received unknown parameter: email"),
        ];
        for (query, expected) in cases {
            let error = read(query).err().unwrap();
            assert!(error.message().contains(expected), "{query}: {}", error.message());
            assert_eq!(error.status, 400);
        }
    }

    #[test]
    fn indexed_arrays_are_arrays() {
        let params = Params::parse(b"ids[0]=a&ids[]=b&expand[1]=customer");
        assert_eq!(params.iter().filter(|(name, _)| *name == "ids[]").count(), 2);
        let (expand, kinds) = params.expand(Kind::Charges, false).unwrap();
        assert!(expand.get("customer").is_some());
        assert_eq!(kinds, [Kind::Customers]);
        assert!(params.expand(Kind::Charges, true).is_err());
    }
}
