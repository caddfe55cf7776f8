-- What has changed since: `modifiedDate>=…` in the order of `modifiedDate`, forwards and backwards. A commit stamps its
-- rows later than every earlier one, so that a backfill only ever adds to the end of these indexes.
CREATE INDEX customers_changed ON customers (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX products_changed ON products (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX payments_changed ON payments (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX transactions_changed ON transactions (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX disputes_changed ON disputes (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX orders_changed ON orders (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX payment_methods_changed ON payment_methods (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX invoices_changed ON invoices (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX subscriptions_changed ON subscriptions (connection_no, modified_ms, id) WHERE NOT deleted;
CREATE INDEX payouts_changed ON payouts (connection_no, modified_ms, id) WHERE NOT deleted;

-- What went since. Living rows aren't in these.
CREATE INDEX customers_gone ON customers (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX products_gone ON products (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payments_gone ON payments (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX transactions_gone ON transactions (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX disputes_gone ON disputes (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX orders_gone ON orders (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payment_methods_gone ON payment_methods (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX invoices_gone ON invoices (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX subscriptions_gone ON subscriptions (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payouts_gone ON payouts (connection_no, modified_ms, id) WHERE deleted;
