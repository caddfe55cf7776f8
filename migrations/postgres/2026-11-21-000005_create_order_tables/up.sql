-- Orders and what else Stripe's other lists hold. As in the tables before: `digest` is of the mapped columns, amounts are
-- in minor units (`…_minor`) and thousandths of the major unit (`…_milli`).

-- One row per invoice past draft, and one per completed checkout session that made no invoice (rule M4).
CREATE TABLE orders (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- invoices or checkout_sessions: the resource that the row came from.
    resource TEXT COLLATE "C" NOT NULL,
    -- Stripe's word: open, paid, uncollectible or void; of sessions paid, unpaid or no_payment_required.
    status TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    country TEXT COLLATE "C",
    currency TEXT COLLATE "C" NOT NULL,
    -- With discounts, taxes and shipping; refunds are not taken off. 0 when void.
    total_minor BIGINT NOT NULL,
    total_milli BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    tax_milli BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    discount_milli BIGINT NOT NULL,
    -- With its tax; null where nothing was shipped.
    shipping_minor BIGINT,
    shipping_tax_minor BIGINT,
    customer_id TEXT COLLATE "C",
    -- As the invoice or the session had it.
    customer_name TEXT COLLATE "C",
    -- Of sessions; what paid an invoice is in invoice_payments.
    payment_intent_id TEXT COLLATE "C",
    closed_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX orders_listed ON orders (connection_no, created_ms DESC, id) WHERE NOT deleted;
CREATE INDEX orders_of_intent ON orders (connection_no, payment_intent_id) WHERE payment_intent_id IS NOT NULL;

-- What was sold in an order; of void ones nothing. Per line: quantity * unit price - discounts + taxes = total.
CREATE TABLE order_lines (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    -- From 0, in the order of the invoice or the session.
    position BIGINT NOT NULL,
    description TEXT,
    product_id TEXT COLLATE "C",
    variant_id TEXT COLLATE "C",
    variant_name TEXT COLLATE "C",
    currency TEXT COLLATE "C" NOT NULL,
    -- Exact decimal text.
    quantity TEXT COLLATE "C" NOT NULL,
    -- Exact decimal text in major units, without discount and tax.
    unit_price TEXT COLLATE "C" NOT NULL,
    -- With discount and tax.
    total_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    -- Positive.
    discount_minor BIGINT NOT NULL,
    -- JSON lists: per tax rate, and per discount, its id and its amount in minor units.
    taxes TEXT NOT NULL,
    discounts TEXT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX order_lines_of_order ON order_lines (connection_no, order_id, position) WHERE NOT deleted;

-- Which payment pays which invoice: Stripe's only link between them.
CREATE TABLE invoice_payments (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    -- One of the two, or neither for payments outside of Stripe.
    payment_intent_id TEXT COLLATE "C",
    charge_id TEXT COLLATE "C",
    -- open, paid or canceled.
    status TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    requested_minor BIGINT NOT NULL,
    paid_minor BIGINT,
    paid_ms BIGINT,
    canceled_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX invoice_payments_of_invoice ON invoice_payments (connection_no, invoice_id);
CREATE INDEX invoice_payments_of_intent ON invoice_payments (connection_no, payment_intent_id)
    WHERE payment_intent_id IS NOT NULL;

-- Invoices as themselves, drafts too.
CREATE TABLE invoices (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    number TEXT COLLATE "C",
    -- Stripe's word: draft, open, paid, uncollectible or void.
    status TEXT COLLATE "C" NOT NULL,
    billing_reason TEXT COLLATE "C",
    collection_method TEXT COLLATE "C",
    customer_id TEXT COLLATE "C",
    subscription_id TEXT COLLATE "C",
    currency TEXT COLLATE "C" NOT NULL,
    -- Before discounts, and before taxes that are added.
    subtotal_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    -- With its tax.
    shipping_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    total_milli BIGINT NOT NULL,
    due_minor BIGINT NOT NULL,
    due_milli BIGINT NOT NULL,
    paid_minor BIGINT NOT NULL,
    paid_milli BIGINT NOT NULL,
    remaining_minor BIGINT NOT NULL,
    remaining_milli BIGINT NOT NULL,
    -- Credit notes before it was paid, which lessen what is due, and after.
    credited_before_minor BIGINT NOT NULL,
    credited_after_minor BIGINT NOT NULL,
    -- By when it must be paid.
    due_ms BIGINT,
    finalized_ms BIGINT,
    paid_ms BIGINT,
    voided_ms BIGINT,
    uncollectible_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX invoices_listed ON invoices (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- Subscriptions as themselves, ended ones too.
CREATE TABLE subscriptions (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- Stripe's word.
    status TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    currency TEXT COLLATE "C",
    collection_method TEXT COLLATE "C",
    latest_invoice_id TEXT COLLATE "C",
    -- A JSON list: what is subscribed to, at which price, how many, how often.
    items TEXT NOT NULL,
    cancel_at_period_end BOOLEAN NOT NULL,
    -- The present period, of the item that is due first.
    period_start_ms BIGINT,
    period_end_ms BIGINT,
    start_ms BIGINT,
    trial_start_ms BIGINT,
    trial_end_ms BIGINT,
    cancel_at_ms BIGINT,
    -- When its cancellation was asked for.
    canceled_ms BIGINT,
    ended_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX subscriptions_listed ON subscriptions (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- Payouts as themselves.
CREATE TABLE payouts (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- Positive to the bank, negative from it.
    amount_minor BIGINT NOT NULL,
    amount_milli BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    -- Stripe's words.
    status TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C",
    type TEXT COLLATE "C",
    automatic BOOLEAN,
    reconciliation_status TEXT COLLATE "C",
    destination_id TEXT COLLATE "C",
    balance_transaction_id TEXT COLLATE "C",
    failure_balance_transaction_id TEXT COLLATE "C",
    failure_code TEXT COLLATE "C",
    original_payout_id TEXT COLLATE "C",
    reversed_by_id TEXT COLLATE "C",
    statement_descriptor TEXT COLLATE "C",
    arrival_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX payouts_listed ON payouts (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- What charges were paid with: each method as its newest charge shows it.
CREATE TABLE payment_methods (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT COLLATE "C",
    -- When that charge was made.
    used_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);

-- Stripe's terminal locations.
CREATE TABLE locations (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT COLLATE "C",
    -- A JSON object in the contract's form.
    address TEXT,
    PRIMARY KEY (connection_no, id)
);

-- Stripe's tax rates.
CREATE TABLE tax_components (
    connection_no BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- Exact decimal text: a fraction of 1; null for flat amounts.
    rate TEXT COLLATE "C",
    inclusive BOOLEAN NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX tax_components_listed ON tax_components (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- What an order tells of its payments, and where it was paid.
ALTER TABLE payments ADD COLUMN type TEXT COLLATE "C" NOT NULL DEFAULT 'Unknown';
ALTER TABLE payments ADD COLUMN location_id TEXT COLLATE "C";
CREATE INDEX payments_of_intent ON payments (connection_no, payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX payments_of_charge ON payments (connection_no, charge_id) WHERE charge_id IS NOT NULL;
