//! The first run: somebody who holds the installation's token becomes its first administrator.

use crate::auth::SignInError;
use crate::failure::Failure;
use crate::form::{Fields, Unsigned};
use crate::pages::sign_in;
use crate::parts::Problems;
use crate::passwords::{self, CHARS_MAX, CHARS_MIN};
use crate::{PortalState, first_run, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::{Secret, token};
use tributary_db::use_cases::{FirstAdministrator, FirstAdministratorRefused, create_first_administrator};
use tributary_db::{AnyConn, DbError, platforms, sessions, users};

/// What the page's address must say.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    token: Option<Secret>,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    setup: Secret,
    /// Whether there is no platform yet, so that one needs a name.
    needs_platform: bool,
    platform: String,
    email: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct WrongToken {
    heading: &'static str,
    body: &'static str,
    reference: Option<&'static str>,
}

/// `GET /setup?token=…`
pub(crate) async fn page(state: Data<PortalState>, asked: Query<Asked>) -> Result<HttpResponse, Failure> {
    let (has_users, needs_platform) = state.db.read(standing).await?;
    if has_users {
        return Ok(html::see_other("/sign-in"));
    }
    let Some(setup) = asked.into_inner().token.filter(|token| is_right(&state, token)) else {
        return wrong_token();
    };
    let page = SetupPage {
        setup,
        needs_platform,
        platform: String::new(),
        email: String::new(),
        problems: Problems::default(),
    };
    html::page(StatusCode::OK, &page)
}

/// `POST /setup`: 303 home, signed in.
pub(crate) async fn create(
    state: Data<PortalState>,
    Unsigned(fields): Unsigned,
) -> Result<HttpResponse, Failure> {
    let (has_users, needs_platform) = state.db.read(standing).await?;
    if has_users {
        return Ok(html::see_other("/sign-in"));
    }
    let Some(setup) = fields.secret("setup").filter(|token| is_right(&state, token)) else {
        return wrong_token();
    };
    let again = |problems: Problems| {
        let page = SetupPage {
            setup: setup.clone(),
            needs_platform,
            platform: fields.text("platform").to_owned(),
            email: fields.text("email").to_owned(),
            problems,
        };
        html::page(StatusCode::UNPROCESSABLE_ENTITY, &page)
    };
    let password = match checked(&fields, needs_platform) {
        Ok(password) => password,
        Err(problems) => return again(problems),
    };
    let new = FirstAdministrator {
        platform_name: fields.text("platform").to_owned(),
        email: fields.text("email").to_owned(),
        password_hash: state.passwords.hash(&password).await.map_err(|error| match error {
            SignInError::Busy => Failure::Busy,
            SignInError::Db(error) => error.into(),
            other => Failure::Password(other.to_string()),
        })?,
    };
    let (session, now) = (token::random_token()?, state.clock.now());
    let made = {
        let session = session.clone();
        let work = move |conn: &mut AnyConn| {
            let made = create_first_administrator(conn, &new, now)?;
            if let Ok((user, _)) = &made {
                sessions::start(conn, user.id, &session, now)?;
            }
            Ok(made)
        };
        state.db.write(work).await?
    };
    match made {
        Ok((user, _)) => {
            tracing::info!(user = %user.id, "the first administrator was made");
            let mut response = html::see_other("/");
            sign_in::set_cookie(&state, &session, &mut response)?;
            Ok(response)
        }
        Err(FirstAdministratorRefused::UsersExist) => Ok(html::see_other("/sign-in")),
        Err(FirstAdministratorRefused::PlatformName(_)) => again(Problems::one("platform", PLATFORM_WORDS)),
        Err(FirstAdministratorRefused::User(_)) => again(Problems::one("email", EMAIL_WORDS)),
    }
}

const EMAIL_WORDS: &str = "Enter an e-mail address, like name@example.com.";
const PLATFORM_WORDS: &str = "Enter a name for your platform, of 100 characters at most.";

/// The password, if everything that was entered will do.
fn checked(fields: &Fields, needs_platform: bool) -> Result<Secret, Problems> {
    let mut problems = Problems::default();
    let name_chars = fields.text("platform").chars().count();
    if needs_platform && !(1..=platforms::NAME_CHARS_MAX).contains(&name_chars) {
        problems.add("platform", PLATFORM_WORDS);
    }
    if !users::is_email(fields.text("email")) {
        problems.add("email", EMAIL_WORDS);
    }
    let password = fields.secret("password").unwrap_or_else(|| Secret::new(""));
    let again = fields.secret("again").unwrap_or_else(|| Secret::new(""));
    if passwords::check(&password).is_err() {
        problems.add(
            "password",
            format!("Choose a password of {CHARS_MIN} to {CHARS_MAX} characters. A few words are fine."),
        );
    } else if password.expose() != again.expose() {
        problems.add("again", "Enter the same password twice: these two differ.");
    }
    if problems.is_empty() { Ok(password) } else { Err(problems) }
}

/// Whether there are users, and whether there is no platform.
fn standing(conn: &mut AnyConn) -> Result<(bool, bool), DbError> {
    Ok((users::exist(conn)?, platforms::list(conn)?.is_empty()))
}

fn is_right(state: &PortalState, token: &Secret) -> bool {
    first_run::is_token(&state.vault, token)
}

fn wrong_token() -> Result<HttpResponse, Failure> {
    let problem = WrongToken {
        heading: "This isn't the address of the first run",
        body: "This installation has no users yet. Open the whole address that `tributary serve` printed when it \
               started: it ends with a token that only those who run it can see.",
        reference: None,
    };
    html::page(StatusCode::FORBIDDEN, &problem)
}
