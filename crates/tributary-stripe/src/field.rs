//! Reading fields tolerantly: a field of an unexpected type is as good as a missing one, so that one odd
//! field never costs the object. Text is borrowed from the page unless it holds escapes.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A type that can be read from some JSON values and shrugs at all others. Numbers are integers here:
/// every amount of Stripe's is one, and what isn't is not read as money.
pub(crate) trait Lenient<'de>: Sized {
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }
    fn from_int(_: i64) -> Option<Self> {
        None
    }
    fn from_bool(_: bool) -> Option<Self> {
        None
    }
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de> Lenient<'de> for Cow<'de, str> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

impl<'de> Lenient<'de> for i64 {
    fn from_int(number: i64) -> Option<Self> {
        Some(number)
    }
}

impl<'de> Lenient<'de> for bool {
    fn from_bool(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

/// Elements that can't be read are left out.
impl<'de, T: Lenient<'de>> Lenient<'de> for Vec<T> {
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let mut all = Vec::new();
        while let Some(Element(element)) = seq.next_element::<Element<T>>()? {
            all.extend(element);
        }
        Ok(Some(all))
    }
}

/// A reference to another object: its id, or the object itself when it was expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expandable<'a> {
    /// The other object's id.
    pub id: Cow<'a, str>,
}

impl Expandable<'_> {
    /// The other object's id.
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Expandable<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Expandable { id: text })
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let expanded = Expanded::deserialize(MapAccessDeserializer::new(map))?;
        Ok(expanded.id.map(|id| Expandable { id }))
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Expanded<'a> {
    #[serde(default, deserialize_with = "text_or_none")]
    id: Option<Cow<'a, str>>,
}

struct Element<T>(Option<T>);

impl<'de, T: Lenient<'de>> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient(deserializer).map(Element)
    }
}

/// Reads a field; none when it is null or of another type.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: Lenient<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Shrug(PhantomData))
}

/// Reads a text field; none when it is null or of another type.
pub(crate) fn text_or_none<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'a, str>>, D::Error> {
    let text: Option<Cow<'de, str>> = lenient(deserializer)?;
    Ok(text)
}

/// Reads the one field that an object can't do without.
pub(crate) fn required_text<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Cow<'a, str>, D::Error> {
    let text: Option<Cow<'de, str>> = lenient(deserializer)?;
    text.ok_or_else(|| serde::de::Error::custom("text is expected"))
}

struct Shrug<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> Visitor<'de> for Shrug<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).ok().and_then(T::from_int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::from_seq(seq)
    }
}
