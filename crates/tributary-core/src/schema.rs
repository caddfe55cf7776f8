//! How the vocabulary's words appear in the description of an API: as JSON Schema.

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

/// What a type's schema is given as.
pub type SchemaRef = RefOr<Schema>;

/// Text of a format: `uuid`, `date-time`, or what `description` explains.
pub fn text(format: &str, description: &str) -> SchemaRef {
    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description.trim()));
    object.format(Some(SchemaFormat::Custom(format.to_owned()))).into()
}

/// Text that is one of a closed set of words, each given with what it means.
pub fn words(description: &str, words: &[(&str, &str)]) -> SchemaRef {
    let lines = words.iter().map(|(word, meaning)| format!("- `{word}`: {}", meaning.trim()));
    let description = format!("{}\n\n{}", description.trim(), lines.collect::<Vec<_>>().join("\n"));
    one_of(&description, words.iter().map(|(word, _)| *word))
}

/// Text that is one of a closed set of words.
pub fn one_of<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> SchemaRef {
    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    object.enum_values(Some(words)).into()
}
