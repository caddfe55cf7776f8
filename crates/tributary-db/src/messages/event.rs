//! What happens to companies and connections, as messages.

use super::outbox::{NO_CONNECTION, Subject, write};
use crate::companies::{self, Company};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::Platform;
use crate::{connections, shown};
use tributary_contract::messages::{CompanyProduct, ConnectionChange, EventType, Payload};
use tributary_core::ids::{CompanyId, ConnectionNo};
use tributary_core::{Millis, PublicUrls};

/// Something that happened. What is told of it is read from the database at that moment: emit after the change, and
/// before the row of what is deleted is gone.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A company was created.
    CompanyCreated(CompanyId),
    /// A company is about to be deleted; its connections are told of first.
    CompanyDeleted(CompanyId),
    /// A company got a product label.
    ProductAdded(Product<'a>),
    /// A company lost a product label.
    ProductRemoved(Product<'a>),
    /// A connection was created.
    ConnectionCreated(ConnectionNo),
    /// A connection was linked for the first time.
    ConnectionConnected(ConnectionNo),
    /// A connection was linked again after it was Unlinked or Deauthorized.
    ConnectionReconnected(ConnectionNo),
    /// An authorization of a connection failed or was cancelled.
    ConnectionFailed(ConnectionNo),
    /// A connection became Unlinked or Deauthorized.
    ConnectionDisconnected(ConnectionNo),
    /// A connection is about to be deleted.
    ConnectionDeleted(ConnectionNo),
}

/// A product label that was added to a company or removed from it.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// The company.
    pub company: CompanyId,
    /// The label: `lending`.
    pub id: &'a str,
    /// The label for people: `Lending`.
    pub name: &'a str,
    /// Every label that the company has now.
    pub all: &'a [String],
}

/// Writes the message of an event.
///
/// # Errors
/// [`DbError::Broken`] when what it is about doesn't exist.
pub fn emit(conn: &mut AnyConn, urls: &PublicUrls, event: Event<'_>, now: Millis) -> Result<(), DbError> {
    use EventType as Type;
    match event {
        Event::CompanyCreated(id) => company(conn, urls, id, Type::CompanyCreated, now),
        Event::CompanyDeleted(id) => company(conn, urls, id, Type::CompanyDeleted, now),
        Event::ProductAdded(change) => product(conn, change, Type::CompanyProductAdded, now),
        Event::ProductRemoved(change) => product(conn, change, Type::CompanyProductRemoved, now),
        Event::ConnectionCreated(no) => connection(conn, urls, no, Type::ConnectionCreated, now),
        Event::ConnectionConnected(no) => connection(conn, urls, no, Type::ConnectionConnected, now),
        Event::ConnectionReconnected(no) => connection(conn, urls, no, Type::ConnectionReconnected, now),
        Event::ConnectionFailed(no) => connection(conn, urls, no, Type::ConnectionFailed, now),
        Event::ConnectionDisconnected(no) => connection(conn, urls, no, Type::ConnectionDisconnected, now),
        Event::ConnectionDeleted(no) => connection(conn, urls, no, Type::ConnectionDeleted, now),
    }
}

fn company(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    id: CompanyId,
    event_type: EventType,
    now: Millis,
) -> Result<(), DbError> {
    let (_, company) = find_company(conn, id)?;
    let subject = Subject::company(&company, NO_CONNECTION);
    let last_sync = connections::last_sync(conn, company.platform_no, id)?;
    let payload = Payload::Company(Box::new(shown::company_details(urls, company, last_sync)));
    write(conn, &subject, event_type, payload, now)
}

fn product(
    conn: &mut AnyConn,
    change: Product<'_>,
    event_type: EventType,
    now: Millis,
) -> Result<(), DbError> {
    let (_, company) = find_company(conn, change.company)?;
    let subject = Subject::company(&company, NO_CONNECTION);
    let payload = Payload::Product(CompanyProduct {
        id: company.id,
        name: company.name,
        description: company.description,
        product_id: change.id.to_owned(),
        product_name: change.name.to_owned(),
        products: change.all.to_vec(),
    });
    write(conn, &subject, event_type, payload, now)
}

fn connection(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    no: ConnectionNo,
    event_type: EventType,
    now: Millis,
) -> Result<(), DbError> {
    let view = connections::find_view_by_no(conn, no)?
        .ok_or_else(|| DbError::Broken("an event is about a connection that doesn't exist".to_owned()))?;
    let (platform, company) = find_company(conn, view.connection.company_id)?;
    let subject = Subject::company(&company, no);
    let payload = Payload::Connection(Box::new(ConnectionChange {
        reference_company: shown::company_reference(urls, platform.id, company),
        connection: shown::connection(urls, view),
    }));
    write(conn, &subject, event_type, payload, now)
}

pub(super) fn find_company(conn: &mut AnyConn, id: CompanyId) -> Result<(Platform, Company), DbError> {
    companies::find_any(conn, id)?
        .ok_or_else(|| DbError::Broken("an event is about a company that doesn't exist".to_owned()))
}

impl Subject {
    pub(super) fn company(company: &Company, connection_no: ConnectionNo) -> Self {
        let (platform_no, tags) = (company.platform_no, company.tags.clone());
        Subject { platform_no, company: Some(company.id), connection_no, tags }
    }
}
