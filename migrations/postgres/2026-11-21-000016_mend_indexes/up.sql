-- Each of these was the same as the index of that table's deleted rows.
DROP INDEX customers_gone;
DROP INDEX disputes_gone;
DROP INDEX invoices_gone;
DROP INDEX orders_gone;
DROP INDEX payment_methods_gone;
DROP INDEX payments_gone;
DROP INDEX payouts_gone;
DROP INDEX products_gone;
DROP INDEX subscriptions_gone;
DROP INDEX transactions_gone;

-- Nothing is looked up by these.
DROP INDEX tax_components_listed;
DROP INDEX deliveries_by_age;
DROP INDEX delivery_attempts_by_age;

-- What an order's charges without an intent are found by.
CREATE INDEX invoice_payments_of_charge ON invoice_payments (connection_no, charge_id) WHERE charge_id IS NOT NULL;

-- Which charge a payment method is shown by, and which is next when that one goes.
CREATE INDEX payments_of_method ON payments (connection_no, payment_method_id, created_ms, id)
    WHERE payment_method_id IS NOT NULL AND NOT deleted;
-- The newest charge of the method; of two of one moment that with the greater id.
ALTER TABLE payment_methods ADD COLUMN charge_id TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE payment_methods SET charge_id = COALESCE((
    SELECT p.id FROM payments AS p
    WHERE p.connection_no = payment_methods.connection_no AND p.payment_method_id = payment_methods.id
        AND p.resource = 'charges' AND NOT p.deleted
    ORDER BY p.created_ms DESC, p.id DESC LIMIT 1
), '');

-- Objects that were stored before their resource's records had all of their columns: the next reading of each counts as a
-- newer one, and makes its records anew.
UPDATE source_objects SET digest = 0 WHERE resource IN ('charges', 'payouts');
