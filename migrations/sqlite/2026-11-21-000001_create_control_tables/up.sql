-- Platforms: one row per customer of this installation. `no` is the short form of `id` in data keys.
CREATE TABLE platforms (
    no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- Keys that seal secrets; each is sealed by the master key. `company_id` is null for a platform's own key.
CREATE TABLE data_keys (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    company_id TEXT,
    sealed_key BLOB NOT NULL,
    master_key_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX data_keys_of_platform ON data_keys (platform_no) WHERE company_id IS NULL;
CREATE UNIQUE INDEX data_keys_of_company ON data_keys (company_id) WHERE company_id IS NOT NULL;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    -- Lower case: addresses are compared without case.
    email TEXT NOT NULL UNIQUE,
    -- Argon2id in PHC form.
    password_hash TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE memberships (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    PRIMARY KEY (platform_no, user_id)
);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    name TEXT,
    -- SHA-256 of the key, URL-safe base64. The key itself is shown once and kept nowhere.
    key_hash TEXT NOT NULL UNIQUE,
    last4 TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE integrations (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    -- exgd (Stripe, live) or yzth (Stripe Test).
    platform_key TEXT NOT NULL,
    -- The OAuth credentials: all three columns, or none where merchants can only paste keys.
    client_id TEXT,
    secret_key_sealed BLOB,
    -- Prefix and last four characters, for people to recognise the key.
    secret_key_masked TEXT,
    scope TEXT NOT NULL,
    sync_mode TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_ms BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    UNIQUE (platform_no, platform_key),
    CHECK ((client_id IS NULL) = (secret_key_sealed IS NULL) AND (client_id IS NULL) = (secret_key_masked IS NULL))
);

-- Signing secrets of the webhook endpoints that Stripe sends events to; up to three per integration.
CREATE TABLE webhook_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    integration_id TEXT NOT NULL REFERENCES integrations (id),
    secret_sealed BLOB NOT NULL,
    last4 TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX webhook_secrets_of_integration ON webhook_secrets (integration_id);

CREATE TABLE companies (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    name TEXT NOT NULL,
    description TEXT,
    -- A JSON object of at most ten text pairs.
    tags TEXT NOT NULL,
    created_by TEXT,
    created_ms BIGINT NOT NULL
);
CREATE INDEX companies_of_platform ON companies (platform_no, created_ms DESC, id);

CREATE TABLE connections (
    no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    company_id TEXT NOT NULL REFERENCES companies (id),
    integration_id TEXT NOT NULL REFERENCES integrations (id),
    -- PendingAuth, Linked, Unlinked or Deauthorized.
    status TEXT NOT NULL,
    -- Stripe's account; set by the first authorization and never changed after it.
    account_id TEXT,
    -- A JSON list of authorization errors in the contract's form.
    errors TEXT NOT NULL,
    -- When the latest run ended in which at least one data type completed.
    last_sync_ms BIGINT,
    linked_ms BIGINT,
    created_ms BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL
);
CREATE INDEX connections_of_company ON connections (platform_no, company_id, created_ms DESC, id);
CREATE INDEX connections_of_account ON connections (integration_id, account_id);

CREATE TABLE credentials (
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    -- connect_oauth, app_oauth or restricted_key.
    kind TEXT NOT NULL,
    -- Null once destroyed.
    access_token_sealed BLOB,
    refresh_token_sealed BLOB,
    -- Prefix and last four characters of a pasted key; null for tokens.
    masked TEXT,
    -- What was granted: read_only, read_write or stripe_apps; null for keys.
    scope TEXT,
    account_id TEXT NOT NULL,
    -- Null: lives until revoked.
    expires_ms BIGINT,
    created_ms BIGINT NOT NULL,
    destroyed_ms BIGINT,
    PRIMARY KEY (connection_no, id)
);
CREATE UNIQUE INDEX credentials_in_use ON credentials (connection_no) WHERE destroyed_ms IS NULL;

-- One row per authorization that was started. Only hashes of what the browser carries are stored.
CREATE TABLE oauth_states (
    state_hash TEXT NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    integration_id TEXT NOT NULL,
    -- live or test.
    mode TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    -- Set once, before the code is exchanged (invariant 7).
    consumed_ms BIGINT,
    -- How it ended: a word of the Link service's; null until then.
    outcome TEXT
);
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_ms);
CREATE INDEX oauth_states_of_connection ON oauth_states (connection_no);

-- Who may write for a connection, and the clock of its commits (rule E9).
CREATE TABLE leases (
    connection_no BIGINT NOT NULL PRIMARY KEY REFERENCES connections (no),
    epoch BIGINT NOT NULL,
    owner TEXT,
    expires_ms BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL
);

CREATE TABLE sync_runs (
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    -- initial, requested or scheduled.
    reason TEXT NOT NULL,
    -- running or finished.
    state TEXT NOT NULL,
    -- Stripe's clock at the run's first answer.
    as_of_ms BIGINT,
    started_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    PRIMARY KEY (connection_no, id)
);
CREATE UNIQUE INDEX sync_runs_one_running ON sync_runs (connection_no) WHERE state = 'running';

-- A `created` range of one resource in one run, with the cursor of what is stored.
CREATE TABLE windows (
    connection_no BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    n BIGINT NOT NULL,
    -- Unix seconds, inclusive.
    from_secs BIGINT NOT NULL,
    -- Unix seconds, exclusive; null: no end.
    to_secs BIGINT,
    -- Id and `created` of the last object stored.
    cursor TEXT,
    cursor_secs BIGINT,
    -- open, done, forbidden or failed.
    state TEXT NOT NULL,
    pages BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    -- Records that changed, so that a dataset can say whether it modified any.
    changed BIGINT NOT NULL,
    problem TEXT,
    PRIMARY KEY (connection_no, run_id, resource, n)
);

-- One pull of one data type. `active` is true while its status is Queued or Fetching (rule E10).
CREATE TABLE datasets (
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    company_id TEXT NOT NULL,
    data_type TEXT NOT NULL,
    run_id TEXT,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    status_description TEXT,
    error_message TEXT,
    -- A JSON list of validation warnings in the contract's form.
    warnings TEXT NOT NULL,
    -- 0 to 100.
    progress BIGINT NOT NULL,
    records_modified BOOLEAN NOT NULL,
    requested_ms BIGINT NOT NULL,
    completed_ms BIGINT,
    PRIMARY KEY (connection_no, id)
);
CREATE UNIQUE INDEX datasets_one_active ON datasets (connection_no, data_type) WHERE active;
CREATE INDEX datasets_of_company ON datasets (platform_no, company_id, requested_ms DESC, id);
CREATE INDEX datasets_waiting ON datasets (requested_ms) WHERE active;

-- Objects whose order of change can't be known and which are read again, once each (rule E1).
CREATE TABLE rereads (
    connection_no BIGINT NOT NULL,
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    requested_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, resource, id)
);
