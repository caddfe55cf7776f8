//! What there is to do before data flows: shown on top of the companies until it is done, ticked from the data.

use crate::session::Member;
use tributary_core::ids::PlatformNo;
use tributary_core::state::Role;
use tributary_db::{AnyConn, DbError, api_keys, companies, connections, integrations};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What.
    pub label: &'static str,
    /// How.
    pub hint: &'static str,
    /// Where; none where the role may not go there.
    pub href: Option<String>,
    /// Whether it is done.
    pub is_done: bool,
}

/// How far a platform has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    has_integration: bool,
    has_company: bool,
    has_link: bool,
    has_api_key: bool,
}

/// Looks how far a platform has come.
pub(crate) fn standing(conn: &mut AnyConn, platform: PlatformNo) -> Result<Standing, DbError> {
    Ok(Standing {
        has_integration: integrations::list(conn, platform)?.iter().any(|integration| integration.enabled),
        has_company: companies::exist(conn, platform)?,
        has_link: connections::was_any_linked(conn, platform)?,
        has_api_key: !api_keys::list(conn, platform)?.is_empty(),
    })
}

/// The steps, as long as one is left.
pub(crate) fn steps(member: &Member, standing: Standing) -> Vec<Step> {
    let Standing { has_integration, has_company, has_link, has_api_key } = standing;
    if has_integration && has_company && has_link && has_api_key {
        return Vec::new();
    }
    let of_developer = |path: &str| (member.role >= Role::Developer).then(|| member.path(path));
    vec![
        Step {
            label: "Set up an integration",
            hint: "Stripe Test is a good start: enter your client ID and secret key, and switch it on.",
            href: of_developer("/settings/integrations"),
            is_done: has_integration,
        },
        Step {
            label: "Add a company",
            hint: "A company is a merchant whose data you want to read.",
            href: Some(member.path("/companies/new")),
            is_done: has_company,
        },
        Step {
            label: "Let the merchant connect",
            hint: "Copy the company's Link URL and send it: the merchant allows access at Stripe.",
            href: None,
            is_done: has_link,
        },
        Step {
            label: "Create an API key",
            hint: "Your software reads the data with it.",
            href: of_developer("/developers/api-keys"),
            is_done: has_api_key,
        },
    ]
}
