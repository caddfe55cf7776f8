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

/// Bytes handed to libpq at once, which copies them. The server works on them while further rows are made.
const CHUNK_BYTES: usize = 64 * 1024;

/// Values of rows, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Values {
    bytes: Vec<u8>,
}

impl Values {
    /// None yet, with room for so many bytes.
    pub(crate) fn with_capacity(capacity_bytes: usize) -> Self {
        Values { bytes: Vec::with_capacity(capacity_bytes) }
    }

    /// What there is so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds values that were encoded before.
    pub(crate) fn append(&mut self, encoded: &[u8]) {
        self.bytes.extend_from_slice(encoded);
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
}

/// Rows on their way into a table.
pub(crate) struct CopyRows<'a> {
    out: &'a mut dyn Write,
    columns: i16,
    unsent: Values,
}

impl CopyRows<'_> {
    /// Begins a row. It must be given a value for every column of the table, in its order.
    pub(crate) fn row(&mut self) -> QueryResult<&mut Values> {
        if self.unsent.bytes.len() >= CHUNK_BYTES {
            self.send()?;
        }
        self.unsent.bytes.extend_from_slice(&self.columns.to_be_bytes());
        Ok(&mut self.unsent)
    }

    fn send(&mut self) -> QueryResult<()> {
        for chunk in self.unsent.bytes.chunks(CHUNK_BYTES) {
            self.out.write_all(chunk).map_err(|error| Error::SerializationError(error.into()))?;
        }
        self.unsent.bytes.clear();
        Ok(())
    }
}

/// Adds the rows that `write` makes to a table of so many columns. A key that is there already refuses all of them.
pub(crate) fn insert_into<T>(
    conn: &mut PgConnection,
    columns: i16,
    write: impl Fn(&mut CopyRows<'_>) -> QueryResult<()>,
) -> QueryResult<usize>
where
    T: Table + CopyTarget<Table = T> + HasTable<Table = T>,
{
    let write = |out: &mut dyn Write| -> QueryResult<()> {
        let mut rows = CopyRows { out, columns, unsent: Values::with_capacity(2 * CHUNK_BYTES) };
        rows.unsent.append(HEADER);
        write(&mut rows)?;
        rows.unsent.append(&TRAILER.to_be_bytes());
        rows.send()
    };
    diesel::copy_from(T::table())
        .from_raw_data(T::table(), write)
        .with_format(CopyFormat::Binary)
        .execute(conn)
}
