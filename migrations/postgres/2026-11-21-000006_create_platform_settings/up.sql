-- What a platform has set for itself, beside its name.
CREATE TABLE platform_settings (
    platform_no BIGINT NOT NULL PRIMARY KEY REFERENCES platforms (no),
    logo_url TEXT COLLATE "C",
    icon_url TEXT COLLATE "C",
    -- A template with placeholders: where merchants go when Link is done.
    redirect_url TEXT COLLATE "C",
    -- A JSON list of addresses that `redirect_url` may lead to; empty: any.
    white_list_urls TEXT COLLATE "C" NOT NULL,
    -- A JSON list of origins whose pages may embed Link.
    cors_origins TEXT COLLATE "C" NOT NULL
);

-- Labels of the contract's products: a JSON list, the first added first.
ALTER TABLE companies ADD COLUMN products TEXT COLLATE "C" NOT NULL DEFAULT '[]';

-- Authorizations to end at Stripe, because no connection uses them any more (rule E15).
CREATE TABLE revocations (
    integration_id TEXT COLLATE "C" NOT NULL REFERENCES integrations (id),
    account_id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_ms BIGINT NOT NULL,
    -- Until when a worker may be asking Stripe; 0: none is.
    claimed_until_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (integration_id, account_id)
);
CREATE INDEX revocations_due ON revocations (next_attempt_ms);

-- Connections that are gone and whose rows in other tables are still being deleted.
CREATE TABLE deletions (
    connection_no BIGINT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- Tables whose rows outlive their connection until they are deleted in batches: they refer to it no longer. Only what
-- holds a few rows of it does, which go with it.
ALTER TABLE oauth_states RENAME TO oauth_states_before;
DROP INDEX oauth_states_by_expiry;
DROP INDEX oauth_states_of_connection;
CREATE TABLE oauth_states (
    state_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    browser_hash TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    connection_no BIGINT NOT NULL,
    integration_id TEXT COLLATE "C" NOT NULL,
    -- live or test.
    mode TEXT COLLATE "C" NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    -- Set once, before the code is exchanged (invariant 7).
    consumed_ms BIGINT,
    -- How it ended: a word of the Link service's; null until then.
    outcome TEXT COLLATE "C"
);
INSERT INTO oauth_states (
    state_hash, browser_hash, platform_no, connection_no, integration_id, mode, created_ms, expires_ms,
    consumed_ms, outcome
)
SELECT
    state_hash, browser_hash, platform_no, connection_no, integration_id, mode, created_ms, expires_ms,
    consumed_ms, outcome
FROM oauth_states_before;
DROP TABLE oauth_states_before;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_ms);
CREATE INDEX oauth_states_of_connection ON oauth_states (connection_no);

ALTER TABLE sync_runs RENAME TO sync_runs_before;
DROP INDEX sync_runs_one_running;
CREATE TABLE sync_runs (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    -- initial, requested or scheduled.
    reason TEXT COLLATE "C" NOT NULL,
    -- running or finished.
    state TEXT COLLATE "C" NOT NULL,
    -- Stripe's clock at the run's first answer.
    as_of_ms BIGINT,
    started_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    PRIMARY KEY (connection_no, id)
);
INSERT INTO sync_runs (
    connection_no, id, platform_no, reason, state, as_of_ms, started_ms, finished_ms
)
SELECT
    connection_no, id, platform_no, reason, state, as_of_ms, started_ms, finished_ms
FROM sync_runs_before;
DROP TABLE sync_runs_before;
CREATE UNIQUE INDEX sync_runs_one_running ON sync_runs (connection_no) WHERE state = 'running';

ALTER TABLE datasets RENAME TO datasets_before;
DROP INDEX datasets_one_active;
DROP INDEX datasets_of_company;
DROP INDEX datasets_waiting;
CREATE TABLE datasets (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    company_id TEXT COLLATE "C" NOT NULL,
    data_type TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
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
INSERT INTO datasets (
    connection_no, id, platform_no, company_id, data_type, run_id, reason, status, active,
    status_description, error_message, warnings, progress, records_modified, requested_ms, completed_ms
)
SELECT
    connection_no, id, platform_no, company_id, data_type, run_id, reason, status, active,
    status_description, error_message, warnings, progress, records_modified, requested_ms, completed_ms
FROM datasets_before;
DROP TABLE datasets_before;
CREATE UNIQUE INDEX datasets_one_active ON datasets (connection_no, data_type) WHERE active;
CREATE INDEX datasets_of_company ON datasets (platform_no, company_id, requested_ms DESC, id);
CREATE INDEX datasets_waiting ON datasets (requested_ms) WHERE active;
