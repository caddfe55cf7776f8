//! What a check of credentials finds out.

use tributary_core::AccessScope;

/// What was found out, or why it wasn't. `said` is Stripe's own sentence, masked, for admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Stripe accepts the secret key.
    KeyWorks,
    /// Stripe does not accept the secret key: it was deleted, rolled, expired, or never was one.
    KeyRejected {
        /// Stripe's words.
        said: String,
    },
    /// Stripe knows the secret key and refuses its use, perhaps from this address.
    KeyRefused {
        /// Stripe's words.
        said: String,
    },
    /// Whether the secret key works is unknown.
    KeyUnknown(Unknown),
    /// The secret key is of the mode wanted.
    ModeFits,
    /// The secret key is of the other mode.
    ModeDiffers,
    /// The mode of the secret key is unknown.
    ModeUnknown(Unknown),
    /// Stripe knows the client id.
    ClientKnown,
    /// Stripe doesn't know the client id.
    ClientNotKnown {
        /// Stripe's words.
        said: String,
    },
    /// Whether Stripe knows the client id is unknown.
    ClientUnknown(Unknown),
    /// Client id and secret key belong to the same account and mode.
    SameOwner,
    /// The client id belongs to another account or mode than the secret key.
    OtherOwner {
        /// Stripe's words.
        said: String,
    },
    /// The secret key's account isn't a Connect platform.
    ConnectInactive {
        /// Stripe's words.
        said: String,
    },
    /// Whether client id and secret key belong together is unknown.
    OwnerUnknown(Unknown),
    /// Stripe may send merchants back to the redirect URI.
    RedirectRegistered,
    /// The redirect URI isn't registered for the client id.
    RedirectNotRegistered {
        /// Stripe's words.
        said: String,
    },
    /// Whether the redirect URI is registered is unknown.
    RedirectUnknown(Unknown),
    /// Stripe shows the consent page for this scope.
    ScopeOffered(AccessScope),
    /// Stripe doesn't offer this scope to the platform; `read_only` is for older extensions.
    ScopeRefused {
        /// The scope asked for.
        scope: AccessScope,
        /// Stripe's words.
        said: String,
    },
    /// Whether Stripe offers the scope is unknown.
    ScopeUnknown(Unknown),
}

/// Why something is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No usable answer came: Stripe can't be reached or can't answer now. Another check may tell.
    NoAnswer,
    /// Another problem comes first: mend it, then check again.
    OtherProblemFirst,
    /// Stripe answered, but what it said doesn't tell.
    NotTold,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// Whether the secret key works.
    Key,
    /// Whether the secret key has the right mode.
    Mode,
    /// Whether Stripe knows the client id.
    Client,
    /// Whether client id and secret key belong together.
    Owner,
    /// Whether the redirect URI is registered.
    Redirect,
    /// Whether the scope is on offer.
    Scope,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It will do.
    Ok,
    /// It won't: something must be changed.
    Problem,
    /// It couldn't be found out.
    Unknown,
}

impl Finding {
    /// What it is about. A check gives one finding of each aspect, in their order.
    pub fn aspect(&self) -> Aspect {
        match self {
            Finding::KeyWorks
            | Finding::KeyRejected { .. }
            | Finding::KeyRefused { .. }
            | Finding::KeyUnknown(_) => Aspect::Key,
            Finding::ModeFits | Finding::ModeDiffers | Finding::ModeUnknown(_) => Aspect::Mode,
            Finding::ClientKnown | Finding::ClientNotKnown { .. } | Finding::ClientUnknown(_) => {
                Aspect::Client
            }
            Finding::SameOwner
            | Finding::OtherOwner { .. }
            | Finding::ConnectInactive { .. }
            | Finding::OwnerUnknown(_) => Aspect::Owner,
            Finding::RedirectRegistered
            | Finding::RedirectNotRegistered { .. }
            | Finding::RedirectUnknown(_) => Aspect::Redirect,
            Finding::ScopeOffered(_) | Finding::ScopeRefused { .. } | Finding::ScopeUnknown(_) => {
                Aspect::Scope
            }
        }
    }

    /// What it means.
    pub fn verdict(&self) -> Verdict {
        match self {
            Finding::KeyWorks
            | Finding::ModeFits
            | Finding::ClientKnown
            | Finding::SameOwner
            | Finding::RedirectRegistered
            | Finding::ScopeOffered(_) => Verdict::Ok,
            other if other.unknown().is_some() => Verdict::Unknown,
            _ => Verdict::Problem,
        }
    }

    /// Why it is unknown, if it is.
    pub fn unknown(&self) -> Option<Unknown> {
        match self {
            Finding::KeyUnknown(why)
            | Finding::ModeUnknown(why)
            | Finding::ClientUnknown(why)
            | Finding::OwnerUnknown(why)
            | Finding::RedirectUnknown(why)
            | Finding::ScopeUnknown(why) => Some(*why),
            _ => None,
        }
    }

    /// Stripe's own sentence, masked; for admins, never for merchants.
    pub fn said(&self) -> Option<&str> {
        match self {
            Finding::KeyRejected { said }
            | Finding::KeyRefused { said }
            | Finding::ClientNotKnown { said }
            | Finding::OtherOwner { said }
            | Finding::ConnectInactive { said }
            | Finding::RedirectNotRegistered { said }
            | Finding::ScopeRefused { said, .. } => Some(said),
            _ => None,
        }
    }
}
