//! What follows from stored objects, against the rows that are there. Comparing and remapping share it.

use crate::normalize::{self, Mapped};
use std::collections::{HashMap, HashSet};
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;
use tributary_db::compare::Mismatch;
use tributary_db::records::{self, Records, Standing};
use tributary_db::{AnyConn, DbError, source_objects};

/// Objects of one list with their rows.
pub(crate) struct Follows {
    resource: Resource,
    /// By their ids.
    pub(crate) mapped: Vec<(String, Mapped)>,
    /// Objects of which nothing can be said: their rows stay as they are.
    pub(crate) unmapped: HashSet<String>,
}

/// Whose rows are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a> {
    /// Those of all objects after the first id, up to the second.
    Between(&'a str, &'a str),
    /// Those of one object.
    One(&'a str),
}

/// How the rows that are there differ.
pub(crate) struct Compared {
    /// Rows that are missing or say something else, each with its object's id.
    pub(crate) mismatches: Vec<(String, Mismatch)>,
    /// Rows that follow from no object.
    pub(crate) beyond: Vec<Standing>,
}

impl Follows {
    /// Maps objects by their ids and texts.
    pub(crate) fn of<'a>(resource: Resource, objects: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut follows = Follows { resource, mapped: Vec::new(), unmapped: HashSet::new() };
        for (id, json) in objects {
            match normalize::map(resource, id, json) {
                Ok(rows) => follows.mapped.push((id.to_owned(), rows)),
                Err(_) => {
                    follows.unmapped.insert(id.to_owned());
                }
            }
        }
        follows
    }

    /// The rows of the objects that meet a condition.
    pub(crate) fn records(&self, meets: impl Fn(&str) -> bool) -> Records<'_> {
        let mut records = Records::default();
        self.mapped.iter().filter(|(id, _)| meets(id)).for_each(|(_, rows)| rows.collect_into(&mut records));
        records
    }

    /// Compares with the rows of the objects of the span, which must be all objects that live in it.
    pub(crate) fn compare(
        &self,
        conn: &mut AnyConn,
        connection: ConnectionNo,
        span: Span<'_>,
    ) -> Result<Compared, DbError> {
        let mut object_of: HashMap<(&'static str, String), &str> = HashMap::new();
        for (id, rows) in &self.mapped {
            let mut own = Records::default();
            rows.collect_into(&mut own);
            object_of.extend(own.keys().map(|(table, row)| ((table, row.to_owned()), id.as_str())));
        }
        let with_object = |mismatch: Mismatch| {
            let object = object_of.get(&(mismatch.table, mismatch.id.clone())).copied().unwrap_or_default();
            (object.to_owned(), mismatch)
        };
        let mismatches = self.records(|_| true).mismatches(conn, connection)?;
        let (first, last, is_first_left_out) = match span {
            Span::Between(after, last) => (after, last, true),
            Span::One(id) => (id, id, false),
        };
        let mut beyond = records::standing(conn, connection, self.resource, first, last)?;
        let is_accounted_for = |row: &Standing| {
            (is_first_left_out && row.object_id == first)
                || self.unmapped.contains(&row.object_id)
                || object_of.contains_key(&(row.table, row.id.clone()))
        };
        beyond.retain(|row| !is_accounted_for(row));
        let beyond = of_no_other_list(conn, connection, self.resource, beyond)?;
        Ok(Compared { mismatches: mismatches.into_iter().map(with_object).collect(), beyond })
    }
}

/// Leaves out rows that follow from an object of the other list that makes rows of the same tables.
fn of_no_other_list(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    rows: Vec<Standing>,
) -> Result<Vec<Standing>, DbError> {
    let Some(other) = records::shares_tables_with(resource).filter(|_| !rows.is_empty()) else {
        return Ok(rows);
    };
    let ids: Vec<&str> = rows.iter().map(|row| row.object_id.as_str()).collect();
    let theirs = source_objects::living_texts(conn, connection, other, &ids)?;
    Ok(rows.into_iter().filter(|row| !theirs.contains_key(&row.object_id)).collect())
}
