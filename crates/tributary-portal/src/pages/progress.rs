//! How far reading is: as rows of the company's page, and as JSON for the script that keeps them up to date.

use crate::failure::Failure;
use crate::pages::company::CONNECTIONS_MAX;
use crate::parts::{Badge, Moment};
use crate::session::Member;
use crate::{PortalState, words};
use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use tributary_core::ids::{CompanyId, ConnectionId, ConnectionNo};
use tributary_core::state::{DatasetStatus, Role};
use tributary_core::{DataType, digest};
use tributary_db::datasets::{self, Dataset};
use tributary_db::records::customers::Customer;
use tributary_db::records::disputes::Dispute;
use tributary_db::records::locations::Location;
use tributary_db::records::orders::Order;
use tributary_db::records::payment_methods::PaymentMethod;
use tributary_db::records::payments::Payment;
use tributary_db::records::products::Product;
use tributary_db::records::tax_components::TaxComponent;
use tributary_db::records::transactions::Transaction;
use tributary_db::records::{Listed, company_info};
use tributary_db::{AnyConn, DbError, Page, companies, connections};

/// How far a data type of a connection is.
pub(crate) struct TypeRow {
    /// The row's id in the page.
    pub element: String,
    /// The data type for people.
    pub name: &'static str,
    /// Where its records are shown.
    pub href: String,
    /// How its latest dataset stands.
    pub badge: Badge,
    /// Whether it is being read.
    pub is_active: bool,
    /// Per cent.
    pub percent: i64,
    /// What it waits for, or why it failed.
    pub message: String,
    /// How many records there are.
    pub records: String,
    /// When it was last asked for.
    pub requested: Moment,
}

/// What the script gets.
#[derive(Debug, Serialize)]
struct State {
    /// Whether anything is being read.
    active: bool,
    /// What to say aloud.
    summary: String,
    datasets: Vec<TypeState>,
}

#[derive(Debug, Serialize)]
struct TypeState {
    connection: ConnectionId,
    #[serde(rename = "type")]
    data_type: &'static str,
    class: &'static str,
    mark: &'static str,
    word: &'static str,
    active: bool,
    percent: i64,
    message: String,
    /// Told when all have ended: counting costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<String>,
}

/// `GET /p/{platform}/companies/{company}/progress`: JSON; 304 while nothing has changed; 401 when the session has
/// ended, since a script that was led to the sign-in page would ask for ever.
pub(crate) async fn json(
    state: Data<PortalState>,
    member: Result<Member, Failure>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let member = match member {
        Err(Failure::SignInFirst { .. }) => return Ok(HttpResponse::Unauthorized().finish()),
        member => member?,
    };
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let platform_no = member.platform.no;
    let read = move |conn: &mut AnyConn| {
        if companies::find(conn, platform_no, id)?.is_none() {
            return Ok(None);
        }
        let newest = Page { offset: 0, limit: CONNECTIONS_MAX };
        let (views, _) = connections::list(conn, platform_no, id, newest)?;
        let mut all = Vec::new();
        for view in &views {
            all.extend(datasets::latest_of(conn, view.connection.no)?);
        }
        let has_ended = !all.iter().any(|dataset| dataset.status.is_active());
        let counted = |dataset: Dataset| {
            let no = dataset.connection_no;
            let records = has_ended.then(|| count(conn, no, dataset.data_type)).transpose()?;
            Ok((dataset, records))
        };
        all.into_iter().map(counted).collect::<Result<Vec<_>, DbError>>().map(Some)
    };
    let all = state.db.read(read).await?.ok_or(Failure::NotFound)?;
    let done = all.iter().filter(|(dataset, _)| !dataset.status.is_active()).count();
    let answer = State {
        active: done < all.len(),
        summary: format!("{done} of {} data types are read.", all.len()),
        datasets: all.iter().map(|(dataset, records)| type_state(dataset, *records)).collect(),
    };
    let body = serde_json::to_string(&answer).map_err(|error| DbError::Broken(error.to_string()))?;
    let tag = format!("\"{:016x}\"", digest::content(body.as_bytes()));
    if request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).content_type("application/json").body(body))
}

fn type_state(dataset: &Dataset, records: Option<i64>) -> TypeState {
    let Badge { class, mark, word } = Badge::of_dataset(dataset.status);
    TypeState {
        connection: dataset.connection_id,
        data_type: dataset.data_type.as_str(),
        class,
        mark,
        word,
        active: dataset.status.is_active(),
        percent: dataset.progress,
        message: message(dataset),
        records: records.map(words::count),
    }
}

/// Datasets with how many records there are of their data type.
pub(crate) fn counted(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    datasets: Vec<Dataset>,
) -> Result<Vec<(Dataset, i64)>, DbError> {
    let with_count = |dataset: Dataset| {
        let records = count(conn, connection, dataset.data_type)?;
        Ok((dataset, records))
    };
    datasets.into_iter().map(with_count).collect()
}

/// Records of a data type that aren't deleted.
fn count(conn: &mut AnyConn, connection: ConnectionNo, data_type: DataType) -> Result<i64, DbError> {
    match data_type {
        DataType::CompanyInfo => {
            let info = company_info::find(conn, connection)?;
            Ok(i64::from(info.account.is_some() || !info.balances.is_empty()))
        }
        DataType::Customers => Customer::total(conn, connection),
        DataType::Disputes => Dispute::total(conn, connection),
        DataType::Locations => Location::total(conn, connection),
        DataType::Orders => Order::total(conn, connection),
        DataType::PaymentMethods => PaymentMethod::total(conn, connection),
        DataType::Payments => Payment::total(conn, connection),
        DataType::ProductCategories => Ok(0),
        DataType::TaxComponents => TaxComponent::total(conn, connection),
        DataType::Products => Product::total(conn, connection),
        DataType::Transactions => Transaction::total(conn, connection),
    }
}

/// The rows of a connection.
pub(crate) fn type_rows(base: &str, connection: ConnectionId, datasets: &[(Dataset, i64)]) -> Vec<TypeRow> {
    let row = |(dataset, records): &(Dataset, i64)| TypeRow {
        element: format!("dataset-{connection}-{}", dataset.data_type),
        name: words::data_type(dataset.data_type),
        href: format!("{base}/data/{}?connection={connection}", dataset.data_type),
        badge: Badge::of_dataset(dataset.status),
        is_active: dataset.status.is_active(),
        percent: dataset.progress,
        message: message(dataset),
        records: words::count(*records),
        requested: Moment::of(dataset.requested),
    };
    datasets.iter().map(row).collect()
}

/// What a dataset waits for, why it failed, or what is worth knowing about it.
pub(crate) fn message(dataset: &Dataset) -> String {
    match (dataset.status, &dataset.status_description, &dataset.error_message) {
        (DatasetStatus::Queued | DatasetStatus::Fetching, Some(waits), _) => waits.clone(),
        (status, _, Some(error)) if status.is_errored() => error.clone(),
        (DatasetStatus::Complete, ..) if !dataset.warnings.is_empty() => {
            let count = dataset.warnings.len();
            let first = dataset.warnings.first().map_or("", |warning| warning.message.as_str());
            match count {
                1 => first.to_owned(),
                _ => format!("{first} And {} more.", count - 1),
            }
        }
        _ => String::new(),
    }
}
