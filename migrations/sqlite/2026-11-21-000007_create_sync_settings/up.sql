-- How data types are pulled: a platform's word for all its companies, and that of single companies.
CREATE TABLE sync_settings (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    -- Empty: the platform's own.
    company_id TEXT NOT NULL,
    -- False: the level above counts, whatever stands here.
    overrides BOOLEAN NOT NULL,
    -- A JSON object: the settings of each data type that the level says something of.
    types TEXT NOT NULL,
    modified_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, company_id)
);

-- When the scheduler looks at a connection again; null: not before something happens to it.
CREATE TABLE schedules (
    connection_no BIGINT NOT NULL PRIMARY KEY REFERENCES connections (no),
    look_ms BIGINT
);
CREATE INDEX schedules_due ON schedules (look_ms) WHERE look_ms IS NOT NULL;
INSERT INTO schedules (connection_no, look_ms) SELECT no, 0 FROM connections;

-- The latest dataset of each of a connection's data types.
CREATE INDEX datasets_latest ON datasets (connection_no, data_type, requested_ms DESC, id);

-- A JSON list like `warnings`, of what failed the dataset.
ALTER TABLE datasets ADD COLUMN errors TEXT NOT NULL DEFAULT '[]';

-- The bound of the history when the window was opened: Unix seconds, 0 for none. A window that begins there shows
-- all that is kept of the list.
ALTER TABLE windows ADD COLUMN bound_secs BIGINT NOT NULL DEFAULT 0;

-- A JSON object: what was found wrong with the window's objects, and how often.
ALTER TABLE windows ADD COLUMN findings TEXT NOT NULL DEFAULT '{}';

-- The newest of a list, and what lies before a bound.
CREATE INDEX source_objects_by_age ON source_objects (connection_no, resource, created_secs) WHERE NOT deleted;

-- What a platform wants to see of Stripe's objects beside a data type's own fields: JSON as it was given.
CREATE TABLE supplemental_configs (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    platform_key TEXT NOT NULL,
    data_type TEXT NOT NULL,
    config TEXT NOT NULL,
    modified_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, platform_key, data_type)
);
