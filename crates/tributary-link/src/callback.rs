//! The way back from Stripe.
//!
//! The state is consumed before anything else happens, by one caller only; everybody else is shown how that
//! one ended. What follows runs in a task of its own, so that a browser that goes away can't cut it short
//! between the exchange and the storing of its result.

use crate::authorization::{self, Grant};
use crate::error::Outcome;
use crate::params::{self, Answer};
use crate::problem::{Failure, Problem};
use crate::{LinkState, cookie, done, problem};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use tributary_core::ids::ConnectionNo;
use tributary_core::{Secret, link_paths};
use tributary_db::connections::{self, Connection};
use tributary_db::oauth_states::{self, Consumed, State};
use tributary_db::{AnyConn, DbError, leases};
use tributary_pages::see_other;

/// `GET /oauth/callback`.
pub(crate) async fn callback(state: Data<LinkState>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let callback = match params::parse(request.query_string()) {
        Ok(callback) => callback,
        Err(why) => {
            tracing::info!(%why, "a callback was refused");
            return Ok(problem::page(&Problem::StateMismatch));
        }
    };
    let browser = cookie::browser(&request, &state.public_url);
    let taken = {
        let (oauth_state, has_code) = (callback.state.clone(), matches!(callback.answer, Answer::Code(_)));
        state.db.write(move |conn| take(conn, &oauth_state, browser.as_ref(), has_code)).await?
    };
    match taken {
        Taken::Mismatch(why) => {
            tracing::info!(why, "a callback was refused");
            Ok(problem::page(&Problem::StateMismatch))
        }
        Taken::GoingOn(connection) => {
            Ok(problem::page(&Problem::GoingOn { company: connection.company_id, connection: connection.id }))
        }
        Taken::Ended(connection) => Ok(to_done(&connection)),
        Taken::Expired(connection) => Ok(see_other(&link_paths::start(connection.company_id, connection.id))),
        Taken::Mine(grant) => {
            let done = to_done(&grant.connection);
            let work = authorization::complete(LinkState::clone(&state), grant, callback.answer);
            tokio::spawn(work).await.map_err(|_| Failure::Interrupted)??;
            Ok(done)
        }
    }
}

/// What a callback may do.
enum Taken {
    /// Nothing; why, for the log.
    Mismatch(&'static str),
    /// Wait: its authorization is being completed.
    GoingOn(Connection),
    /// See how it ended.
    Ended(Connection),
    /// Start anew.
    Expired(Connection),
    /// Complete the authorization: nobody else will.
    Mine(Grant),
}

fn take(
    conn: &mut AnyConn,
    oauth_state: &Secret,
    browser: Option<&Secret>,
    has_code: bool,
) -> Result<Taken, DbError> {
    let now = leases::now(conn)?;
    let mine = |connection| Taken::Mine(Grant { oauth_state: oauth_state.clone(), connection });
    match oauth_states::consume(conn, oauth_state, browser, now)? {
        Consumed::Unknown => Ok(Taken::Mismatch("unknown state")),
        Consumed::OtherBrowser => Ok(Taken::Mismatch("another browser's state")),
        Consumed::Reused { outcome: None, connection_no } => {
            of_connection(conn, connection_no, Taken::GoingOn)
        }
        Consumed::Reused { outcome: Some(_), connection_no } => {
            of_connection(conn, connection_no, Taken::Ended)
        }
        Consumed::Expired { connection_no } if has_code => {
            oauth_states::set_outcome(conn, oauth_state, Outcome::Expired.as_str())?;
            of_connection(conn, connection_no, Taken::Expired)
        }
        // A denial holds however late it comes: there is nothing to exchange.
        Consumed::Expired { connection_no } | Consumed::Fresh(State { connection_no, .. }) => {
            let taken = of_connection(conn, connection_no, mine)?;
            if let Taken::Mismatch(_) = taken {
                // No code is exchanged: authorizations of the integration may be ended again.
                oauth_states::set_outcome(conn, oauth_state, Outcome::Internal.as_str())?;
            }
            Ok(taken)
        }
    }
}

/// What follows for the connection of a state, unless it was deleted meanwhile.
fn of_connection(
    conn: &mut AnyConn,
    no: ConnectionNo,
    taken: impl FnOnce(Connection) -> Taken,
) -> Result<Taken, DbError> {
    let connection = connections::find_by_no(conn, no)?;
    Ok(connection.map_or(Taken::Mismatch("the connection was deleted"), taken))
}

fn to_done(connection: &Connection) -> HttpResponse {
    see_other(&done::path(connection.company_id, connection.id))
}
