-- Receivers of outgoing messages: the contract's webhook consumers.
CREATE TABLE consumers (
    id TEXT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    url TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    -- Why it is disabled: manual or failing; null while it is not.
    disabled_reason TEXT,
    -- A JSON list of event types.
    event_types TEXT NOT NULL,
    -- A JSON list of `key:value`; empty: every company.
    company_tags TEXT NOT NULL,
    -- A JSON object of request headers, sealed; null: none.
    headers_sealed BLOB,
    -- What signs: `whsec_…`, sealed.
    secret_sealed BLOB NOT NULL,
    -- The secret before it, which signs as well until `previous_until_ms`.
    previous_secret_sealed BLOB,
    previous_until_ms BIGINT,
    -- Since when every attempt has failed; null: the latest one succeeded, or there was none.
    failing_since_ms BIGINT,
    created_ms BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    CHECK (disabled = (disabled_reason IS NOT NULL)),
    CHECK ((previous_secret_sealed IS NULL) = (previous_until_ms IS NULL))
);
CREATE INDEX consumers_of_platform ON consumers (platform_no, created_ms, id);

-- The outbox: what outsiders are told, written in the transaction of what it tells (invariant 4).
CREATE TABLE messages (
    -- 0: of no connection.
    connection_no BIGINT NOT NULL,
    -- msg_ and a number that grows with time. Within a company, and among the messages of no company of a platform,
    -- ids are in the order of commits.
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    -- Null: about the platform as a whole.
    company_id TEXT,
    event_type TEXT NOT NULL,
    -- The id in the envelope: a UUID.
    event_id TEXT NOT NULL,
    -- The company's tags at that moment, a JSON object.
    tags TEXT NOT NULL,
    -- The whole envelope, JSON.
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- Whether its deliveries have been made.
    routed BOOLEAN NOT NULL,
    -- The only consumer it is for: a test. Null: whoever asks for its type and tags.
    consumer_id TEXT,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX messages_to_route ON messages (id) WHERE NOT routed;
CREATE INDEX messages_of_platform ON messages (platform_no, id);
CREATE INDEX messages_by_age ON messages (created_ms);

-- The latest message of each company, so that the next is after it; '' is the platform itself.
CREATE TABLE message_clocks (
    platform_no BIGINT NOT NULL,
    company_id TEXT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, company_id)
);

-- One message for one consumer.
CREATE TABLE deliveries (
    consumer_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    connection_no BIGINT NOT NULL,
    platform_no BIGINT NOT NULL,
    company_id TEXT,
    -- waiting, delivered, dead (every attempt failed) or dropped.
    state TEXT NOT NULL,
    -- Attempts so far.
    attempts BIGINT NOT NULL,
    next_attempt_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    PRIMARY KEY (consumer_id, message_id)
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_in_order ON deliveries (consumer_id, company_id, message_id) WHERE state = 'waiting';
CREATE INDEX deliveries_of_message ON deliveries (message_id);
CREATE INDEX deliveries_by_age ON deliveries (created_ms);

-- What a consumer answered to one attempt.
CREATE TABLE delivery_attempts (
    consumer_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    elapsed_ms BIGINT NOT NULL,
    -- The HTTP status; null: there was no answer.
    status BIGINT,
    -- Why it failed, in words without the answer's content.
    error TEXT,
    PRIMARY KEY (consumer_id, message_id, n)
);
CREATE INDEX delivery_attempts_by_age ON delivery_attempts (started_ms);

-- The datasets that one authorization of a connection waits for. The rows go when the last of them has ended and
-- read.completed.initial was written.
CREATE TABLE initial_reads (
    connection_no BIGINT NOT NULL,
    -- The authorization: the connection's `linked_ms` of that time.
    linked_ms BIGINT NOT NULL,
    dataset_id TEXT NOT NULL,
    PRIMARY KEY (connection_no, linked_ms, dataset_id)
);

-- Days on which a platform used its quota of requests up, so that outsiders hear of it once.
CREATE TABLE quota_notices (
    platform_no BIGINT NOT NULL,
    -- Midnight UTC that the day begins with.
    day_ms BIGINT NOT NULL,
    daily_quota BIGINT NOT NULL,
    -- Whether client.rateLimit.reset was written after it.
    reset BOOLEAN NOT NULL,
    PRIMARY KEY (platform_no, day_ms)
);
CREATE INDEX quota_notices_to_reset ON quota_notices (day_ms) WHERE NOT reset;

-- Keys for services that integrate with a platform by themselves (the contract's integrationKeys). One of each kind:
-- a new one replaces the one before.
CREATE TABLE integration_keys (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    -- zapier.
    kind TEXT NOT NULL,
    -- SHA-256 of the key, URL-safe base64. The key itself is shown once and kept nowhere.
    key_hash TEXT NOT NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, kind)
);
