-- What was answered to a POST that named an idempotency key, so that a repeat changes nothing and is answered alike:
-- see `idempotency.rs`.
CREATE TABLE idempotency_keys (
    platform_no BIGINT NOT NULL REFERENCES platforms (no),
    -- As the client sent it: 1 to 255 printable ASCII characters.
    key TEXT NOT NULL,
    -- What `sealed_body` is bound to.
    id TEXT NOT NULL UNIQUE,
    -- SHA-256 of method, path, parameters and body, URL-safe base64.
    request_hash TEXT NOT NULL,
    -- The HTTP status. Null only inside the transaction that answers.
    status BIGINT,
    -- The body as sent, sealed: it may hold a secret that is shown once. Null: there was none.
    sealed_body BLOB,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (platform_no, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_ms);
