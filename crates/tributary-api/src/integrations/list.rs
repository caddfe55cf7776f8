//! `GET /integrations`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::integrations::Integration;
use tributary_contract::query::{Kind, Property, Value};

/// A property of an integration that may be asked for.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    kind: Kind,
    of: fn(&Integration) -> Value,
}

impl Property for Field {
    fn kind(&self) -> Kind {
        self.kind
    }
}

const FIELDS: [Field; 9] = [
    Field { name: "key", kind: Kind::Text, of: |it| Value::Text(it.key.to_string()) },
    Field { name: "name", kind: Kind::Text, of: |it| Value::Text(it.name.to_owned()) },
    Field { name: "enabled", kind: Kind::Flag, of: |it| Value::Flag(it.enabled) },
    Field { name: "sourceId", kind: Kind::Id, of: |it| Value::Text(it.source_id.clone()) },
    Field { name: "sourceType", kind: Kind::Text, of: |it| Value::Text(it.source_type.to_owned()) },
    Field { name: "integrationId", kind: Kind::Id, of: |it| Value::Text(it.integration_id.to_string()) },
    Field { name: "isBeta", kind: Kind::Flag, of: |it| Value::Flag(it.is_beta) },
    Field { name: "isOfflineConnector", kind: Kind::Flag, of: |it| Value::Flag(it.is_offline_connector) },
    Field { name: "dataProvidedBy", kind: Kind::Text, of: |it| Value::Text(it.data_provided_by.to_owned()) },
];

fn field(name: &str) -> Option<Field> {
    FIELDS.into_iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// The integrations, Stripe before Stripe Test unless another order is asked for.
pub(crate) async fn list(state: Data<ApiState>, caller: Caller, list: ListRequest) -> Answer {
    let wanted = list.in_memory("Integration", &field)?;
    let all = super::all(&state, caller.platform_no()).await?;
    list.answer(wanted.of(all, |integration, field| Some((field.of)(integration))))
}
