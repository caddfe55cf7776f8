//! `PUT`, `DELETE` and `POST …/refresh` of `/companies/{companyId}/products/{productIdentifier}`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::{CompanyPath, ProductIdentifier};
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::products::{COMMERCE, RefreshRequest, display_name};
use tributary_core::ids::CompanyId;
use tributary_core::{DataType, Millis};
use tributary_db::use_cases::{
    Label, LabelRefused, RefreshRefused, label_company, refresh_all, refresh_type,
};
use tributary_db::{AnyConn, datasets};

/// Puts a product's label on a company.
pub(crate) async fn add(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    product: ProductIdentifier,
) -> Answer {
    label(&state, &caller, path, product, Label::On).await
}

/// Takes a product's label off a company.
pub(crate) async fn remove(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    product: ProductIdentifier,
) -> Answer {
    label(&state, &caller, path, product, Label::Off).await
}

async fn label(
    state: &ApiState,
    caller: &Caller,
    CompanyPath(id): CompanyPath,
    ProductIdentifier(product): ProductIdentifier,
    label: Label,
) -> Answer {
    let (urls, platform_no, now) = (state.settings.urls.clone(), caller.platform_no(), state.clock.now());
    state
        .write(move |conn| {
            let labelled = label_company(conn, &urls, platform_no, id, (&product, label), now)?;
            Ok(labelled.map_err(|refused| match refused {
                LabelRefused::UnknownCompany(id) => ApiError::CompanyNotFound(id.to_string()),
                LabelRefused::TooMany => {
                    ApiError::invalid("AddProduct", "productIdentifier", refused.to_string())
                }
            })?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks for the data of the one product that Tributary reads: all of it, or the data types named.
pub(crate) async fn refresh(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    ProductIdentifier(product): ProductIdentifier,
    posted: Posted,
) -> Answer {
    let now = state.clock.now();
    let body = posted.body.clone();
    let refresh = move |conn: &mut AnyConn, caller: &Caller| {
        let company = super::find(conn, caller.platform_no(), path)?.id;
        if product != COMMERCE {
            return Err(ApiError::ProductNotRefreshable(display_name(&product)).into());
        }
        let data_types = RefreshRequest::read(&body)?.data_types;
        queue(conn, caller, company, &data_types, now)?;
        Ok(Reply::empty(StatusCode::ACCEPTED))
    };
    state.post(caller, posted, refresh).await
}

fn queue(
    conn: &mut AnyConn,
    caller: &Caller,
    company: CompanyId,
    data_types: &[DataType],
    now: Millis,
) -> Result<(), Failure> {
    let platform_no = caller.platform_no();
    if datasets::is_any_active(conn, platform_no, company)? {
        return Err(ApiError::ReadInProgress.into());
    }
    if data_types.is_empty()
        && let Err(RefreshRefused::Paused(id)) = refresh_all(conn, platform_no, company, now)?
    {
        return Err(ApiError::ConnectionPaused(id).into());
    }
    for data_type in data_types {
        match refresh_type(conn, platform_no, company, *data_type, None, now)? {
            // Without a linked connection there is nothing to read, as when everything is asked for.
            Ok(_) | Err(RefreshRefused::NoLinkedConnection) => {}
            Err(RefreshRefused::InProgress { .. }) => return Err(ApiError::ReadInProgress.into()),
            Err(RefreshRefused::Paused(id)) => return Err(ApiError::ConnectionPaused(id).into()),
            Err(RefreshRefused::UnknownConnection(id)) => {
                return Err(ApiError::ConnectionNotFound(id.to_string()).into());
            }
        }
    }
    Ok(())
}
