//! How data types are pulled: a platform's settings, and those of a company.

mod company;
mod platform;

pub(crate) use company::{get as get_of_company, set as set_of_company};
pub(crate) use platform::{get as get_of_platform, set as set_of_platform};
