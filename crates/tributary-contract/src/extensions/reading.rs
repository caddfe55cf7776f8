use crate::datasets::PullOperation;
use crate::error::ApiError;
use crate::request;
use serde::{Deserialize, Serialize};
use tributary_core::ids::ConnectionId;
use tributary_core::timetable::TimetableProblem;
use tributary_core::{DataType, Millis, Timetable};
use utoipa::ToSchema;

/// When a connection is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionSchedule {
    /// The connection.
    pub connection_id: ConnectionId,
    /// Whether somebody paused it: nothing is read until it is resumed.
    pub is_paused: bool,
    /// Since when it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_date: Option<Millis>,
    /// Whether anything is read by schedule: the connection is Linked and not paused, and its integration is switched on
    /// and continuous.
    pub is_scheduled: bool,
    /// The time of day at which data is pulled, by the clock of `timeZone`: `03:30`. Left out where hours alone count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_of_day: Option<String>,
    /// IANA's name of the company's time zone.
    pub time_zone: String,
    /// When anything is pulled next by schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_date: Option<Millis>,
    /// Data types that were asked for once.
    pub data_types: Vec<TypeSchedule>,
}

/// When a data type is pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeSchedule {
    /// The data type.
    pub data_type: DataType,
    /// Whether it is being pulled, or waits for it.
    pub is_reading: bool,
    /// When its latest pull ended, well or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_date: Option<Millis>,
    /// When it is due by its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Millis>,
    /// When it is pulled: then, or later where the budget of reads makes it wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_date: Option<Millis>,
}

/// What reading a connection takes of what it may: requests to Stripe in the last thirty days of UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadUsage {
    /// The connection.
    pub connection_id: ConnectionId,
    /// Requests that count: those by schedule and all others but initial ones.
    pub reads: i64,
    /// Of them, those of runs by schedule.
    pub scheduled_reads: i64,
    /// Of them, all others: what somebody asked for, events, reconciliation.
    pub other_reads: i64,
    /// Requests of first runs after authorizations, which no budget bounds.
    pub initial_reads: i64,
    /// Requests that there may be in thirty days; left out where they aren't bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<i64>,
    /// The payments and refunds of these days, by which the budget goes unless the installation sets it; 100,000 stand for
    /// more.
    pub transactions: i64,
    /// Requests in thirty days if everything was pulled as scheduled.
    pub projected_reads: i64,
    /// Whether pulls come later than scheduled, so that the budget isn't exceeded.
    pub is_stretched: bool,
    /// When the next pull is due by its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Millis>,
    /// When it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_date: Option<Millis>,
}

/// Datasets that were asked for, or cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadingChange {
    /// The datasets; none where there was nothing to do.
    pub datasets: Vec<PullOperation>,
}

/// At what time of day data is pulled that is pulled by days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimetableBody {
    /// `03:30`, from 00:00 to 23:59; left out: at no time of day, so that hours alone count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_of_day: Option<String>,
    /// IANA's name of the zone whose clock counts, and which the portal shows times in: `Europe/Berlin`.
    pub time_zone: String,
}

/// As [`TimetableBody`], for a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyTimetable {
    /// What holds for the company.
    #[serde(flatten)]
    pub timetable: TimetableBody,
    /// Whether it is the platform's: the company has none of its own.
    pub is_inherited: bool,
}

impl TimetableBody {
    /// Who owns the rules, in validation items.
    pub const VALIDATOR: &'static str = "Timetable";

    /// Reads a body: the zone's name as IANA writes it, and the time in it.
    pub fn read(body: &[u8]) -> Result<(String, Option<Timetable>), ApiError> {
        let TimetableBody { time_of_day, time_zone } = request::object(body, Self::VALIDATOR)?;
        // Any time serves to look at the zone.
        let wanted = Timetable::parse(time_of_day.as_deref().unwrap_or("00:00"), &time_zone);
        let timetable = wanted.map_err(|problem| {
            let item = match problem {
                TimetableProblem::TimeOfDay => "timeOfDay",
                TimetableProblem::TimeZone => "timeZone",
            };
            ApiError::invalid(Self::VALIDATOR, item, problem.to_string())
        })?;
        Ok((timetable.time_zone().to_owned(), time_of_day.map(|_| timetable)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timetable_has_a_zone_and_may_have_a_time() {
        let read = |body: &str| TimetableBody::read(body.as_bytes());
        let berlin = Timetable::parse("03:30", "Europe/Berlin").unwrap();
        let whole = r#"{"timeOfDay":"03:30","timeZone":"europe/berlin","later":1}"#;
        assert_eq!(read(whole), Ok(("Europe/Berlin".to_owned(), Some(berlin))));
        assert_eq!(read(r#"{"timeZone":"UTC"}"#), Ok(("UTC".to_owned(), None)));
        assert_eq!(read(r#"{"timeZone":"UTC","timeOfDay":null}"#), Ok(("UTC".to_owned(), None)));
        let item = |body: &str| match read(body) {
            Err(ApiError::Invalid(items)) => serde_json::to_value(&items[0]).unwrap()["itemId"].clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(item(r#"{"timeOfDay":"3:30","timeZone":"UTC"}"#), "timeOfDay");
        assert_eq!(item(r#"{"timeOfDay":"03:30","timeZone":"Berlin"}"#), "timeZone");
        assert_eq!(item(r#"{"timeOfDay":"03:30"}"#), "body");
        assert_eq!(item("[]"), "body");
    }
}
