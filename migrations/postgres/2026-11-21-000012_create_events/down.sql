DROP INDEX rereads_due;
ALTER TABLE rereads DROP COLUMN failures;
ALTER TABLE rereads DROP COLUMN due_ms;
DELETE FROM webhook_secrets WHERE connection_no <> 0;
ALTER TABLE webhook_secrets DROP COLUMN connection_no;
DROP TABLE events_dropped;
DROP TABLE events_unmatched;
DROP TABLE event_feeds;
DROP TABLE events_inbox;
