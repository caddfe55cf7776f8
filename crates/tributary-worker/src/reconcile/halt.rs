//! Why a reconciliation goes no further.

use crate::held::{RunError, dead_credential};
use tributary_core::Resource;
use tributary_db::DbError;
use tributary_stripe::{Error, ErrorKind, Reaction};

/// Why it can't be judged, or the work on the connection ends.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The store, the lease, the service or the credential.
    Run(RunError),
    /// It can't be judged this time, for people.
    Inconclusive(String),
    /// It can't be judged, for people.
    NotApplicable(String),
    /// Data types wait to be read, and they go first. It is taken up again after that.
    GivesWay,
}

impl From<RunError> for Halt {
    fn from(error: RunError) -> Self {
        Halt::Run(error)
    }
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Halt::Run(RunError::Db(error))
    }
}

impl Halt {
    /// After Stripe's refusal to show a resource.
    pub(crate) fn of_refusal(resource: Resource, error: &Error) -> Self {
        if let Some(dead) = dead_credential(error) {
            return Halt::Run(dead);
        }
        match (&error.kind, error.reaction()) {
            (ErrorKind::Forbidden { permissions, .. }, _) => {
                let named = match permissions.as_slice() {
                    [] => resource.permission().to_owned(),
                    named => named.join(" or "),
                };
                Halt::NotApplicable(format!("Stripe refuses to show {resource}. Permission needed: {named}"))
            }
            (_, Reaction::Later) => Halt::Inconclusive(format!("Stripe didn't show {resource}: {error}")),
            _ => Halt::Inconclusive(format!("{resource} could not be read: {error}")),
        }
    }
}
