-- Where the messages of one company to one consumer wait, in order: one is sent at a time. A row exists while any
-- of them waits.
CREATE TABLE delivery_lanes (
    consumer_id TEXT NOT NULL REFERENCES consumers (id) ON DELETE CASCADE,
    -- '': messages of no company.
    company_id TEXT NOT NULL,
    -- When its first waiting delivery is due, at the latest.
    due_ms BIGINT NOT NULL,
    -- Who sends from it; null: nobody. What is found out under another hold is not recorded.
    hold TEXT,
    -- Until when. A worker that was killed holds on no longer.
    held_until_ms BIGINT NOT NULL,
    PRIMARY KEY (consumer_id, company_id)
);
CREATE INDEX delivery_lanes_due ON delivery_lanes (consumer_id, due_ms);

-- Lanes say what is due.
DROP INDEX deliveries_due;
