//! When connections are read. Beyond the contract (rule I1).

use super::entry::{Entry, delete, get, post, put};
use super::tag::Tag::Reading;
use crate::reading;
use tributary_contract::extensions::{
    CompanyTimetable, ConnectionSchedule, ReadUsage, ReadingChange, TimetableBody,
};

/// A path below a connection.
macro_rules! below {
    ($rest:literal) => {
        concat!("/tributary/v1/companies/{companyId}/connections/{connectionId}/", $rest)
    };
}

const OF_PLATFORM: &str = "/tributary/v1/profile/timetable";
const OF_COMPANY: &str = "/tributary/v1/companies/{companyId}/timetable";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get(below!("schedule"), reading::schedule)
            .operation(Reading, "get-connection-schedule", "Get a connection's schedule")
            .says("Gives when each data type is pulled next, and whether the connection is paused.")
            .answers::<ConnectionSchedule>(200),
        get(below!("usage"), reading::usage)
            .operation(Reading, "get-connection-usage", "Get a connection's use of reads")
            .says(
                "Gives the requests that reading took in the last thirty days, how many there may be, and whether \
                 the next pull comes later than its schedule because of it.",
            )
            .answers::<ReadUsage>(200),
        post(below!("pause"), reading::pause)
            .operation(Reading, "pause-connection", "Pause a connection")
            .says(
                "Stops reading a Linked connection until it is resumed. What is being read waits and loses nothing; \
                 no schedule counts meanwhile; requests for data are refused. Pausing a paused one changes nothing.",
            )
            .answers::<ConnectionSchedule>(200),
        post(below!("resume"), reading::resume)
            .operation(Reading, "resume-connection", "Resume a connection")
            .says(
                "Lets a paused connection be read again: what waited goes on, and what has become due is pulled at \
                 once. Resuming one that isn't paused changes nothing.",
            )
            .answers::<ConnectionSchedule>(200),
        post(below!("refresh"), reading::refresh)
            .operation(Reading, "refresh-connection", "Refresh a connection")
            .says(
                "Asks for every data type of one Linked connection that is fetched on linking, and gives the datasets \
                 that were queued. What is under way goes on.",
            )
            .answers::<ReadingChange>(200),
        post(below!("cancel"), reading::cancel)
            .operation(Reading, "cancel-connection-reading", "Cancel a connection's reading")
            .says(
                "Ends what is being read of a connection, or waits for it, as `Cancelled`, and gives those datasets. \
                 What was stored stays. The next pull is by schedule, or when it is asked for.",
            )
            .answers::<ReadingChange>(200),
        get(OF_PLATFORM, reading::of_platform)
            .operation(Reading, "get-profile-timetable", "Get the time of day")
            .says("Gives at what time of day data is pulled of companies without a timetable of their own.")
            .answers::<TimetableBody>(200),
        put(OF_PLATFORM, reading::set_of_platform)
            .operation(Reading, "set-profile-timetable", "Set the time of day")
            .says(
                "Has everything that is pulled by days pulled at this time of day, for all companies without a \
                 timetable of their own. Schedules of less than 24 hours go by hours all the same.",
            )
            .takes::<TimetableBody>()
            .answers::<TimetableBody>(200),
        delete(OF_PLATFORM, reading::forget_of_platform)
            .operation(Reading, "delete-profile-timetable", "Clear the time of day")
            .says("Has hours alone count again.")
            .answers_nothing(204),
        get(OF_COMPANY, reading::of_company)
            .operation(Reading, "get-company-timetable", "Get a company's time of day")
            .says("Gives at what time of day a company's data is pulled, by its own timetable or by the platform's.")
            .answers::<CompanyTimetable>(200),
        put(OF_COMPANY, reading::set_of_company)
            .operation(Reading, "set-company-timetable", "Set a company's time of day")
            .says("Gives a company a timetable of its own; one without a time of day has hours alone count.")
            .takes::<TimetableBody>()
            .answers::<CompanyTimetable>(200),
        delete(OF_COMPANY, reading::forget_of_company)
            .operation(Reading, "delete-company-timetable", "Clear a company's time of day")
            .says("Has a company go by the platform's timetable again.")
            .answers_nothing(204),
    ]
}
