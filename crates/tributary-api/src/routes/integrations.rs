//! Integrations.

use super::entry::{Entry, get, put};
use super::tag::Tag::Integrations;
use crate::integrations::{self, supplemental};
use tributary_contract::integrations::{Branding, Integration};
use tributary_contract::supplemental::SupplementalDataConfiguration;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get("/integrations", integrations::list)
            .operation(Integrations, "list-integrations", "List integrations")
            .says("Lists Stripe and Stripe Test, and whether you have each switched on.")
            .lists::<Integration>(),
        get("/integrations/{platformKey}", integrations::get)
            .operation(Integrations, "get-integration", "Get integration")
            .says("Gives one integration.")
            .answers::<Integration>(200),
        get("/integrations/{platformKey}/branding", integrations::branding)
            .operation(Integrations, "get-integrations-branding", "Get branding")
            .says("Gives the addresses of pictures for an integration. They are plain word marks, open to anybody.")
            .answers::<Branding>(200),
        get("/integrations/{platformKey}/dataTypes/{dataType}/supplementalDataConfig", supplemental::get)
            .operation(Integrations, "get-supplemental-data-configuration", "Get supplemental data configuration")
            .says("Gives what is shown of Stripe's objects beside the fields of a data type.")
            .answers::<SupplementalDataConfiguration>(200),
        put("/integrations/{platformKey}/dataTypes/{dataType}/supplementalDataConfig", supplemental::put)
            .operation(Integrations, "configure-supplemental-data", "Configure supplemental data")
            .says(
                "Replaces what is shown of Stripe's objects beside the fields of a data type: properties of \
                 `pullData`, by their paths. It shows in the next answer; an empty object shows nothing more.",
            )
            .takes::<SupplementalDataConfiguration>()
            .answers_nothing(200),
    ]
}
