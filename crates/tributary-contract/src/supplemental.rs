//! Supplemental data: what a platform wants to see of Stripe's objects beside the fields of a data type.

use crate::error::{ApiError, ValidationItem};
use crate::request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tributary_core::schema::SchemaRef;
use tributary_core::{DataType, Resource};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::{PartialSchema, ToSchema};

/// The most names that one configuration gives to objects.
const MAX_KEYS: usize = 10;
/// The most properties under one of these names.
const MAX_PROPERTIES: usize = 20;
/// The most characters of a name, and of a path.
const MAX_CHARS: usize = 100;
/// The most parts of a path.
const MAX_DEPTH: usize = 8;

/// What is wanted of the objects of one data type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplementalDataConfiguration {
    /// What is wanted, under names of the platform's own.
    pub supplemental_data_config: BTreeMap<String, SupplementalSource>,
}

/// What is wanted, under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplementalSource {
    /// The list that the objects come from, such as `/v1/charges`; all that feed the data type where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_source: Option<String>,
    /// Where each property stands in Stripe's object, with dots before the properties of objects:
    /// `metadata.order_id`.
    #[serde(default)]
    pub pull_data: BTreeMap<String, String>,
    /// Kept and shown; nothing is ever written to Stripe.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub push_data: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    supplemental_data_config: Option<BTreeMap<String, SourceBody>>,
    #[serde(flatten)]
    others: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceBody {
    data_source: Option<String>,
    pull_data: Option<BTreeMap<String, String>>,
    push_data: Option<BTreeMap<String, String>>,
}

/// Who owns the rules below, in validation items.
const VALIDATOR: &str = "SupplementalData";

/// The lists whose objects become the records of a data type.
pub fn sources(data_type: DataType) -> &'static [Resource] {
    match data_type {
        DataType::Orders => &[Resource::Invoices, Resource::CheckoutSessions],
        DataType::Products => &[Resource::Products],
        other => other.required(),
    }
}

impl SupplementalDataConfiguration {
    /// Reads a body; an empty object wants nothing. All broken rules are reported at once.
    pub fn read(body: &[u8], data_type: DataType) -> Result<Self, ApiError> {
        let body: Body = request::object(body, VALIDATOR)?;
        let mut broken = Broken(Vec::new());
        // A configuration without the name around it would otherwise be taken for none, and replace what there is.
        if body.supplemental_data_config.is_none() && !body.others.is_empty() {
            broken.add(
                "supplementalDataConfig",
                "supplementalDataConfig is required: an object by your names".into(),
            );
        }
        let given = body.supplemental_data_config.unwrap_or_default();
        if given.len() > MAX_KEYS {
            broken.add("supplementalDataConfig", format!("at most {MAX_KEYS} names can be configured"));
        }
        let read = |(name, source): (String, SourceBody)| {
            broken.name("supplementalDataConfig", &name);
            let source = broken.source(&name, source, data_type);
            (name, source)
        };
        let supplemental_data_config = given.into_iter().take(MAX_KEYS).map(read).collect();
        match broken.0.is_empty() {
            true => Ok(SupplementalDataConfiguration { supplemental_data_config }),
            false => Err(ApiError::Invalid(broken.0)),
        }
    }

    /// What is wanted of one of Stripe's objects and the list that it came from. What it doesn't have is null.
    pub fn of(&self, object: Option<(Resource, &Value)>) -> SupplementalData {
        let of_source = |source: &SupplementalSource| {
            let named = source.data_source.as_deref();
            let is_meant = |resource| named.is_none_or(|named| is_named(resource, named));
            let object = object.filter(|(resource, _)| is_meant(*resource)).map(|(_, object)| object);
            let property = |(name, path): (&String, &String)| {
                (name.clone(), object.and_then(|object| at(object, path)).cloned().unwrap_or_default())
            };
            source.pull_data.iter().map(property).collect()
        };
        let named = |(name, source): (&String, &SupplementalSource)| (name.clone(), of_source(source));
        SupplementalData { content: self.supplemental_data_config.iter().map(named).collect() }
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.supplemental_data_config.is_empty()
    }
}

/// Whether a client means this list: by Stripe's path, with or without the version.
fn is_named(resource: Resource, named: &str) -> bool {
    let path = resource.path();
    let short = path.trim_start_matches("/v1/");
    let named = named.trim_start_matches('/');
    let named = named.strip_prefix("v1/").unwrap_or(named);
    named.eq_ignore_ascii_case(short)
}

/// What stands at a path: properties of objects by name, items of lists by number from 0.
fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        value => value.get(part),
    })
}

struct Broken(Vec<ValidationItem>);

impl Broken {
    fn add(&mut self, item: &str, message: String) {
        self.0.push(ValidationItem::new(VALIDATOR, item, message));
    }

