//! What is told of reconciliations.

use super::event::find_company;
use super::outbox::{Subject, write};
use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::error::DbError;
use crate::reconciliations::Reconciliation;
use crate::shown;
use tributary_contract::messages::{EventType, Payload, VerdictChange, VerdictLinks};
use tributary_core::reconciliation::Verdict;
use tributary_core::{Millis, PublicUrls};

/// Tells that another verdict stands for a connection than `previous_verdict`.
pub(crate) fn verdict_changed(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection: &Connection,
    reconciliation: &Reconciliation,
    (previous_verdict, verdict): (Option<Verdict>, Verdict),
    now: Millis,
) -> Result<(), DbError> {
    let (platform, company) = find_company(conn, connection.company_id)?;
    let subject = Subject::company(&company, connection.no);
    let (company_id, id) = (connection.company_id, reconciliation.id);
    let payload = Payload::Verdict(VerdictChange {
        reference_company: shown::company_reference(urls, platform.id, company),
        connection_id: connection.id,
        reconciliation_id: id,
        verdict,
        previous_verdict,
        explanation: reconciliation.explanation.clone(),
        differences: reconciliation.differences,
        repaired: reconciliation.repaired,
        links: VerdictLinks {
            reconciliation: urls.reconciliation(company_id, connection.id, id),
            portal: urls.portal_reconciliation(platform.id, company_id, connection.id, id),
        },
    });
    write(conn, &subject, EventType::ReconciliationVerdictChanged, payload, now)
}
