//! What Stripe sends, kept as the text it came as. A body is read once into the raw text of each object;
//! what an object means is read from that text when it is wanted.

use crate::error::Unreadable;
use crate::field::text_or_none;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// A page of a list: the body, and where in it each object stands.
#[derive(Debug)]
pub struct ListPage {
    body: String,
    objects: Vec<Range<usize>>,
    has_more: bool,
}

/// One object of Stripe's: its raw text, and what every object says of itself.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// The object's JSON exactly as Stripe sent it, as part of the page's body.
    pub raw: &'a str,
    /// Its id, opaque. The balance, which has none, is called `balance`.
    pub id: Cow<'a, str>,
    /// When it was created at Stripe, in seconds; missing in stubs and singletons.
    pub created: Option<i64>,
    /// Whether it is the stub of a deleted object.
    pub deleted: bool,
    /// Stripe's name of its kind: `charge`, `customer`, …; empty if missing.
    pub kind: Cow<'a, str>,
}

/// An object that can't be read; the others of its page can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object at place {place} of Stripe's answer can't be read: {reason}")]
pub struct BadObject {
    /// Its place in the page, from 0.
    pub place: usize,
    /// What is wrong. Nothing of the object's content is in it.
    pub reason: &'static str,
}

/// One object that was asked for by itself, with the text it is read from.
#[derive(Debug)]
pub struct RawObject {
    text: String,
    id: String,
    created: Option<i64>,
    deleted: bool,
    kind: String,
}

#[derive(Deserialize)]
struct ListBody<'a> {
    has_more: bool,
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "text_or_none")]
    id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "crate::field::lenient")]
    created: Option<i64>,
    #[serde(default, deserialize_with = "crate::field::lenient")]
    deleted: Option<bool>,
    #[serde(default, deserialize_with = "text_or_none")]
    object: Option<Cow<'a, str>>,
}

impl ListPage {
    /// Reads a body. A page that says there is more but names no object to go on from can't be used.
    pub(crate) fn read(body: Vec<u8>) -> Result<Self, Unreadable> {
        let body = String::from_utf8(body).map_err(|_| Unreadable::Shape)?;
        let list: ListBody<'_> = serde_json::from_str(&body).map_err(|_| Unreadable::Shape)?;
        let base = body.as_ptr() as usize;
        let place = |raw: &&RawValue| {
            let start = raw.get().as_ptr() as usize - base;
            start..start + raw.get().len()
        };
        let objects = list.data.iter().map(place).collect();
        let page = ListPage { has_more: list.has_more, objects, body };
        if page.has_more && page.objects().all(|object| object.is_err()) {
            return Err(Unreadable::Shape);
        }
        Ok(page)
    }

    /// Whether Stripe has more in this direction. A short page says nothing; only this does.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// How many objects the page holds, unreadable ones included.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether the page holds no object.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The body's length in bytes.
    pub fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// The objects in Stripe's order, newest first. One that is not an object with an id is an error of
    /// its own. Each object is read when the iterator comes to it.
    pub fn objects(
        &self,
    ) -> impl DoubleEndedIterator<Item = Result<Object<'_>, BadObject>> + ExactSizeIterator {
        self.objects.iter().enumerate().map(|(place, range)| {
            let raw = self.body.get(range.clone()).unwrap_or_default();
            Object::read_envelope(raw, None).map_err(|reason| BadObject { place, reason })
        })
    }

    /// The texts of the objects, unreadable ones included.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().map(|range| self.body.get(range.clone()).unwrap_or_default())
    }

    /// A page of these objects.
    pub(crate) fn of(texts: impl IntoIterator<Item = impl AsRef<str>>, has_more: bool) -> Self {
        let (mut body, mut objects) = (String::new(), Vec::new());
        for text in texts {
            let start = body.len();
            body.push_str(text.as_ref());
            objects.push(start..body.len());
        }
        ListPage { body, objects, has_more }
    }

    /// The last readable object: the cursor of the next page, and the time to go on from should it vanish.
    pub fn last(&self) -> Option<Object<'_>> {
        self.objects().rev().find_map(Result::ok)
    }
}

impl<'a> Object<'a> {
    /// Reads one object's text, as stored or as an event carries it.
    pub fn parse(raw: &'a str) -> Result<Self, BadObject> {
        Object::read_envelope(raw, None).map_err(|reason| BadObject { place: 0, reason })
    }

