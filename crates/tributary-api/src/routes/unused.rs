//! Operations of the contract's that Stripe's data has no use for: one empty list, and what is never found.

use super::entry::{Entry, get, post, put};
use super::tag::Tag::PushData;
use crate::{custom_data, push};
use tributary_contract::push::PushOperation;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get("/companies/{companyId}/push", push::list)
            .operation(PushData, "get-company-push-history", "List push operations")
            .says("Lists what was written to the source: nothing, because Stripe's data is only read.")
            .lists::<PushOperation>(),
        get("/companies/{companyId}/push/{pushOperationKey}", push::get),
        get("/companies/{companyId}/connections/{connectionId}/options/{dataType}", push::options),
        get(
            "/integrations/{platformKey}/dataTypes/custom/{customDataIdentifier}",
            custom_data::of_integration,
        ),
        put(
            "/integrations/{platformKey}/dataTypes/custom/{customDataIdentifier}",
            custom_data::of_integration,
        ),
        post(
            "/companies/{companyId}/connections/{connectionId}/data/queue/custom/{customDataIdentifier}",
            custom_data::of_connection,
        ),
        get(
            "/companies/{companyId}/connections/{connectionId}/data/custom/{customDataIdentifier}",
            custom_data::of_connection,
        ),
    ]
}
