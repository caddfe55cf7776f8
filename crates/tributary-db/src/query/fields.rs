//! What may be asked of a kind of record.

use tributary_contract::query::{Kind, OrderKey, Property};

/// A property of a record that may be asked for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name in the contract's form, with dots before the properties of objects.
    pub name: &'static str,
    kind: Kind,
    /// The value that is shown, as SQL that both databases know; columns are qualified by their table.
    sql: &'static str,
    /// Whether it may be missing.
    optional: bool,
    /// Where one record has several values: the rows that hold them, as SQL up to the last condition but that of the
    /// comparison. `=` and `~` ask whether one value compares so, `!=` whether none is equal.
    within: Option<&'static str>,
    /// How its text is compared for equality without case.
    equality: Equality,
}

/// A word, and the condition under which a record shows it.
pub type Word = (&'static str, &'static str);

/// How text is compared for equality without case. What the databases know of a column helps them only where the
/// column itself is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Equality {
    /// Both in lower case.
    Folded,
    /// It is one of these words.
    Words(&'static [Word]),
    /// It is stored in upper case.
    Upper,
}

/// Words that a column holds as they are shown.
macro_rules! words {
    ($column:literal: $($word:literal),+ $(,)?) => {
        &[$(($word, concat!($column, " = '", $word, "'"))),+]
    };
}
pub(crate) use words;

/// The allow-list of a kind of record.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    /// The contract's name of the kind of record, for messages.
    pub model: &'static str,
    /// The table that is listed.
    pub table: &'static str,
    id: Field,
    created: Option<Field>,
    others: &'static [Field],
    /// Whether the deleted rows are meant rather than the living ones.
    are_deleted: bool,
}

impl Field {
    const fn of(kind: Kind, name: &'static str, sql: &'static str) -> Self {
        Field { name, kind, sql, optional: false, within: None, equality: Equality::Folded }
    }

    /// Text.
    pub const fn text(name: &'static str, sql: &'static str) -> Self {
        Field::of(Kind::Text, name, sql)
    }

    /// A word of a closed set: one of `words`, each with the condition under which it is shown.
    pub const fn word(name: &'static str, sql: &'static str, words: &'static [Word]) -> Self {
        Field { equality: Equality::Words(words), ..Field::text(name, sql) }
    }

    /// A code that is stored in upper case, such as a currency's.
    pub const fn code(name: &'static str, sql: &'static str) -> Self {
        Field { equality: Equality::Upper, ..Field::text(name, sql) }
    }

    /// An id. On PostgreSQL its column has the collation "C".
    pub const fn id(name: &'static str, sql: &'static str) -> Self {
        Field::of(Kind::Id, name, sql)
    }

    /// A number, in thousandths (rule M5).
    pub const fn number(name: &'static str, sql: &'static str) -> Self {
        Field::of(Kind::Number, name, sql)
    }

    /// A moment in UTC milliseconds.
    pub const fn date(name: &'static str, sql: &'static str) -> Self {
        Field::of(Kind::Date, name, sql)
    }

    /// True or false.
    pub const fn flag(name: &'static str, sql: &'static str) -> Self {
        Field::of(Kind::Flag, name, sql)
    }

    /// The same property, which may be missing: its SQL may be null.
    #[must_use]
    pub const fn optional(self) -> Self {
        Field { optional: true, ..self }
    }

    /// The same property, of which one record has several values: `rows` is a sub-select of them that a condition can
    /// be added to. Nothing can be ordered by it.
    #[must_use]
    pub const fn within(self, rows: &'static str) -> Self {
        Field { within: Some(rows), ..self }
    }

    /// The rows that hold its values, where one record has several.
    pub(super) fn rows(&self) -> Option<&'static str> {
        self.within
    }

    pub(super) fn sql(&self) -> &'static str {
        self.sql
    }

    pub(super) fn equality(&self) -> Equality {
        self.equality
    }

    /// The words that it may hold, where they are a closed set.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        let words = if let Equality::Words(words) = self.equality { words } else { &[] };
        words.iter().map(|(word, _)| *word)
    }

    pub(super) fn is_optional(&self) -> bool {
        self.optional
    }
}

impl Property for &'static Field {
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl Fields {
    /// The allow-list of `model`, stored in `table`. The first two fields are the id, which tells its records apart,
    /// and the date by which they are listed, the newest first, where no other order is asked for.
    pub const fn new(
        model: &'static str,
        table: &'static str,
        [id, created]: [Field; 2],
        others: &'static [Field],
    ) -> Self {
        Fields { model, table, id, created: Some(created), others, are_deleted: false }
    }

    /// As [`Fields::new`], of a kind of record that shows no date of creation: it is listed by its ids.
    pub const fn undated(
        model: &'static str,
        table: &'static str,
        id: Field,
        others: &'static [Field],
    ) -> Self {
        Fields { model, table, id, created: None, others, are_deleted: false }
    }

    /// The same of the rows that are deleted.
    #[must_use]
    pub const fn deleted(self) -> Self {
        Fields { are_deleted: true, ..self }
    }

    pub(super) fn are_deleted(&self) -> bool {
        self.are_deleted
    }

    /// The property of that name, in any case.
    pub fn find(&'static self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The property of that name, if records can be ordered by it.
    pub(super) fn find_to_order(&'static self, name: &str) -> Option<&'static Field> {
        self.find(name).filter(|field| field.within.is_none())
    }

    /// Every property.
    pub fn all(&'static self) -> impl Iterator<Item = &'static Field> {
        std::iter::once(&self.id).chain(&self.created).chain(self.others)
    }

    pub(super) fn id(&'static self) -> &'static Field {
        &self.id
    }

    /// The order of lists unless another is asked for: rule B2.
    pub(super) fn newest_first(&'static self) -> Vec<OrderKey<&'static Field>> {
        let key = |property, descending| OrderKey { property, descending };
        let created = self.created.as_ref().map(|created| key(created, true));
        created.into_iter().chain([key(&self.id, false)]).collect()
    }
}
