//! When connections are read, and what people have to say in it. Beyond the contract (rule I1).

mod control;
mod schedule;
mod timetable;

pub(crate) use control::{cancel, pause, refresh, resume};
pub(crate) use schedule::{schedule, usage};
pub(crate) use timetable::{
    forget_of_company, forget_of_platform, of_company, of_platform, set_of_company, set_of_platform,
};
