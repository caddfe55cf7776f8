//! What the settings page of an integration does: save, check with Stripe, switch on and off.

use crate::credentials::{self, check_stored};
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::pages::integration::{Entered, Shown, key, prefix, render};
use crate::parts::Problems;
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use tributary_core::key::KeyError;
use tributary_core::state::Role;
use tributary_core::{AccessScope, Millis, Mode, PlatformKey, SyncMode};
use tributary_db::integrations;
use tributary_db::use_cases::{
    Expected, IntegrationChange, IntegrationField, IntegrationProblem, IntegrationText, Switch,
};

/// `POST /p/{platform}/settings/integrations/{key}/save`: 303 to the page, or the page with what is wrong.
pub(crate) async fn save(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let key = key(&path)?;
    let platform_no = member.platform.no;
    let stored = state.db.read(move |conn| integrations::find_by_key(conn, platform_no, key)).await?;
    let has_client_id = stored.is_some_and(|integration| integration.oauth.is_some());
    let result = match change(key, &fields, has_client_id) {
        Ok(change) => credentials::store(&state, &member.platform, &member.visitor.user, change)
            .await?
            .map_err(|problem| vec![problem]),
        Err(problems) => Err(problems),
    };
    match result {
        Ok(view) => {
            let is_on = view.integration.is_some_and(|integration| integration.enabled);
            let done = if is_on { "saved" } else { "saved-off" };
            Ok(html::see_other(&member.path(&format!("/settings/integrations/{key}?done={done}"))))
        }
        Err(problems) => {
            let shown =
                Shown { problems: said(key, &problems), entered: Some(entered(&fields)), ..Shown::default() };
            render(&state, &member, key, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

/// `POST /p/{platform}/settings/integrations/{key}/switch`: on or off, 303 to the page.
pub(crate) async fn switch(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let key = key(&path)?;
    let (switch, done) = match fields.text("to") {
        "on" => (Switch::On, "on"),
        "off" => (Switch::Off, "off"),
        _ => return Err(Failure::BadForm),
    };
    let mut change = IntegrationChange::of(key);
    change.switch = Some(switch);
    match credentials::store(&state, &member.platform, &member.visitor.user, change).await? {
        Ok(_) => Ok(html::see_other(&member.path(&format!("/settings/integrations/{key}?done={done}")))),
        Err(problem) => {
            let shown = Shown { problems: said(key, &[problem]), ..Shown::default() };
            render(&state, &member, key, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

/// `POST /p/{platform}/settings/integrations/{key}/check`: the page with what Stripe says about the stored
/// credentials. Changes nothing, here and there.
pub(crate) async fn check(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let key = key(&path)?;
    let Some(findings) = check_stored(&state, member.platform.no, key).await? else {
        let problems =
            Problems::one("client_id", "Save the client ID and the secret key first, then check them.");
        let shown = Shown { problems, ..Shown::default() };
        return render(&state, &member, key, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    };
    render(&state, &member, key, StatusCode::OK, Shown { findings, ..Shown::default() }).await
}

/// What the form asks for. Secrets left empty keep what is stored. The client id stands in its field: emptied there, it
/// is missing.
fn change(
    key: PlatformKey,
    fields: &Fields,
    has_client_id: bool,
) -> Result<IntegrationChange, Vec<IntegrationProblem>> {
    let is_first = fields.text("modified").is_empty();
    let given = Some(fields.text("client_id").to_owned()).filter(|id| !id.is_empty());
    let text = IntegrationText {
        // The first time there is nothing to keep: an empty field is a mistake.
        client_id: given.or_else(|| (is_first || has_client_id).then(String::new)),
        secret_key: fields.secret("secret_key"),
        webhook_secret: fields.secret("webhook_secret"),
    };
    let lacks_key = is_first && text.secret_key.is_none();
    let mut change = match IntegrationChange::read(key, text) {
        Ok(change) if !lacks_key => change,
        Ok(_) => return Err(vec![IntegrationProblem::SecretKeyNeeded]),
        Err(mut problems) => {
            if lacks_key {
                problems.push(IntegrationProblem::SecretKeyNeeded);
            }
            return Err(problems);
        }
    };
    change.scope = Some(match fields.is_ticked("read_write") {
        true => AccessScope::ReadWrite,
        false => AccessScope::ReadOnly,
    });
    change.sync_mode = Some(match fields.text("sync_mode") {
        "continuous" => SyncMode::Continuous,
        _ => SyncMode::OneOff,
    });
    change.remove_webhook_secrets = fields.all("remove").filter_map(|id| id.parse().ok()).collect();
    change.expected = match fields.text("modified").parse() {
        Ok(ms) => Expected::ModifiedAt(Millis(ms)),
        Err(_) => Expected::NotSet,
    };
    Ok(change)
}

/// What was entered, without its secrets.
fn entered(fields: &Fields) -> Entered {
    Entered {
        client_id: fields.text("client_id").to_owned(),
        reads_and_writes: fields.is_ticked("read_write"),
        is_continuous: fields.text("sync_mode") == "continuous",
        lost_secret_key: fields.secret("secret_key").is_some(),
        lost_webhook_secret: fields.secret("webhook_secret").is_some(),
    }
}

/// The problems in the words of the page.
fn said(key: PlatformKey, problems: &[IntegrationProblem]) -> Problems {
    let mut said = Problems::default();
    for problem in problems {
        let field = match problem.field() {
            Some(IntegrationField::ClientId) => "client_id",
            Some(IntegrationField::SecretKey) => "secret_key",
            Some(IntegrationField::WebhookSecret) => "webhook_secret",
            Some(IntegrationField::RemoveWebhookSecrets | IntegrationField::Enabled) | None => "",
        };
        said.add(field, words(key, problem));
    }
    said
}

fn words(key: PlatformKey, problem: &IntegrationProblem) -> String {
    let starts = prefix(key.mode());
    match problem {
        IntegrationProblem::ClientId | IntegrationProblem::ClientIdNeeded => {
            "Enter the client ID from Connect settings at Stripe. It starts with ca_ and has 32 more characters."
                .to_owned()
        }
        IntegrationProblem::SecretKey(KeyError::Publishable) => {
            "This is a publishable key (pk_…). It can't read data. Copy the secret key, which starts with sk_."
                .to_owned()
        }
        IntegrationProblem::SecretKeyMode { given: Mode::Test, .. } => format!(
            "This is a test-mode key (it starts with sk_test_). Stripe (live) needs a key that starts with {starts}. \
             Put this one under Stripe Test instead."
        ),
        IntegrationProblem::SecretKeyMode { given: Mode::Live, .. } => format!(
            "This is a live key. Stripe Test only takes keys that start with {starts}. Nothing was saved."
        ),
        IntegrationProblem::SecretKeyRestricted => format!(
            "This is a restricted key (rk_…). To complete a merchant's authorisation Stripe needs the secret key, \
             which starts with {starts}."
        ),
        IntegrationProblem::SecretKey(_) | IntegrationProblem::SecretKeyNeeded => {
            format!("Enter the secret key from API keys at Stripe. It starts with {starts}.")
        }
        IntegrationProblem::WebhookSecret => {
            "Enter the signing secret of the webhook endpoint at Stripe. It starts with whsec_.".to_owned()
        }
        IntegrationProblem::UnknownWebhookSecret(_) => {
            "This signing secret was removed already. Nothing was saved: look at the list and save again.".to_owned()
        }
        IntegrationProblem::NothingToAuthoriseWith(_) => {
            "Save the client ID and the secret key first. Then it can be turned on.".to_owned()
        }
        IntegrationProblem::ChangedMeanwhile => {
            "Somebody else saved these settings while you had them open, so nothing was saved. Your changes are \
             below: compare them with what is stored, then save again."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_other_mode_are_told_where_they_belong() {
        let wrong =
            |key: PlatformKey, given: Mode| words(key, &IntegrationProblem::SecretKeyMode { key, given });
        assert_eq!(
            wrong(PlatformKey::Stripe, Mode::Test),
            "This is a test-mode key (it starts with sk_test_). Stripe (live) needs a key that starts with sk_live_. \
             Put this one under Stripe Test instead."
        );
        assert_eq!(
            wrong(PlatformKey::StripeTest, Mode::Live),
            "This is a live key. Stripe Test only takes keys that start with sk_test_. Nothing was saved."
        );
    }
}
