-- A signed-in browser. It ends when its user signs out, or with time: see `sessions.rs`.
CREATE TABLE sessions (
    -- SHA-256 of the token in the browser's cookie, URL-safe base64. The token itself is kept nowhere.
    token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_ms BIGINT NOT NULL,
    -- When it was last used, to the minute.
    seen_ms BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Failed tries to sign in, so that guessing becomes slow on every process at once.
CREATE TABLE sign_in_tries (
    -- SHA-256 of what was tried (an e-mail address) or from where (a network address).
    subject_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_ms BIGINT NOT NULL
);
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (last_ms);
