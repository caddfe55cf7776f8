-- What went since a moment, for readers of what changed: see `records/deleted.rs`. Few rows are deleted, so that the
-- indexes are small and cost the others nothing.
CREATE INDEX customers_deleted ON customers (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX disputes_deleted ON disputes (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX invoices_deleted ON invoices (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX locations_deleted ON locations (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX orders_deleted ON orders (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payment_methods_deleted ON payment_methods (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payments_deleted ON payments (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX payouts_deleted ON payouts (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX products_deleted ON products (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX subscriptions_deleted ON subscriptions (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX tax_components_deleted ON tax_components (connection_no, modified_ms, id) WHERE deleted;
CREATE INDEX transactions_deleted ON transactions (connection_no, modified_ms, id) WHERE deleted;
