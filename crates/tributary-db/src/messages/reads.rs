//! What is told of data that was read.

use super::event::find_company;
use super::outbox::{Subject, write};
use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::datasets::Dataset;
use crate::error::DbError;
use crate::findings::Finding;
use crate::{initial_reads, runs, shown};
use tributary_contract::messages::{
    DataTypeRead, EventType, Issue, IssueKind, IssueLinks, Payload, ReadCompleted,
};
use tributary_core::ids::PlatformId;
use tributary_core::state::DatasetStatus;
use tributary_core::{Millis, PublicUrls};

/// Findings of one dataset that are told; the API has more.
const ISSUES_MAX: usize = 10;

/// Tells that datasets have ended, in one message; and where an authorization waited for the last of them, that its
/// data is there. An authorization of which nothing could be read is never told of.
pub(crate) fn ended(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection: &Connection,
    datasets: Vec<Dataset>,
    now: Millis,
) -> Result<(), DbError> {
    if !datasets.is_empty() {
        tell(conn, urls, connection, EventType::ReadCompleted, datasets, now)?;
    }
    for datasets in initial_reads::take_ended(conn, connection.no)? {
        if datasets.iter().any(|dataset| dataset.status == DatasetStatus::Complete) {
            tell(conn, urls, connection, EventType::ReadCompletedInitial, datasets, now)?;
        }
    }
    Ok(())
}

fn tell(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection: &Connection,
    event_type: EventType,
    datasets: Vec<Dataset>,
    now: Millis,
) -> Result<(), DbError> {
    let (platform, company) = find_company(conn, connection.company_id)?;
    let subject = Subject::company(&company, connection.no);
    let modified_from_date = runs::earliest_start(conn, connection.no, &datasets)?;
    let read = |dataset: Dataset| DataTypeRead {
        connection_id: dataset.connection_id,
        data_type: dataset.data_type,
        records_modified: dataset.records_modified,
        status: dataset.status,
        issues: issues(urls, platform.id, &dataset),
    };
    let payload = Payload::Read(ReadCompleted {
        modified_from_date,
        data_types: datasets.into_iter().map(read).collect(),
        reference_company: shown::company_reference(urls, platform.id, company),
    });
    write(conn, &subject, event_type, payload, now)
}

fn issues(urls: &PublicUrls, platform: PlatformId, dataset: &Dataset) -> Vec<Issue> {
    let issue = |(kind, finding): (IssueKind, &Finding)| Issue {
        kind,
        message: finding.message.clone(),
        links: IssueLinks {
            logs: urls.validation(dataset.company_id, dataset.id),
            portal: urls.portal_history(platform, dataset.company_id),
        },
    };
    let errors = dataset.errors.iter().map(|finding| (IssueKind::Error, finding));
    let warnings = dataset.warnings.iter().map(|finding| (IssueKind::Warning, finding));
    errors.chain(warnings).take(ISSUES_MAX).map(issue).collect()
}
