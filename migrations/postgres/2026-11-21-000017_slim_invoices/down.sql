ALTER TABLE invoices ADD COLUMN remaining_minor BIGINT NOT NULL DEFAULT 0;
-- How many thousandths of the major unit a minor unit has is seen from the other amounts: without any, nothing remains.
UPDATE invoices SET remaining_minor = remaining_milli / (due_milli / due_minor) WHERE due_minor <> 0;
UPDATE invoices SET remaining_minor = remaining_milli / (paid_milli / paid_minor)
    WHERE due_minor = 0 AND paid_minor <> 0;
