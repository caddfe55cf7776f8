//! Developers > API keys.

use crate::failure::Failure;
use crate::form::Posted;
use crate::frame::{Frame, Tab};
use crate::parts::{Copyable, Moment, Problems};
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use tributary_core::state::Role;
use tributary_db::api_keys::{self, ApiKeyError, CreatedKey, KEYS_MAX};

/// A key in the list.
struct Row {
    name: String,
    last4: String,
    created: Moment,
}

#[derive(Template)]
#[template(path = "api_keys.html")]
struct ApiKeysPage {
    frame: Frame,
    problems: Problems,
    rows: Vec<Row>,
    keys_max: i64,
    name: String,
    /// The key just made: shown this once.
    created: Option<Copyable>,
    create_action: String,
    api_url: Copyable,
}

/// `GET /p/{platform}/developers/api-keys`
pub(crate) async fn page(state: Data<PortalState>, member: Member) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    render(&state, &member, StatusCode::OK, String::new(), Problems::default(), None).await
}

/// `POST /p/{platform}/developers/api-keys`: the page with the new key, which no other page ever shows. That is why
/// it isn't a redirect.
pub(crate) async fn create(
    state: Data<PortalState>,
    member: Member,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let name = fields.text("name").to_owned();
    if name.is_empty() {
        let problems = Problems::one("name", "Enter a name, such as the software that will use the key.");
        return render(&state, &member, StatusCode::UNPROCESSABLE_ENTITY, name, problems, None).await;
    }
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let created = {
        let name = name.clone();
        state.db.write(move |conn| api_keys::create(conn, platform_no, Some(&name), now)).await?
    };
    match created {
        Ok(key) => {
            tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, "an API key was created");
            render(&state, &member, StatusCode::OK, String::new(), Problems::default(), Some(key)).await
        }
        Err(refused) => {
            let problems = match refused {
                ApiKeyError::NameTooLong => Problems::one("name", "Shorten the name to 50 characters."),
                ApiKeyError::TooMany => Problems::one(
                    "",
                    format!("There are {KEYS_MAX} keys already, which is as many as there may be."),
                ),
            };
            render(&state, &member, StatusCode::UNPROCESSABLE_ENTITY, name, problems, None).await
        }
    }
}

async fn render(
    state: &PortalState,
    member: &Member,
    status: StatusCode,
    name: String,
    problems: Problems,
    created: Option<CreatedKey>,
) -> Result<HttpResponse, Failure> {
    let platform_no = member.platform.no;
    let keys = state.db.read(move |conn| api_keys::list(conn, platform_no)).await?;
    let page = ApiKeysPage {
        frame: Frame::new(member, Tab::ApiKeys),
        problems,
        rows: keys
            .into_iter()
            .map(|key| Row {
                name: key.name.unwrap_or_else(|| "—".to_owned()),
                last4: key.last4,
                created: Moment::of(key.created),
            })
            .collect(),
        keys_max: KEYS_MAX,
        name,
        created: created.map(|created| Copyable::new("new-key", "the new API key", created.key.expose())),
        create_action: member.path("/developers/api-keys"),
        api_url: Copyable::new("api-url", "the API's address", state.urls.api.origin()),
    };
    html::page(status, &page)
}