    fn read_envelope(raw: &'a str, id_if_none: Option<&'a str>) -> Result<Self, &'static str> {
        if !raw.trim_start().starts_with('{') {
            return Err("it is not a JSON object");
        }
        let envelope: Envelope<'a> = serde_json::from_str(raw).map_err(|_| "its JSON is malformed")?;
        let id = envelope.id.or(id_if_none.map(Cow::Borrowed)).filter(|id| !id.is_empty());
        Ok(Object {
            raw,
            id: id.ok_or("it has no id")?,
            created: envelope.created,
            deleted: envelope.deleted.unwrap_or(false),
            kind: envelope.object.unwrap_or_default(),
        })
    }

    /// The object as one of the types of [`crate::objects`].
    pub fn read<T: Deserialize<'a>>(&self) -> Result<T, BadObject> {
        crate::objects::parse(self.raw)
    }
}

impl RawObject {
    /// Reads a body. `id_if_none` is for singletons without an id.
    pub(crate) fn read(body: Vec<u8>, id_if_none: Option<&str>) -> Result<Self, Unreadable> {
        let text = String::from_utf8(body).map_err(|_| Unreadable::Shape)?;
        let object = Object::read_envelope(text.trim(), id_if_none).map_err(|_| Unreadable::Shape)?;
        let (id, kind) = (object.id.into_owned(), object.kind.into_owned());
        let (created, deleted) = (object.created, object.deleted);
        Ok(RawObject { id, created, deleted, kind, text })
    }

    /// The same object by another text.
    pub(crate) fn with_text(self, text: String) -> Self {
        RawObject { text, ..self }
    }

    /// The object.
    pub fn object(&self) -> Object<'_> {
        Object {
            raw: self.text.trim(),
            id: Cow::Borrowed(&self.id),
            created: self.created,
            deleted: self.deleted,
            kind: Cow::Borrowed(&self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(body: &str) -> Result<ListPage, Unreadable> {
        ListPage::read(body.as_bytes().to_vec())
    }

    #[test]
    fn each_object_keeps_the_text_it_came_as() {
        let first = r#"{ "id":"ch_1", "object":"charge","created":7, "x":[1.50, "é\u0041"] }"#;
        let second = r#"{"id":"cus_1","object":"customer","deleted":true}"#;
        let body = format!(r#"{{"object":"list","data":[{first} ,{second}],"has_more":true,"url":"/v1/x"}}"#);
        let page = page(&body).unwrap();
        let objects: Vec<_> = page.objects().map(Result::unwrap).collect();
        assert_eq!(objects[0].raw, first);
        assert_eq!((&*objects[0].id, objects[0].created, objects[0].deleted), ("ch_1", Some(7), false));
        assert_eq!(objects[1].raw, second);
        assert_eq!((&*objects[1].id, objects[1].created, objects[1].deleted), ("cus_1", None, true));
        assert!(page.has_more());
        assert_eq!(page.last().unwrap().id, "cus_1");
    }

    #[test]
    fn a_bad_object_does_not_spoil_its_page() {
        let page = page(
            r#"{"data":[{"id":"ch_1"},7,{"object":"charge"},{"id":null},{"id":"ch_2"}],"has_more":false}"#,
        );
        let page = page.unwrap();
        let ids: Vec<_> = page.objects().map(|object| object.map(|o| o.id.into_owned()).ok()).collect();
        assert_eq!(ids, [Some("ch_1".into()), None, None, None, Some("ch_2".into())]);
        assert_eq!(page.objects().nth(1).unwrap().unwrap_err().place, 1);
    }

    #[test]
    fn what_is_not_a_list_is_no_page() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"data":[]}"#,
            r#"{"data":[],"has_more":"yes"}"#,
            r#"{"data":{},"has_more":false}"#,
            r#"{"data":[{"id":"ch_1"}],"has_more":fal"#,
            r#"{"data":[],"has_more":true}"#,
            r#"{"data":[{}],"has_more":true}"#,
        ] {
            assert_eq!(page(body).unwrap_err(), Unreadable::Shape, "{body}");
        }
        assert_eq!(ListPage::read(vec![0xff, 0xfe]).unwrap_err(), Unreadable::Shape);
    }

    #[test]
    fn the_balance_is_called_balance() {
        let balance =
            RawObject::read(br#" {"object":"balance","livemode":false} "#.to_vec(), Some("balance")).unwrap();
        let object = balance.object();
        assert_eq!((&*object.id, &*object.kind), ("balance", "balance"));
        assert_eq!(object.raw, r#"{"object":"balance","livemode":false}"#);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = ListPage::read(body);
        }

        #[test]
        fn a_truncated_page_is_never_taken_for_a_page(cut in 0_usize..100) {
            let body = r#"{"object":"list","data":[{"id":"ch_1","amount":100},{"id":"ch_2"}],"has_more":false}"#;
            prop_assume!(cut < body.len());
            prop_assert!(page(&body[..cut]).is_err());
        }
    }
}
