//! What a company's page does: add a connection, read the data anew, unlink, delete.

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use tributary_core::PlatformKey;
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::state::{ConnectionStatus, Role};
use tributary_db::use_cases::{
    ConnectionRefused, UnlinkRefused, create_connection, delete_company, delete_connection, refresh_all,
    unlink_connection,
};
use tributary_db::{AnyConn, companies, connections};

/// `POST /p/{platform}/companies/{company}/connect`: 303 to the company's page, with a connection more.
pub(crate) async fn connect(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let key: PlatformKey = fields.text("integration").parse().map_err(|_| Failure::BadForm)?;
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let created =
        state.db.write(move |conn| create_connection(conn, &urls, platform_no, id, key, now)).await?;
    match created {
        Ok(_) => Ok(html::see_other(&member.path(&format!("/companies/{id}?done=connection")))),
        Err(ConnectionRefused::UnknownCompany(_)) => Err(Failure::NotFound),
        // The page offers only what is switched on; it was switched off meanwhile, and the page shows that.
        Err(ConnectionRefused::NotSet(_) | ConnectionRefused::Disabled(_)) => {
            Ok(html::see_other(&member.path(&format!("/companies/{id}"))))
        }
    }
}

/// `POST /p/{platform}/companies/{company}/refresh`: 303 to the company's page; everything is being read.
pub(crate) async fn refresh(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let work = move |conn: &mut AnyConn| {
        if companies::find(conn, platform_no, id)?.is_none() {
            return Ok(None);
        }
        let views = connections::list_for_companies(conn, platform_no, &[id])?;
        let can_read = views.iter().any(|view| view.connection.status == ConnectionStatus::Linked);
        let asked = refresh_all(conn, platform_no, id, now)?;
        Ok(Some((can_read, asked.map(|queued| queued.len()))))
    };
    let done = match state.db.write(work).await?.ok_or(Failure::NotFound)? {
        // The page offers it only where something is linked; access was lost meanwhile.
        (false, _) => "unlinked",
        (true, Err(_)) => "held",
        (true, Ok(0)) => "reading",
        (true, Ok(_)) => {
            state.wake.notify_one();
            "refresh"
        }
    };
    Ok(html::see_other(&member.path(&format!("/companies/{id}?done={done}"))))
}

/// `POST /p/{platform}/companies/{company}/delete`: 303 to the list of companies, without this one.
pub(crate) async fn delete(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Analyst)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    if let Some(answer) = unconfirmed(&member, id, &fields) {
        return Ok(answer);
    }
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    if !state.db.write(move |conn| delete_company(conn, &urls, platform_no, id, now)).await? {
        return Err(Failure::NotFound);
    }
    tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, company = %id, "a company was deleted");
    Ok(html::see_other(&member.path("/companies")))
}

/// `POST /p/{platform}/companies/{company}/connections/{connection}/unlink`: 303 to the company's page.
pub(crate) async fn unlink(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let (id, connection) = ids(&path)?;
    if let Some(answer) = unconfirmed(&member, id, &fields) {
        return Ok(answer);
    }
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let unlink = move |conn: &mut AnyConn| unlink_connection(conn, &urls, platform_no, id, connection, now);
    match state.db.write(unlink).await? {
        Ok(_) => {
            tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, %connection, "a connection was unlinked");
            Ok(html::see_other(&member.path(&format!("/companies/{id}?done=severed"))))
        }
        Err(UnlinkRefused::Unknown(_)) => Err(Failure::NotFound),
        // The page offers it only where something is linked; that ended meanwhile, and the page shows it.
        Err(UnlinkRefused::NotLinked(_)) => Ok(html::see_other(&member.path(&format!("/companies/{id}")))),
    }
}

/// `POST /p/{platform}/companies/{company}/connections/{connection}/delete`: 303 to the company's page, without this
/// connection.
pub(crate) async fn delete_one(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let (id, connection) = ids(&path)?;
    if let Some(answer) = unconfirmed(&member, id, &fields) {
        return Ok(answer);
    }
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let delete = move |conn: &mut AnyConn| delete_connection(conn, &urls, platform_no, id, connection, now);
    if !state.db.write(delete).await? {
        return Err(Failure::NotFound);
    }
    tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, %connection, "a connection was deleted");
    Ok(html::see_other(&member.path(&format!("/companies/{id}?done=deleted"))))
}

/// Back to the company's page, where the box isn't ticked that says that the one who asks means it.
pub(crate) fn unconfirmed(member: &Member, id: CompanyId, fields: &Fields) -> Option<HttpResponse> {
    let page = || html::see_other(&member.path(&format!("/companies/{id}?done=unconfirmed")));
    (!fields.is_ticked("confirmed")).then(page)
}

/// The ids of a path to a connection.
pub(crate) fn ids(path: &(String, String, String)) -> Result<(CompanyId, ConnectionId), Failure> {
    let company = path.1.parse().map_err(|_| Failure::NotFound)?;
    Ok((company, path.2.parse().map_err(|_| Failure::NotFound)?))
}
