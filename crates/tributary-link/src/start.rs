//! Starting an authorization: a state is stored, a cookie set, and the merchant sent to Stripe.

use crate::cookie;
use crate::problem::{Failure, Problem};
use crate::{LinkState, problem};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::{AccessScope, Secret, link_paths, token};
use tributary_db::connections::{self, ConnectionView};
use tributary_db::oauth_states::{self, LIFETIME_SECS, NewState};
use tributary_db::{AnyConn, DbError, leases, platforms};
use tributary_pages::see_other;
use tributary_stripe::oauth;

/// `GET /companies/{company}/connections/{connection}/start`: 303 to Stripe's consent page. It also starts the
/// authorization of a Linked connection anew: that one stays Linked until the new token is in.
pub(crate) async fn start(
    state: Data<LinkState>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let Some((company, connection)) = ids(&path) else { return Ok(problem::page(&Problem::NotFound)) };
    let browser = match cookie::browser(&request, &state.public_url) {
        Some(browser) => browser,
        None => token::random_token()?,
    };
    let oauth_state = token::random_token()?;
    let begun = {
        let (oauth_state, browser) = (oauth_state.clone(), browser.clone());
        state.db.write(move |conn| begin(conn, company, connection, &oauth_state, &browser)).await?
    };
    let (client_id, scope) = match begun {
        Ok(asked) => asked,
        Err(problem) => return Ok(problem::page(&problem)),
    };
    let callback = state.public_url.at(link_paths::CALLBACK);
    let authorize = oauth::authorize_url(&state.stripe, &client_id, &callback, scope, &oauth_state);
    let mut response = see_other(authorize.as_str());
    response.add_cookie(&cookie::carrying(&browser, &state.public_url)).map_err(|_| Failure::Cookie)?;
    Ok(response)
}

/// The ids in a path; a malformed one is no id of ours.
pub(crate) fn ids(path: &(String, String)) -> Option<(CompanyId, ConnectionId)> {
    Some((path.0.parse().ok()?, path.1.parse().ok()?))
}

/// A company's connection, whatever the platform: Link's addresses carry no more than ids.
pub(crate) fn find(
    conn: &mut AnyConn,
    company: CompanyId,
    connection: ConnectionId,
) -> Result<Option<ConnectionView>, DbError> {
    let view = connections::find_any_view(conn, connection)?;
    Ok(view.filter(|view| view.connection.company_id == company))
}

/// Stores the state; gives the client id and the scope to ask Stripe for.
fn begin(
    conn: &mut AnyConn,
    company: CompanyId,
    connection: ConnectionId,
    oauth_state: &Secret,
    browser: &Secret,
) -> Result<Result<(String, AccessScope), Problem>, DbError> {
    let Some(view) = find(conn, company, connection)? else { return Ok(Err(Problem::NotFound)) };
    let Some(oauth) = view.integration.oauth_on_offer() else {
        let platform = platforms::find_by_no(conn, view.connection.platform_no)?;
        let platform = platform.map(|platform| platform.name);
        return Ok(Err(match view.integration.enabled {
            true => Problem::TakesKeysOnly { platform },
            false => Problem::SwitchedOff { platform },
        }));
    };
    // The clock that callbacks and the worker compare a state's moments with.
    let now = leases::now(conn)?;
    // What is older than the cookie can't come back: this bounds the table.
    oauth_states::purge(conn, now.plus_ms(-cookie::LIFETIME_SECS * 1000))?;
    let new = NewState {
        state: oauth_state,
        browser,
        connection: &view.connection,
        mode: view.integration.key.mode(),
        now,
        lifetime_secs: LIFETIME_SECS,
    };
    oauth_states::create(conn, new)?;
    Ok(Ok((oauth.client_id.clone(), view.integration.scope)))
}
