DROP TABLE deletions;
DROP TABLE revocations;
ALTER TABLE companies DROP COLUMN products;
DROP TABLE platform_settings;

ALTER TABLE oauth_states RENAME TO oauth_states_before;
DROP INDEX oauth_states_by_expiry;
DROP INDEX oauth_states_of_connection;
CREATE TABLE oauth_states (
    state_hash TEXT NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    integration_id TEXT NOT NULL,
    mode TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    consumed_ms BIGINT,
    outcome TEXT
);
INSERT INTO oauth_states (
    state_hash, browser_hash, platform_no, connection_no, integration_id, mode, created_ms, expires_ms,
    consumed_ms, outcome
)
SELECT
    state_hash, browser_hash, platform_no, connection_no, integration_id, mode, created_ms, expires_ms,
    consumed_ms, outcome
FROM oauth_states_before
WHERE connection_no IN (SELECT no FROM connections);
DROP TABLE oauth_states_before;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_ms);
CREATE INDEX oauth_states_of_connection ON oauth_states (connection_no);

ALTER TABLE sync_runs RENAME TO sync_runs_before;
DROP INDEX sync_runs_one_running;
CREATE TABLE sync_runs (
    connection_no BIGINT NOT NULL REFERENCES connections (no),
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
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
FROM sync_runs_before
WHERE connection_no IN (SELECT no FROM connections);
DROP TABLE sync_runs_before;
CREATE UNIQUE INDEX sync_runs_one_running ON sync_runs (connection_no) WHERE state = 'running';

ALTER TABLE datasets RENAME TO datasets_before;
DROP INDEX datasets_one_active;
DROP INDEX datasets_of_company;
DROP INDEX datasets_waiting;
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
    warnings TEXT NOT NULL,
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
FROM datasets_before
WHERE connection_no IN (SELECT no FROM connections);
DROP TABLE datasets_before;
CREATE UNIQUE INDEX datasets_one_active ON datasets (connection_no, data_type) WHERE active;
CREATE INDEX datasets_of_company ON datasets (platform_no, company_id, requested_ms DESC, id);
CREATE INDEX datasets_waiting ON datasets (requested_ms) WHERE active;
