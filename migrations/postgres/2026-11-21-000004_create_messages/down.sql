DROP TABLE integration_keys;
DROP TABLE quota_notices;
DROP TABLE initial_reads;
DROP TABLE delivery_attempts;
DROP TABLE deliveries;
DROP TABLE message_clocks;
DROP TABLE messages;
DROP TABLE consumers;
