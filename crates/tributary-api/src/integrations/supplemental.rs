//! `GET` and `PUT /integrations/{platformKey}/dataTypes/{dataType}/supplementalDataConfig`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::{PlatformKeySegment, TypeSegment};
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use tributary_contract::ApiError;
use tributary_contract::data_type::KnownDataType;
use tributary_contract::supplemental::SupplementalDataConfiguration;
use tributary_core::{DataType, PlatformKey};
use tributary_db::{DbError, supplemental_configs};

/// What is configured.
pub(crate) async fn get(
    state: Data<ApiState>,
    caller: Caller,
    PlatformKeySegment(key): PlatformKeySegment,
    TypeSegment(data_type): TypeSegment,
) -> Answer {
    let (platform, data_type) = place(&key, &data_type)?;
    let platform_no = caller.platform_no();
    let find = move |conn: &mut _| Ok(supplemental_configs::find(conn, platform_no, platform, data_type)?);
    let text = state.read(find).await?;
    json(&read(&text.ok_or(ApiError::SupplementalDataNotFound { data_type, platform })?)?)
}

/// Replaces what is configured. It shows in the next answer: records are read with what Stripe's objects hold.
pub(crate) async fn put(
    state: Data<ApiState>,
    caller: Caller,
    PlatformKeySegment(key): PlatformKeySegment,
    TypeSegment(data_type): TypeSegment,
    body: Bytes,
) -> Answer {
    let (platform, data_type) = place(&key, &data_type)?;
    let config = serde_json::to_string(&SupplementalDataConfiguration::read(&body, data_type)?)?;
    let (platform_no, now) = (caller.platform_no(), state.clock.now());
    let save = move |conn: &mut _| {
        Ok(supplemental_configs::save(conn, platform_no, platform, data_type, &config, now)?)
    };
    state.write(save).await?;
    Ok(HttpResponse::Ok().finish())
}

fn place(key: &str, data_type: &str) -> Result<(PlatformKey, DataType), ApiError> {
    let key = super::key(key)?;
    match KnownDataType::from_key(data_type) {
        Some(KnownDataType::Supported(data_type)) => Ok((key, data_type)),
        known => {
            let data_type = known.map_or(data_type.to_owned(), |known| known.key().to_owned());
            Err(ApiError::DataTypeNotSupported { data_type, platforms: vec![key] })
        }
    }
}

/// A configuration, as it was stored.
pub(crate) fn read(text: &str) -> Result<SupplementalDataConfiguration, DbError> {
    serde_json::from_str(text)
        .map_err(|error| DbError::Broken(format!("a supplemental data configuration: {error}")))
}
