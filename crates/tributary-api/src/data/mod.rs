//! Asking for data, and how it stands.

mod history_get;
mod history_list;
mod queue;
mod refresh_all;
mod status;
mod validation;

pub(crate) use history_get::history_get;
pub(crate) use history_list::history_list;
pub(crate) use queue::queue;
pub(crate) use refresh_all::refresh_all;
pub(crate) use status::status;
pub(crate) use validation::validation;

use crate::failure::Failure;
use crate::path::DatasetPath;
use tributary_contract::ApiError;
use tributary_core::ids::PlatformNo;
use tributary_db::AnyConn;
use tributary_db::datasets::{self, Dataset};

/// The dataset of the platform's company; another platform's answers like a missing one.
fn find(conn: &mut AnyConn, platform_no: PlatformNo, path: DatasetPath) -> Result<Dataset, Failure> {
    let dataset = datasets::find(conn, platform_no, path.company, path.dataset)?;
    dataset.ok_or_else(|| ApiError::DatasetNotFound(path.dataset.to_string()).into())
}
