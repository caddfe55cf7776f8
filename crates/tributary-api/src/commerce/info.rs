//! `…/data/commerce-info`

use super::readable;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConnectionPath;
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_core::DataType::CompanyInfo;
use tributary_db::records::company_info;

/// The merchant and its balances.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, CompanyInfo)?;
            let info = company_info::find(conn, connection.no)?;
            Ok(present::company_info(connection, info)?)
        })
        .await?;
    json(&found)
}
