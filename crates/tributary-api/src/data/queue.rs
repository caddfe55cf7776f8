//! `POST /companies/{companyId}/data/queue/{dataType}?connectionId=`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::{CompanyPath, TypeSegment};
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use crate::{companies, present};
use actix_web::web::{Data, ReqData};
use std::collections::BTreeSet;
use tributary_contract::data_type::KnownDataType;
use tributary_contract::{ApiError, Parameters};
use tributary_core::ids::{CompanyId, ConnectionId, PlatformNo};
use tributary_core::{DataType, PlatformKey};
use tributary_db::use_cases::{RefreshRefused, refresh_type};
use tributary_db::{AnyConn, connections};

/// Asks for one data type, of the connection named or of all of a company's linked ones. `all` is every data type of all
/// of them.
pub(crate) async fn queue(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    TypeSegment(segment): TypeSegment,
    parameters: ReqData<Parameters>,
    posted: Posted,
) -> Answer {
    let connection = connection_id(&parameters)?;
    if connection.is_none() && segment.eq_ignore_ascii_case("all") {
        return super::refresh_all(state, caller, path, posted).await;
    }
    let now = state.clock.now();
    let queue = move |conn: &mut AnyConn, caller: &Caller| {
        let platform_no = caller.platform_no();
        let company = companies::find(conn, platform_no, path)?.id;
        let data_type = data_type(conn, platform_no, company, &segment)?;
        let refused = |refused| refusal(refused, data_type, company);
        let dataset = refresh_type(conn, platform_no, company, data_type, connection, now)?;
        Reply::ok(&present::dataset(dataset.map_err(refused)?))
    };
    state.post(caller, posted, queue).await
}

fn connection_id(parameters: &Parameters) -> Result<Option<ConnectionId>, ApiError> {
    let given = parameters.get("connectionId").filter(|text| !text.is_empty());
    given.map(|text| text.parse().map_err(|_| ApiError::ConnectionNotFound(text.to_owned()))).transpose()
}

/// The data type to pull; one that Stripe doesn't fill is refused for the integrations that the company uses.
fn data_type(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
    segment: &str,
) -> Result<DataType, Failure> {
    let known = KnownDataType::from_key(segment);
    if let Some(KnownDataType::Supported(data_type)) = known {
        return Ok(data_type);
    }
    let views = connections::list_for_companies(conn, platform_no, &[company])?;
    let used: BTreeSet<PlatformKey> = views.iter().map(|view| view.integration.key).collect();
    let platforms = if used.is_empty() { PlatformKey::ALL.to_vec() } else { used.into_iter().collect() };
    let data_type = known.map_or(segment, |known| known.key()).to_owned();
    Err(ApiError::DataTypeNotSupported { data_type, platforms }.into())
}

fn refusal(refused: RefreshRefused, data_type: DataType, company_id: CompanyId) -> ApiError {
    match refused {
        RefreshRefused::Paused(id) => ApiError::ConnectionPaused(id),
        RefreshRefused::NoLinkedConnection => ApiError::NoLinkedConnection(data_type),
        RefreshRefused::UnknownConnection(id) => ApiError::ConnectionNotFound(id.to_string()),
        RefreshRefused::InProgress { dataset_id, .. } => {
            ApiError::DatasetAlreadyInProgress { data_type, company_id, dataset_id }
        }
    }
}
