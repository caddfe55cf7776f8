//! Pages of lists.

/// Which part of a list to read: `limit` rows after the first `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows to skip; not negative.
    pub offset: i64,
    /// Rows to return at most; positive.
    pub limit: i64,
}
