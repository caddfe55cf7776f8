//! Settings > Integrations: Stripe and Stripe Test, each with how it stands.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::parts::Badge;
use crate::session::Member;
use crate::{PortalState, html, words};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use tributary_core::Mode;
use tributary_core::state::{ConnectionStatus, Role};
use tributary_db::use_cases::{IntegrationView, view_integrations};

/// An integration as the page shows it.
struct Card {
    name: &'static str,
    key: &'static str,
    mode: Mode,
    is_test: bool,
    badge: Badge,
    /// How merchants connect with it, or what is missing.
    ways: String,
    linked: String,
    href: String,
    verb: &'static str,
}

#[derive(Template)]
#[template(path = "integrations.html")]
struct IntegrationsPage {
    frame: Frame,
    cards: Vec<Card>,
}

/// `GET /p/{platform}/settings/integrations`
pub(crate) async fn page(state: Data<PortalState>, member: Member) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let platform_no = member.platform.no;
    let views = state.db.read(move |conn| view_integrations(conn, platform_no)).await?;
    let page = IntegrationsPage {
        frame: Frame::new(&member, Tab::Integrations),
        cards: views.iter().map(|view| card(&member, view)).collect(),
    };
    html::page(StatusCode::OK, &page)
}

fn card(member: &Member, view: &IntegrationView) -> Card {
    let linked = view.connections_with(ConnectionStatus::Linked);
    let (badge, ways, verb) = match &view.integration {
        None => (
            Badge { class: "off", mark: "○", word: "Not set up" },
            "Enter your credentials at Stripe to let merchants connect.".to_owned(),
            "Set up",
        ),
        Some(integration) => {
            let ways = match &integration.oauth {
                Some(oauth) => format!("Merchants allow access at Stripe. Key {}.", oauth.secret_key_masked),
                None => "Merchants hand over restricted keys: there are no OAuth credentials.".to_owned(),
            };
            (Badge::switch(integration.enabled), ways, "Manage")
        }
    };
    Card {
        name: view.key.display_name(),
        key: view.key.as_str(),
        mode: view.key.mode(),
        is_test: view.key.mode() == Mode::Test,
        badge,
        ways,
        linked: match linked {
            1 => "1 connection linked".to_owned(),
            many => format!("{} connections linked", words::count(many)),
        },
        href: member.path(&format!("/settings/integrations/{}", view.key)),
        verb,
    }
}
