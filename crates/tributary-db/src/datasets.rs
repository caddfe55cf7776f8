//! Datasets: one pull of one data type of one connection (rule E10). This module asks for them and shows
//! them; its child `work` is the worker's side.

pub use self::work::{Finish, attach, finish, finish_all_active, of_run, set_progress, waiting};
pub(crate) use self::work::{active_of, describe_active, of_ids, set_records_modified};
use crate::conn::{AnyConn, Both};
use crate::connections::{Connection, keep, keep_linked};
use crate::error::DbError;
use crate::findings::Finding;
use crate::page::Page;
use crate::query::{Condition, Field, Fields, ListQuery, Ordering};
use crate::schema::{connections, datasets};
use crate::stored::{Stored, StoredJson, StoredMoment, StoredOption};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use tributary_core::ids::{CompanyId, ConnectionId, ConnectionNo, DatasetId, PlatformNo, RunId};
use tributary_core::state::{ConnectionStatus, DatasetStatus, RunReason};
use tributary_core::{DataType, Millis};

#[cfg(test)]
mod tests;
mod work;

/// How often queueing tries again when the dataset in its way ends at that moment.
const ATTEMPTS_MAX: u32 = 3;

/// One pull of one data type.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = datasets)]
pub struct Dataset {
    /// The connection it pulls from.
    #[diesel(deserialize_as = i64)]
    pub connection_no: ConnectionNo,
    /// The same, for the outside.
    #[diesel(select_expression = connections::id, deserialize_as = Stored)]
    pub connection_id: ConnectionId,
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: DatasetId,
    /// The company that the connection belongs to.
    #[diesel(deserialize_as = Stored)]
    pub company_id: CompanyId,
    /// What it pulls.
    #[diesel(deserialize_as = Stored)]
    pub data_type: DataType,
    /// The run that took it; `None` while it waits for one.
    #[diesel(deserialize_as = StoredOption)]
    pub run_id: Option<RunId>,
    /// Why it was asked for.
    #[diesel(deserialize_as = Stored)]
    pub reason: RunReason,
    /// Where it stands.
    #[diesel(deserialize_as = Stored)]
    pub status: DatasetStatus,
    /// What it waits for, for people.
    pub status_description: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// What was found wrong with records, or missing, and didn't fail it.
    #[diesel(deserialize_as = StoredJson)]
    pub warnings: Vec<Finding>,
    /// Per cent, 0 to 100.
    pub progress: i64,
    /// Whether a record changed.
    pub records_modified: bool,
    /// When it was asked for.
    #[diesel(column_name = requested_ms, deserialize_as = i64)]
    pub requested: Millis,
    /// When it ended, well or not; `None` while it is active.
    #[diesel(column_name = completed_ms, deserialize_as = StoredMoment)]
    pub completed: Option<Millis>,
    /// What failed it, object by object where it was objects.
    #[diesel(deserialize_as = StoredJson)]
    pub errors: Vec<Finding>,
}

/// The data type is being pulled already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data type is being pulled already, by dataset {dataset_id}")]
pub struct InProgress {
    /// The dataset under way.
    pub dataset_id: DatasetId,
}

/// How one of a company's data types stands, over all its connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeStatus {
    /// The data type.
    pub data_type: DataType,
    /// The dataset that was asked for last.
    pub latest: Dataset,
    /// The latest that completed.
    pub latest_successful: Option<Dataset>,
}

/// Every query for datasets starts here: a dataset shows its connection's id.
macro_rules! select_datasets {
    () => {
        datasets::table
            .inner_join(connections::table.on(connections::no.eq(datasets::connection_no)))
            .select(Dataset::as_select())
    };
}
use select_datasets;

/// Asks for a data type of a connection, which was read in the same transaction. There is at most one active dataset of
/// each: the unique index decides between requests that come at once.
pub fn queue(
    conn: &mut AnyConn,
    connection: &Connection,
    data_type: DataType,
    reason: RunReason,
    now: Millis,
) -> Result<Result<Dataset, InProgress>, DbError> {
    let dataset = Dataset {
        connection_no: connection.no,
        connection_id: connection.id,
        id: DatasetId::random(),
        company_id: connection.company_id,
        data_type,
        run_id: None,
        reason,
        status: DatasetStatus::Queued,
        status_description: None,
        error_message: None,
        warnings: Vec::new(),
        progress: 0,
        records_modified: false,
        requested: now,
        completed: None,
        errors: Vec::new(),
    };
    // The rows of a deleted connection are deleted once, and what is active of one that is deauthorized or unlinked is
    // ended once: none may come after that.
    let is_as_read = match connection.status {
        ConnectionStatus::Linked => keep_linked(conn, connection.no)?.is_some(),
        _ => keep(conn, connection.no)?,
    };
    if !is_as_read {
        return Err(DbError::Overtaken);
    }
    for _ in 0..ATTEMPTS_MAX {
        if insert(conn, connection.platform_no, &dataset)? {
            return Ok(Ok(dataset));
        }
        if let Some(dataset_id) = active(conn, connection.no, data_type)? {
            return Ok(Err(InProgress { dataset_id }));
        }
    }
    Err(DbError::Unavailable("datasets of the same data type keep coming and going".to_owned()))
}

