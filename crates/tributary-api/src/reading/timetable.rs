//! `/tributary/v1/profile/timetable` and `/tributary/v1/companies/{companyId}/timetable`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::companies;
use crate::failure::Failure;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use tributary_contract::extensions::{CompanyTimetable, TimetableBody};
use tributary_core::Timetable;
use tributary_db::timetables::{self, TimeOfDay};
use tributary_db::use_cases::set_time_of_day;

/// What holds for companies without a timetable of their own.
pub(crate) async fn of_platform(state: Data<ApiState>, caller: Caller) -> Answer {
    let said = state.read(move |conn| Ok(timetables::of_platform(conn, caller.platform_no())?)).await?;
    json(&shown(said.unwrap_or_else(TimeOfDay::unsaid)))
}

/// Sets it.
pub(crate) async fn set_of_platform(state: Data<ApiState>, caller: Caller, body: Bytes) -> Answer {
    let (said, platform_no, now) = (read(&body)?, caller.platform_no(), state.clock.now());
    let set = said.clone();
    state.write(move |conn| Ok(set_time_of_day(conn, platform_no, None, Some(&set), now)?)).await?;
    json(&shown(said))
}

/// Takes it back.
pub(crate) async fn forget_of_platform(state: Data<ApiState>, caller: Caller) -> Answer {
    let (platform_no, now) = (caller.platform_no(), state.clock.now());
    state.write(move |conn| Ok(set_time_of_day(conn, platform_no, None, None, now)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What holds for a company.
pub(crate) async fn of_company(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let (own, holds) = state
        .read(move |conn| {
            let platform_no = caller.platform_no();
            let company = companies::find(conn, platform_no, path)?.id;
            let own = timetables::of_company(conn, platform_no, company)?;
            Ok((own, timetables::in_force(conn, platform_no, company)?))
        })
        .await?;
    json(&CompanyTimetable { timetable: shown(holds), is_inherited: own.is_none() })
}

/// Gives a company a timetable of its own.
pub(crate) async fn set_of_company(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    body: Bytes,
) -> Answer {
    let (said, platform_no, now) = (read(&body)?, caller.platform_no(), state.clock.now());
    let set = said.clone();
    state
        .write(move |conn| {
            let company = companies::find(conn, platform_no, path)?.id;
            Ok(set_time_of_day(conn, platform_no, Some(company), Some(&set), now)?)
        })
        .await?;
    json(&CompanyTimetable { timetable: shown(said), is_inherited: false })
}

/// Has a company go by its platform's again.
pub(crate) async fn forget_of_company(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let (platform_no, now) = (caller.platform_no(), state.clock.now());
    state
        .write(move |conn| {
            let company = companies::find(conn, platform_no, path)?.id;
            Ok(set_time_of_day(conn, platform_no, Some(company), None, now)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn read(body: &[u8]) -> Result<TimeOfDay, Failure> {
    let (time_zone, timetable) = TimetableBody::read(body)?;
    Ok(TimeOfDay { time_zone, timetable })
}

fn shown(said: TimeOfDay) -> TimetableBody {
    TimetableBody {
        time_of_day: said.timetable.as_ref().map(Timetable::time_of_day),
        time_zone: said.time_zone,
    }
}
