//! Values of rows in COPY's format, made before the transaction that writes them, so that the database needn't
//! wait for it (docs/decisions/0011).

use crate::bulk::{ROW_BYTES, Record, encode_values};
use crate::copy::Values;
use std::collections::HashMap;

/// The values of rows of any of the data tables, by table and in the order of the rows.
#[derive(Debug, Default)]
pub struct Encoded {
    tables: HashMap<&'static str, Part>,
}

/// The values of one table's rows, and where each row's end.
#[derive(Debug)]
struct Part {
    values: Values,
    ends: Vec<usize>,
}

impl Encoded {
    /// Encodes rows of one table. What can't be encoded is left for the transaction to fail on.
    pub(crate) fn add<R: Record>(&mut self, rows: &[&R]) {
        if rows.is_empty() {
            return;
        }
        let mut part = Part {
            values: Values::with_capacity(rows.len() * ROW_BYTES),
            ends: Vec::with_capacity(rows.len()),
        };
        for row in rows {
            if encode_values(&mut part.values, &row.values()).is_err() {
                return;
            }
            part.ends.push(part.values.bytes().len());
        }
        self.tables.insert(R::TABLE, part);
    }

    /// How many rows of a table were encoded.
    pub(crate) fn rows(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, |part| part.ends.len())
    }

    /// The values of a table's rows, row by row.
    pub(crate) fn values(&self, table: &str) -> impl Iterator<Item = &[u8]> {
        self.tables.get(table).into_iter().flat_map(|part| {
            let starts = std::iter::once(0).chain(part.ends.iter().copied());
            starts.zip(&part.ends).map(|(start, end)| &part.values.bytes()[start..*end])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::balances::Balance;

    fn balance(currency: &str, available_minor: i64) -> Balance {
        Balance { id: currency.to_owned(), available_minor, pending_minor: 1, reserved_minor: None }
    }

    #[test]
    fn each_row_has_the_values_that_it_has_alone() {
        let rows = [balance("usd", 1_000), balance("jpy", -5), balance("kwd", 0)];
        let mut together = Encoded::default();
        together.add(&rows.iter().collect::<Vec<_>>());
        assert_eq!(together.rows(Balance::TABLE), 3);
        let alone: Vec<Vec<u8>> = rows
            .iter()
            .map(|row| {
                let mut encoded = Encoded::default();
                encoded.add(&[row]);
                encoded.values(Balance::TABLE).flatten().copied().collect()
            })
            .collect();
        assert!(together.values(Balance::TABLE).eq(alone.iter().map(Vec::as_slice)));
        assert!(alone[0] != alone[1]);
        assert_eq!(together.rows("payments"), 0);
    }
}
