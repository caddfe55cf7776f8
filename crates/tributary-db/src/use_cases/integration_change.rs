//! What may be asked of an integration: everything that shapes tell is checked before the store is asked.

use tributary_core::ids::WebhookSecretId;
use tributary_core::key::{KeyError, KeyKind, StripeKey, is_client_id, is_webhook_secret};
use tributary_core::{AccessScope, Millis, Mode, PlatformKey, Secret, SyncMode};

/// A change of one integration. What is `None` stays as it is, or is the default where the integration was never
/// set: asked for read-only access, one-off, switched off.
#[derive(Clone, Debug)]
pub struct IntegrationChange {
    pub(super) key: PlatformKey,
    pub(super) client_id: Option<String>,
    pub(super) secret_key: Option<StripeKey>,
    pub(super) webhook_secret: Option<Secret>,
    /// Signing secrets to remove; each must be the integration's.
    pub remove_webhook_secrets: Vec<WebhookSecretId>,
    /// What merchants are asked for.
    pub scope: Option<AccessScope>,
    /// Whether data keeps flowing after the first pull. Holds for existing connections at once (rule E11).
    pub sync_mode: Option<SyncMode>,
    /// Whether new connections may be made with it.
    pub switch: Option<Switch>,
    /// What the integration must be for the change to be made.
    pub expected: Expected,
}

/// The fields of a change that come as text. White space around each is dropped.
#[derive(Clone, Debug, Default)]
pub struct IntegrationText {
    /// The Connect client id, `ca_…`.
    pub client_id: Option<String>,
    /// The platform's secret key, `sk_…`, of the integration's mode.
    pub secret_key: Option<Secret>,
    /// A signing secret to add to those there are, `whsec_…`; of more than three the oldest goes.
    pub webhook_secret: Option<Secret>,
}

/// Switching an integration on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// No connections are made with it, none are authorised, and schedules rest.
    Off,
    /// On, if it has OAuth credentials to authorise with.
    On,
    /// On, even if merchants can only paste keys because it has no OAuth credentials.
    OnForKeysToo,
}

/// What an integration must be for a change to be made: how two people don't overwrite each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is.
    #[default]
    Anything,
    /// Never set.
    NotSet,
    /// Last set at exactly this moment.
    ModifiedAt(Millis),
}

/// The fields that a problem can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationField {
    /// The Connect client id.
    ClientId,
    /// The platform's secret key.
    SecretKey,
    /// A signing secret to add.
    WebhookSecret,
    /// The signing secrets to remove.
    RemoveWebhookSecrets,
    /// The switch.
    Enabled,
}

/// Why an integration can't be changed. Nothing was changed. The messages never repeat a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationProblem {
    /// Not a Connect client id.
    #[error("the client id is malformed: ca_ and then letters, digits and underscores are expected")]
    ClientId,
    /// There is a secret key, but no client id, neither given nor stored.
    #[error("a client id is needed beside the secret key")]
    ClientIdNeeded,
    /// Not a usable key of Stripe's; [`KeyError::Publishable`] is one of the reasons.
    #[error("the secret key: {0}")]
    SecretKey(#[from] KeyError),
    /// A restricted key: the OAuth exchange needs a secret key.
    #[error("a restricted key (rk_…) can't exchange authorization codes: a secret key (sk_…) is needed")]
    SecretKeyRestricted,
    /// A key of the other mode.
    #[error(
        "the secret key is of {given} mode, but {} needs one of {} mode",
        .key.display_name(),
        .key.mode()
    )]
    SecretKeyMode {
        /// The integration.
        key: PlatformKey,
        /// The key's mode.
        given: Mode,
    },
    /// There is a client id, but no secret key, neither given nor stored.
    #[error("a secret key is needed beside the client id")]
    SecretKeyNeeded,
    /// Not a signing secret.
    #[error("the webhook secret is malformed: whsec_ and then letters and digits are expected")]
    WebhookSecret,
    /// The integration has no such signing secret.
    #[error("the integration has no webhook secret with the id {0}")]
    UnknownWebhookSecret(WebhookSecretId),
    /// [`Switch::On`] without OAuth credentials.
    #[error("{} can't be switched on without a client id and a secret key", .0.display_name())]
    NothingToAuthoriseWith(PlatformKey),
    /// The integration isn't what was expected: somebody else has set it meanwhile.
    #[error("somebody else has changed the integration meanwhile: read it again")]
    ChangedMeanwhile,
}

impl IntegrationProblem {
    /// The field that is at fault; none where it is the change as a whole.
    pub fn field(&self) -> Option<IntegrationField> {
        use IntegrationProblem as Problem;
        match self {
            Problem::ClientId | Problem::ClientIdNeeded => Some(IntegrationField::ClientId),
            Problem::SecretKey(_)
            | Problem::SecretKeyRestricted
            | Problem::SecretKeyMode { .. }
            | Problem::SecretKeyNeeded => Some(IntegrationField::SecretKey),
            Problem::WebhookSecret => Some(IntegrationField::WebhookSecret),
            Problem::UnknownWebhookSecret(_) => Some(IntegrationField::RemoveWebhookSecrets),
            Problem::NothingToAuthoriseWith(_) => Some(IntegrationField::Enabled),
            Problem::ChangedMeanwhile => None,
        }
    }
}

impl IntegrationChange {
    /// A change of the integration with this key that changes nothing yet.
    pub fn of(key: PlatformKey) -> Self {
        IntegrationChange {
            key,
            client_id: None,
            secret_key: None,
            webhook_secret: None,
            remove_webhook_secrets: Vec::new(),
            scope: None,
            sync_mode: None,
            switch: None,
            expected: Expected::Anything,
        }
    }

    /// A change of the fields that come as text; the others may be set on it. Fails with what is wrong with each
    /// field, in their order, at least one.
    pub fn read(key: PlatformKey, text: IntegrationText) -> Result<Self, Vec<IntegrationProblem>> {
        let mut problems = Vec::new();
        let mut change = IntegrationChange::of(key);
        match text.client_id.as_deref().map(str::trim) {
            Some(id) if !is_client_id(id) => problems.push(IntegrationProblem::ClientId),
            id => change.client_id = id.map(str::to_owned),
        }
        match text.secret_key.map(|text| platform_key(key, &text)).transpose() {
            Ok(secret_key) => change.secret_key = secret_key,
            Err(problem) => problems.push(problem),
        }
        match text.webhook_secret.map(|text| Secret::new(text.expose().trim())) {
            Some(secret) if !is_webhook_secret(&secret) => problems.push(IntegrationProblem::WebhookSecret),
            secret => change.webhook_secret = secret,
        }
        if problems.is_empty() { Ok(change) } else { Err(problems) }
    }

    /// The integration to change.
    pub fn key(&self) -> PlatformKey {
        self.key
    }
}

/// A secret key that an integration can exchange codes with.
fn platform_key(of: PlatformKey, text: &Secret) -> Result<StripeKey, IntegrationProblem> {
    let key = StripeKey::parse(text.expose())?;
    if key.kind() != KeyKind::Secret {
        return Err(IntegrationProblem::SecretKeyRestricted);
    }
    if key.mode() != of.mode() {
        return Err(IntegrationProblem::SecretKeyMode { key: of, given: key.mode() });
    }
    Ok(key)
}
