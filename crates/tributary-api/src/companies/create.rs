//! `POST /companies`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::connections;
use crate::failure::Failure;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::companies::{self, CompanyRequest};
use tributary_core::{Millis, PublicUrls};
use tributary_db::companies::{Company, NewCompany};
use tributary_db::connections::ConnectionView;
use tributary_db::use_cases::create_company;
use tributary_db::{AnyConn, api_keys, shown};

/// Creates a company; with `platformType` also its first connection.
pub(crate) async fn create(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let request = CompanyRequest::read(&posted.body)?;
    let (urls, now) = (state.settings.urls.clone(), state.clock.now());
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let (company, connections) = store(conn, &urls, caller, &request, now)?;
        Reply::ok(&shown::company(&urls, company, connections))
    };
    state.post(caller, posted, store).await
}

fn store(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    caller: &Caller,
    request: &CompanyRequest,
    now: Millis,
) -> Result<(Company, Vec<ConnectionView>), Failure> {
    let new = NewCompany {
        name: request.name.clone(),
        description: request.description.clone(),
        tags: request.tags.clone(),
        created_by: key_name(conn, caller)?,
    };
    let company = create_company(conn, urls, caller.platform_no(), new, now)?
        .map_err(|refused| super::refused(companies::CREATE, &refused))?;
    let mut made = Vec::new();
    if let Some(key) = request.connect_to {
        made.push(connections::store(conn, urls, caller.platform_no(), company.id, key, now)?);
    }
    Ok((company, made))
}

/// What the caller's key is called.
fn key_name(conn: &mut AnyConn, caller: &Caller) -> Result<Option<String>, Failure> {
    let keys = api_keys::list(conn, caller.platform_no())?;
    Ok(keys.into_iter().find(|key| key.id == caller.key).and_then(|key| key.name))
}