    fn name(&mut self, item: &str, name: &str) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > MAX_CHARS || !name.chars().all(is_plain) {
            let message = format!("a name has 1 to {MAX_CHARS} letters, digits, - and _");
            self.add(item, message);
        }
    }

    fn source(&mut self, name: &str, given: SourceBody, data_type: DataType) -> SupplementalSource {
        let data_source = given.data_source.filter(|source| !source.trim().is_empty());
        let known = |named: &str| sources(data_type).iter().any(|resource| is_named(*resource, named));
        if data_source.as_deref().is_some_and(|named| !known(named)) {
            let paths: Vec<String> = sources(data_type).iter().map(|resource| resource.path()).collect();
            let message = format!("the dataSource of {data_type} is {}", paths.join(" or "));
            self.add(&format!("{name}.dataSource"), message);
        }
        let (pull_data, push_data) =
            (given.pull_data.unwrap_or_default(), given.push_data.unwrap_or_default());
        for (field, properties) in [("pullData", &pull_data), ("pushData", &push_data)] {
            let item = format!("{name}.{field}");
            if properties.len() > MAX_PROPERTIES {
                self.add(&item, format!("{field} has at most {MAX_PROPERTIES} properties"));
            }
            for (property, path) in properties.iter().take(MAX_PROPERTIES) {
                self.name(&item, property);
                self.path(&item, path);
            }
        }
        SupplementalSource { data_source, pull_data, push_data }
    }

    fn path(&mut self, item: &str, path: &str) {
        let parts = path.split('.').count();
        let is_bad = path.split('.').any(str::is_empty) || path.contains('\0');
        if is_bad || parts > MAX_DEPTH || path.len() > MAX_CHARS {
            let message = format!(
                "a path has at most {MAX_DEPTH} parts with dots between them and {MAX_CHARS} characters, such as \
                 metadata.order_id"
            );
            self.add(item, message);
        }
    }
}

/// What a platform wanted to see of a record's object, by its own names. What the object doesn't have is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SupplementalData {
    content: BTreeMap<String, BTreeMap<String, Value>>,
}

impl PartialSchema for SupplementalData {
    fn schema() -> SchemaRef {
        let any = |description| {
            let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
            object.additional_properties(Some(AdditionalProperties::FreeForm(true)))
        };
        let content =
            any("The properties, as they stand in Stripe's object, by the names configured for them.");
        let object = ObjectBuilder::new().schema_type(Type::Object).property("content", content);
        object.description(Some("What was configured to be shown of Stripe's object.")).into()
    }
}

impl ToSchema for SupplementalData {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<SupplementalDataConfiguration, ApiError> {
        SupplementalDataConfiguration::read(body.to_string().as_bytes(), DataType::Payments)
    }

    fn shown(config: Value, resource: Resource, object: Option<Value>) -> Value {
        let config = read(json!({ "supplementalDataConfig": config })).unwrap();
        let object = object.as_ref().map(|object| (resource, object));
        serde_json::to_value(config.of(object)).unwrap()["content"].clone()
    }

    #[test]
    fn what_is_wanted_is_found_by_its_path_and_null_where_it_is_missing() {
        let config = json!({ "mine": { "pullData": {
            "order": "metadata.order_id", "brand": "payment_method_details.card.brand",
            "second": "tags.1", "none": "metadata.order_id.deeper",
        } } });
        let object = json!({
            "metadata": { "order_id": "7" }, "tags": ["a", "b"],
            "payment_method_details": { "card": { "brand": "visa" } },
        });
        assert_eq!(
            shown(config.clone(), Resource::Charges, Some(object)),
            json!({ "mine": { "order": "7", "brand": "visa", "second": "b", "none": null } })
        );
        assert_eq!(
            shown(config, Resource::Charges, None),
            json!({ "mine": { "order": null, "brand": null, "second": null, "none": null } })
        );
    }

    #[test]
    fn a_source_names_one_of_the_lists_that_feed_the_type() {
        let config = |source: &str| json!({ "m": { "dataSource": source, "pullData": { "r": "reason" } } });
        let object = Some(json!({ "reason": "duplicate" }));
        for source in ["/v1/refunds", "/Refunds", "refunds"] {
            let of = |resource| shown(config(source), resource, object.clone());
            assert_eq!(of(Resource::Refunds), json!({ "m": { "r": "duplicate" } }), "{source}");
            assert_eq!(of(Resource::Charges), json!({ "m": { "r": null } }), "{source}");
        }
        let refused = read(json!({ "supplementalDataConfig": config("/v1/products") })).unwrap_err();
        let message = "the dataSource of commerce-payments is /v1/charges or /v1/refunds";
        assert_eq!(refused, ApiError::invalid(VALIDATOR, "m.dataSource", message));
    }

    #[test]
    fn an_empty_object_wants_nothing_and_a_bare_configuration_is_refused() {
        assert!(read(json!({})).unwrap().is_empty());
        assert!(read(json!({ "supplementalDataConfig": {} })).unwrap().is_empty());
        assert!(read(json!({ "mine": { "pullData": { "a": "b" } } })).is_err());
    }

    #[test]
    fn everything_is_bounded() {
        let names = |count: usize| (0..count).map(|n| (format!("n{n}"), json!({}))).collect::<Value>();
        assert!(read(json!({ "supplementalDataConfig": names(10) })).is_ok());
        assert!(read(json!({ "supplementalDataConfig": names(11) })).is_err());
        let pull = |path: &str| json!({ "supplementalDataConfig": { "m": { "pullData": { "a": path } } } });
        assert!(read(pull("a.b.c.d.e.f.g.h")).is_ok());
        for bad in ["", ".", "a..b", "a.", "a.b.c.d.e.f.g.h.i", &"a".repeat(101), "a\0"] {
            assert_eq!(read(pull(bad)).unwrap_err().status(), 400, "{bad}");
        }
        let long: Value = (0..21).map(|n| (format!("n{n}"), json!("a"))).collect();
        assert!(read(json!({ "supplementalDataConfig": { "m": { "pullData": long } } })).is_err());
        let message = "a name has 1 to 100 letters, digits, - and _";
        let named = |item: &str| Err(ApiError::invalid(VALIDATOR, item, message));
        let outer = json!({ "supplementalDataConfig": { "sp ace": {} } });
        assert_eq!(read(outer), named("supplementalDataConfig"));
        let inner = json!({ "supplementalDataConfig": { "m": { "pullData": { "sp ace": "a" } } } });
        assert_eq!(read(inner), named("m.pullData"));
    }
}
