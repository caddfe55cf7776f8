-- Requests that were sent to Stripe for the run, repeats included.
ALTER TABLE sync_runs ADD COLUMN calls BIGINT NOT NULL DEFAULT 0;
