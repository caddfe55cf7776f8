//! The pages: one file each, with what it shows and what its buttons do.

pub(crate) mod api_keys;
pub(crate) mod checklist;
pub(crate) mod companies;
pub(crate) mod company;
pub(crate) mod company_actions;
pub(crate) mod company_new;
pub(crate) mod data;
pub(crate) mod findings;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod integration;
pub(crate) mod integration_save;
pub(crate) mod integrations;
pub(crate) mod progress;
pub(crate) mod reading;
pub(crate) mod reconciliation;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod timetable;
