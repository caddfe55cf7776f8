//! Rows for PostgreSQL's COPY in its binary format: the fastest way in for rows that no key stands in the way of.

use diesel::associations::HasTable;
use diesel::pg::{CopyFormat, CopyTarget};
use diesel::result::Error;
use diesel::{ExecuteCopyFromDsl, PgConnection, QueryResult, Table};
use std::io::Write;

/// What a stream of rows begins with: the format's signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What a stream of rows ends with.
const TRAILER: i16 = -1;

/// Bytes handed to libpq at once, which copies them.
const CHUNK_BYTES: usize = 64 * 1024;

/// Rows under construction. Each has a value for every column of the table, in its order.
#[derive(Debug)]
pub(crate) struct CopyRows {
    bytes: Vec<u8>,
    columns: i16,
}

impl CopyRows {
    /// No rows yet, of a table with so many columns.
    pub(crate) fn new(columns: i16, capacity_bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity_bytes + HEADER.len());
        bytes.extend_from_slice(HEADER);
        CopyRows { bytes, columns }
    }

    /// A part of rows, to be added to others by [`CopyRows::append`].
    pub(crate) fn part(capacity_bytes: usize) -> Self {
        CopyRows { bytes: Vec::with_capacity(capacity_bytes), columns: 0 }
    }

    /// What there is so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds values that were encoded as a part.
    pub(crate) fn append(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
    }

    /// Begins a row.
    pub(crate) fn row(&mut self) {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
    }

    /// A value of a text column.
    pub(crate) fn text(&mut self, value: &str) -> QueryResult<()> {
        self.value(value.as_bytes())
    }

    /// A value of a BIGINT column.
    pub(crate) fn int(&mut self, value: i64) -> QueryResult<()> {
        self.value(&value.to_be_bytes())
    }

    /// A value of a BOOLEAN column.
    pub(crate) fn bool(&mut self, value: bool) -> QueryResult<()> {
        self.value(&[u8::from(value)])
    }

    /// NULL in any column.
    pub(crate) fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn value(&mut self, value: &[u8]) -> QueryResult<()> {
        let len = i32::try_from(value.len()).map_err(|error| Error::SerializationError(error.into()))?;
        self.bytes.extend_from_slice(&len.to_be_bytes());
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// Adds the rows to the table. A key that is there already refuses all of them.
    pub(crate) fn insert_into<T>(mut self, conn: &mut PgConnection) -> QueryResult<usize>
    where
        T: Table + CopyTarget<Table = T> + HasTable<Table = T>,
    {
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        let write = |out: &mut dyn Write| {
            let sent = self.bytes.chunks(CHUNK_BYTES).try_for_each(|chunk| out.write_all(chunk));
            sent.map_err(|error| Error::SerializationError(error.into()))
        };
        diesel::copy_from(T::table())
            .from_raw_data(T::table(), write)
            .with_format(CopyFormat::Binary)
            .execute(conn)
    }
}