/// Inserts an active dataset; false where there is one already.
fn insert(conn: &mut AnyConn, platform_no: PlatformNo, dataset: &Dataset) -> Result<bool, DbError> {
    let insert = diesel::insert_into(datasets::table)
        .values((
            datasets::connection_no.eq(dataset.connection_no.0),
            datasets::id.eq(dataset.id.to_string()),
            datasets::platform_no.eq(platform_no.0),
            datasets::company_id.eq(dataset.company_id.to_string()),
            datasets::data_type.eq(dataset.data_type.as_str()),
            datasets::reason.eq(dataset.reason.as_str()),
            datasets::status.eq(dataset.status.as_str()),
            datasets::active.eq(true),
            datasets::warnings.eq("[]"),
            datasets::progress.eq(dataset.progress),
            datasets::records_modified.eq(dataset.records_modified),
            datasets::requested_ms.eq(dataset.requested.0),
        ))
        .on_conflict_do_nothing();
    Ok(Both(insert).execute(conn)? == 1)
}

fn active(conn: &mut AnyConn, no: ConnectionNo, data_type: DataType) -> Result<Option<DatasetId>, DbError> {
    let id: Option<Stored> = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::data_type.eq(data_type.as_str()))
        .filter(datasets::active)
        .select(datasets::id)
        .first(conn)
        .optional()?;
    Ok(id.map(DatasetId::try_from).transpose()?)
}

/// A company's dataset.
pub fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: DatasetId,
) -> Result<Option<Dataset>, DbError> {
    Ok(select_datasets!()
        .filter(datasets::platform_no.eq(platform_no.0))
        .filter(datasets::company_id.eq(company_id.to_string()))
        .filter(datasets::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// What may be asked of datasets. `isCompleted` may not: the contract says so.
pub const FIELDS: &Fields = &Fields::new(
    "Dataset",
    "datasets",
    [Field::id("id", "datasets.id"), Field::date("requested", "datasets.requested_ms")],
    &[
        Field::id("companyId", "datasets.company_id"),
        Field::id("connectionId", "connections.id"),
        Field::text("dataType", "datasets.data_type"),
        Field::text("status", "datasets.status"),
        Field::text("statusDescription", "datasets.status_description").optional(),
        Field::text("errorMessage", "datasets.error_message").optional(),
        Field::date("completed", "datasets.completed_ms").optional(),
        Field::number("progress", "datasets.progress * 1000"),
    ],
);

/// A page of a company's datasets, the latest request first, and how many there are.
pub fn list(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    page: Page,
) -> Result<(Vec<Dataset>, i64), DbError> {
    select(conn, platform_no, company_id, &ListQuery::newest(FIELDS, page))
}

/// The part of a company's datasets that is asked for, and how many there are.
pub fn select(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    query: &ListQuery,
) -> Result<(Vec<Dataset>, i64), DbError> {
    let wanted = || {
        select_datasets!()
            .filter(datasets::platform_no.eq(platform_no.0))
            .filter(datasets::company_id.eq(company_id.to_string()))
            .filter(Condition(&query.filter))
    };
    let total = wanted().select(count_star()).get_result(conn)?;
    let rows = wanted()
        .order(Ordering(&query.order))
        .offset(query.page.offset)
        .limit(query.page.limit)
        .load(conn)?;
    Ok((rows, total))
}

/// How each of a company's data types stands; types that were never asked for are left out.
pub fn latest_by_type(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
) -> Result<Vec<TypeStatus>, DbError> {
    let mut statuses = Vec::with_capacity(DataType::ALL.len());
    for data_type in DataType::ALL {
        let mut latest_where = |status: Option<DatasetStatus>| {
            let mut query = select_datasets!()
                .filter(datasets::platform_no.eq(platform_no.0))
                .filter(datasets::company_id.eq(company_id.to_string()))
                .filter(datasets::data_type.eq(data_type.as_str()))
                .order((datasets::requested_ms.desc(), datasets::id))
                .into_boxed();
            if let Some(status) = status {
                query = query.filter(datasets::status.eq(status.as_str()));
            }
            query.first(conn).optional()
        };
        if let Some(latest) = latest_where(None)? {
            let latest_successful = latest_where(Some(DatasetStatus::Complete))?;
            statuses.push(TypeStatus { data_type, latest, latest_successful });
        }
    }
    Ok(statuses)
}

/// The dataset of each of a connection's data types that was asked for last; types never asked for are left out.
pub fn latest_of(conn: &mut AnyConn, no: ConnectionNo) -> Result<Vec<Dataset>, DbError> {
    let mut latest = Vec::with_capacity(DataType::ALL.len());
    for data_type in DataType::ALL {
        let dataset: Option<Dataset> = select_datasets!()
            .filter(datasets::connection_no.eq(no.0))
            .filter(datasets::data_type.eq(data_type.as_str()))
            .order((datasets::requested_ms.desc(), datasets::id))
            .first(conn)
            .optional()?;
        latest.extend(dataset);
    }
    Ok(latest)
}

/// Whether anything of a company's is being pulled or waits for it.
pub fn is_any_active(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
) -> Result<bool, DbError> {
    let active = datasets::table
        .filter(datasets::platform_no.eq(platform_no.0))
        .filter(datasets::company_id.eq(company_id.to_string()))
        .filter(datasets::active)
        .filter(datasets::connection_no.eq_any(connections::table.select(connections::no)));
    Ok(diesel::select(exists(active)).get_result(conn)?)
}

/// Whether a data type of a connection ever completed: before that its records can't be read. The connection
/// was found for its platform.
pub fn has_succeeded(conn: &mut AnyConn, no: ConnectionNo, data_type: DataType) -> Result<bool, DbError> {
    let complete = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::data_type.eq(data_type.as_str()))
        .filter(datasets::status.eq(DatasetStatus::Complete.as_str()));
    Ok(diesel::select(exists(complete)).get_result(conn)?)
}
