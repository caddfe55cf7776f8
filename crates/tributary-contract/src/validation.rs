//! What was found wrong with a dataset's records.

use serde::Serialize;
use utoipa::ToSchema;

/// What was found wrong. Errors fail a dataset, warnings don't.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValidationResult {
    /// What failed the dataset.
    pub errors: Vec<ValidationResultItem>,
    /// What did not.
    pub warnings: Vec<ValidationResultItem>,
}

/// One thing that was found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationResultItem {
    /// The rule that isn't met: `commerce-payment-001`.
    pub rule_id: String,
    /// Stripe's id of the object, or the list that could not be read.
    pub item_id: String,
    /// What is wrong, for people.
    pub message: String,
    /// Who owns the rule: `PaymentValidator`.
    pub validator_name: String,
}
