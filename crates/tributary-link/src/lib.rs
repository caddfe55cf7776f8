//! Link pages and the OAuth callback.
