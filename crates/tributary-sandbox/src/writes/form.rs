//! The parameters of a write.

use crate::cash::Cash;
use crate::error::ApiError;
use crate::kind::Kind;
use crate::params::Params;
use crate::world::World;
use serde_json::{Map, Value};

/// A form that was checked for unknown names.
pub(crate) struct Form<'a>(&'a Params);

/// The most that an amount may be, as a card network allows.
const MAX_AMOUNT: i64 = 99_999_999;

/// The most entries that metadata may have.
const MAX_METADATA: usize = 50;

impl<'a> Form<'a> {
    /// Refuses every parameter but those known; a name that ends with `[` stands for all that start with it.
    pub(crate) fn new(params: &'a Params, known: &[&str]) -> Result<Self, ApiError> {
        let allowed = |name: &str| {
            let matches = |known: &&str| {
                name == *known || known.ends_with('[') && name.starts_with(*known) && name.ends_with(']')
            };
            name == "expand[]"
                || name.starts_with("metadata[")
                || name == "metadata"
                || known.iter().any(&matches)
        };
        match params.iter().find(|(name, _)| !allowed(name)) {
            Some((name, _)) => Err(ApiError::unknown_parameter(name)),
            None => Ok(Form(params)),
        }
    }

    /// A parameter that isn't empty.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::missing_parameter(name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let read =
            |value: &str| value.parse().map_err(|_| ApiError::invalid_value(name, "either true or false"));
        self.text(name).map(read).transpose()
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let read = |value: &str| value.parse().map_err(|_| ApiError::not_an_integer(name, value));
        self.text(name).map(read).transpose()
    }

    /// An amount of money that can be paid: minor units.
    pub(crate) fn amount(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let amount = self.integer(name)?;
        match amount {
            Some(amount) if amount < 1 => Err(ApiError::refused(
                "parameter_invalid_integer",
                "This value must be greater than or equal to 1.",
                Some(name),
            )),
            Some(amount) if amount > MAX_AMOUNT => Err(ApiError::refused(
                "amount_too_large",
                "Amount must be no more than 999,999.99",
                Some(name),
            )),
            _ => Ok(amount),
        }
    }

    pub(crate) fn currency(&self, name: &str) -> Result<Option<Cash>, ApiError> {
        let read = |code: &str| {
            Cash::from_code(&code.to_ascii_lowercase()).ok_or_else(|| {
                let message = format!(
                    "Invalid currency: {}. The simulation doesn't know it.",
                    code.chars().take(10).collect::<String>()
                );
                ApiError::refused("", message, Some(name))
            })
        };
        self.text(name).map(read).transpose()
    }

    /// The place of an object that a parameter names.
    pub(crate) fn object(&self, world: &World, kind: Kind, name: &str) -> Result<Option<usize>, ApiError> {
        let find = |id: &str| {
            let place = world.find_living(kind, id);
            place.ok_or_else(|| ApiError::missing(400, kind.object_name(), id, name))
        };
        self.text(name).map(find).transpose()
    }

    /// The fields that the form sets, of those named: texts as they are, empty ones as null.
    pub(crate) fn texts(&self, names: &[&str]) -> Map<String, Value> {
        let given = names.iter().filter_map(|name| Some((*name, self.0.get(name)?)));
        let value = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
        given.map(|(name, text)| (name.to_owned(), value(text))).collect()
    }

    /// The values of `name[key]`, by key.
    pub(crate) fn nested(&self, name: &str) -> Vec<(&'a str, &'a str)> {
        let inner = |(full, value): (&'a str, &'a str)| {
            let key = full.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((key, value))
        };
        self.0.iter().filter_map(inner).collect()
    }

    /// The values of `name[]`, in their order.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a str> {
        self.nested(name).into_iter().filter(|(key, _)| key.is_empty()).map(|(_, value)| value).collect()
    }

    /// What `metadata` becomes: given keys are set, empty ones removed; none where the form doesn't speak of it.
    pub(crate) fn metadata(&self, before: &Value) -> Result<Option<Value>, ApiError> {
        let given = self.nested("metadata");
        if self.0.get("metadata") == Some("") {
            return Ok(Some(Value::Object(Map::new())));
        }
        if given.is_empty() {
            return Ok(None);
        }
        let mut metadata = before.as_object().cloned().unwrap_or_default();
        for (key, value) in given {
            if key.chars().count() > 40 || value.chars().count() > 500 {
                let message = "Metadata keys can have up to 40 characters and values up to 500.";
                return Err(ApiError::refused("", message, Some("metadata")));
            }
            if value.is_empty() {
                metadata.remove(key);
            } else {
                metadata.insert(key.to_owned(), Value::from(value));
            }
        }
        if metadata.len() > MAX_METADATA {
            let message = "Metadata can have up to 50 keys.";
            return Err(ApiError::refused("", message, Some("metadata")));
        }
        Ok(Some(Value::Object(metadata)))
    }
}
