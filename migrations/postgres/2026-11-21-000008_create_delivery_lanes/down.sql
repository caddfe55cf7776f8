CREATE INDEX deliveries_due ON deliveries (next_attempt_ms) WHERE state = 'waiting';
DROP TABLE delivery_lanes;
