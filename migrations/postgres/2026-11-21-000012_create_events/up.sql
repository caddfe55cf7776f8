-- Stripe's events for a connection, by webhook or listed. A row stays when its work is done, so that the same event is
-- known when it comes again.
CREATE TABLE events_inbox (
    connection_no BIGINT NOT NULL,
    -- Stripe's id, evt_…
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    event_type TEXT COLLATE "C" NOT NULL,
    -- The version of Stripe's API that `object` is written in; null: Stripe didn't say.
    api_version TEXT COLLATE "C",
    -- When it happened, by Stripe's clock: Unix seconds.
    created_secs BIGINT NOT NULL,
    -- The object that it speaks of, as it was then, without secrets; null once it was applied.
    object TEXT,
    -- True: Stripe was asked for it. False: it came by webhook.
    listed BOOLEAN NOT NULL,
    received_ms BIGINT NOT NULL,
    -- waiting, done or set_aside.
    state TEXT COLLATE "C" NOT NULL,
    -- Attempts to apply it that failed, and why the latest did.
    failures BIGINT NOT NULL,
    problem TEXT,
    -- When it is to be applied, while it waits.
    due_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX events_inbox_waiting ON events_inbox (connection_no, due_ms) WHERE state = 'waiting';
CREATE INDEX events_inbox_set_aside ON events_inbox (connection_no) WHERE state = 'set_aside';
CREATE INDEX events_inbox_by_age ON events_inbox (connection_no, listed, received_ms);

-- How far a connection's events have been listed.
CREATE TABLE event_feeds (
    connection_no BIGINT NOT NULL PRIMARY KEY,
    platform_no BIGINT NOT NULL,
    -- Everything before it has been listed or read otherwise: Unix seconds by Stripe's clock; null: a run has to end
    -- first, which sets it.
    cursor_secs BIGINT,
    -- The newest event that was listed: if Stripe doesn't know it any more, events were lost.
    cursor_id TEXT COLLATE "C",
    -- When they are listed next; null: not before something happens to the connection.
    poll_ms BIGINT,
    polled_ms BIGINT,
    -- Why they can't be listed, for people; null: they can.
    problem TEXT
);
CREATE INDEX event_feeds_due ON event_feeds (poll_ms) WHERE poll_ms IS NOT NULL;

-- Events for accounts that no Linked connection has: kept for a while, should one be linked in the meantime.
CREATE TABLE events_unmatched (
    integration_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    event_type TEXT COLLATE "C" NOT NULL,
    api_version TEXT COLLATE "C",
    created_secs BIGINT NOT NULL,
    object TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (integration_id, account_id, id)
);
CREATE INDEX events_unmatched_by_age ON events_unmatched (received_ms);

-- Signed events that were not kept, by why: other_mode, other_account or too_many.
CREATE TABLE events_dropped (
    integration_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    events BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (integration_id, reason)
);

-- 0: the secret is of an endpoint for all of the integration's accounts. Otherwise of one in the connection's account.
ALTER TABLE webhook_secrets ADD COLUMN connection_no BIGINT NOT NULL DEFAULT 0;

-- When the object may be read again, and how often that has failed.
ALTER TABLE rereads ADD COLUMN due_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rereads ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
CREATE INDEX rereads_due ON rereads (due_ms, connection_no);
