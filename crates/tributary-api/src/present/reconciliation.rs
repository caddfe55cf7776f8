use tributary_contract::{Decimal, extensions};
use tributary_core::Currency;
use tributary_core::ids::ConnectionId;
use tributary_db::reconciliations::{Found, Reconciliation, Sum};

/// A reconciliation of a connection.
pub(crate) fn reconciliation(connection_id: ConnectionId, of: Reconciliation) -> extensions::Reconciliation {
    extensions::Reconciliation {
        id: of.id,
        connection_id,
        state: of.state,
        verdict: of.verdict,
        explanation: of.explanation,
        requested_date: of.requested,
        ended_date: of.ended,
        as_of_date: of.as_of,
        run_id: of.run_id,
        sums: of.sums.into_iter().map(sum).collect(),
        payouts: of.payouts,
        objects: of.objects,
        differences: of.differences,
        repaired: of.repaired,
    }
}

fn sum(sum: Sum) -> extensions::ReconciliationSum {
    let amount = |minor: i64| Decimal::from_minor(minor, sum.currency);
    extensions::ReconciliationSum {
        currency: sum.currency,
        available: amount(sum.available_minor),
        pending: amount(sum.pending_minor),
        stored: amount(sum.stored_minor),
        ties: sum.ties(),
    }
}

/// A difference that one found.
pub(crate) fn difference(Found { difference, repaired }: Found) -> extensions::Difference {
    let amount = |minor: Option<i64>| {
        Some(Decimal::from_minor(minor?, difference.currency.unwrap_or(Currency::UNKNOWN)))
    };
    extensions::Difference {
        kind: difference.kind,
        resource: difference.resource,
        expected: amount(difference.expected_minor),
        found: amount(difference.found_minor),
        object_id: difference.object_id,
        related_id: difference.related_id,
        currency: difference.currency,
        repaired,
    }
}
