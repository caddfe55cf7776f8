//! Connections.

mod authorize;
mod create;
mod delete;
mod get;
mod list;
mod unlink;

pub(crate) use authorize::authorize;
pub(crate) use create::{create, store};
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use unlink::unlink;

use crate::failure::Failure;
use crate::path::ConnectionPath;
use tributary_core::ids::PlatformNo;
use tributary_db::AnyConn;
use tributary_db::connections::{self, Connection};

/// The platform's connection; another platform's answers like a missing one.
pub(crate) fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    path: ConnectionPath,
) -> Result<Connection, Failure> {
    let connection = connections::find(conn, platform_no, path.company, path.connection)?;
    connection.ok_or_else(|| path.not_found().into())
}
