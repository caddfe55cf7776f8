-- Stripe's objects as received, without secrets (rule E18), and when each was known to be true (rule E1).
CREATE TABLE source_objects (
    connection_no BIGINT NOT NULL,
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    -- Stripe's `created`; null for what has none.
    created_secs BIGINT,
    observed_from_ms BIGINT NOT NULL,
    observed_to_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (connection_no, resource, id)
);

-- In every table below: `digest` is of the mapped columns; a row is written, and its `modified_ms` moves,
-- only where it differs. Amounts are in minor units (`…_minor`) and thousandths of the major unit (`…_milli`).

CREATE TABLE accounts (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT,
    legal_name TEXT,
    currency TEXT,
    country TEXT,
    time_zone TEXT,
    -- JSON lists and objects in the contract's form.
    addresses TEXT NOT NULL,
    phone_numbers TEXT NOT NULL,
    web_links TEXT NOT NULL,
    created_ms BIGINT,
    PRIMARY KEY (connection_no, id)
);

CREATE TABLE balances (
    connection_no BIGINT NOT NULL,
    -- The currency: a connection has one balance in each.
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    available_minor BIGINT NOT NULL,
    pending_minor BIGINT NOT NULL,
    -- Null where Stripe has no such balance (rule M8).
    reserved_minor BIGINT,
    PRIMARY KEY (connection_no, id)
);

CREATE TABLE customers (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT,
    email TEXT,
    phone TEXT,
    currency TEXT,
    note TEXT,
    -- A JSON list in the contract's form.
    addresses TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX customers_listed ON customers (connection_no, created_ms DESC, id) WHERE NOT deleted;

CREATE TABLE products (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- Published, Unpublished or Unknown.
    status TEXT NOT NULL,
    shippable BOOLEAN,
    unit_label TEXT,
    source_modified_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX products_listed ON products (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- Stripe's prices.
CREATE TABLE variants (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    product_id TEXT NOT NULL,
    nickname TEXT,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Exact decimal text in major units; null for tiered prices (rule M7).
    unit_price TEXT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX variants_of_product ON variants (connection_no, product_id, created_ms DESC, id) WHERE NOT deleted;

-- What an intent adds to the payments it led to (rule M1).
CREATE TABLE payment_intents (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- Stripe's word.
    status TEXT NOT NULL,
    -- The charge of its latest attempt: the payment whose status it may change.
    latest_charge_id TEXT,
    -- A JSON object of text pairs.
    metadata TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);

-- One row per charge, and one per refund that moved money, negative (rule M1).
CREATE TABLE payments (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- charges or refunds: the resource that the row came from.
    resource TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_milli BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- The charge's or refund's own status; an intent may turn Authorized to Cancelled when it is read.
    status TEXT NOT NULL,
    provider TEXT,
    -- The refunded charge; null for charges.
    charge_id TEXT,
    payment_intent_id TEXT,
    balance_transaction_id TEXT,
    customer_id TEXT,
    payment_method_id TEXT,
    payment_method_name TEXT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX payments_listed ON payments (connection_no, created_ms DESC, id) WHERE NOT deleted;

-- One row per balance transaction, and one per fee of it (rule M2).
CREATE TABLE transactions (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    -- The balance transaction that the row came from.
    balance_transaction_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_milli BIGINT NOT NULL,
    currency TEXT NOT NULL,
    type TEXT NOT NULL,
    sub_type TEXT NOT NULL,
    source_id TEXT,
    source_type TEXT,
    -- payments, or another of Stripe's balances that the payments balance doesn't hold.
    balance_type TEXT NOT NULL,
    available_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX transactions_listed ON transactions (connection_no, created_ms DESC, id) WHERE NOT deleted;

CREATE TABLE disputes (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    charge_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_milli BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    due_ms BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE INDEX disputes_listed ON disputes (connection_no, created_ms DESC, id) WHERE NOT deleted;
CREATE INDEX disputes_of_charge ON disputes (connection_no, charge_id);
