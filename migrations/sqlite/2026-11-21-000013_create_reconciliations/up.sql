-- Comparisons of what is stored of a connection with Stripe's balance and payouts (rule E16).
CREATE TABLE reconciliations (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    -- The run after which it was asked for; null: somebody asked.
    run_id TEXT,
    -- queued, running, ended or cancelled.
    state TEXT NOT NULL,
    requested_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    -- ties, differs, inconclusive or not_applicable; while it runs, what was found before repairs.
    verdict TEXT,
    -- Why it isn't ties, for people.
    explanation TEXT,
    -- Stripe's clock at the instant that was compared.
    as_of_ms BIGINT,
    -- A JSON list: per currency Stripe's balance and what the transactions sum to.
    sums TEXT NOT NULL,
    -- Automatic payouts compared with their transactions.
    payouts BIGINT NOT NULL,
    -- Source objects compared with their records.
    objects BIGINT NOT NULL,
    -- Differences found, listed or not, and how many of them were repaired.
    differences BIGINT NOT NULL,
    repaired BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE UNIQUE INDEX reconciliations_one_open ON reconciliations (connection_no) WHERE ended_ms IS NULL;
CREATE INDEX reconciliations_latest ON reconciliations (connection_no, requested_ms DESC, id);

-- What a reconciliation found.
CREATE TABLE differences (
    connection_no BIGINT NOT NULL,
    reconciliation_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- The object that it is about, in one of Stripe's lists.
    resource TEXT,
    object_id TEXT,
    -- The object that names it, or the record.
    related_id TEXT,
    currency TEXT,
    -- Minor units of currency: what it should be, and what it is.
    expected_minor BIGINT,
    found_minor BIGINT,
    repaired BOOLEAN NOT NULL,
    PRIMARY KEY (connection_no, reconciliation_id, n)
);

-- Which transactions Stripe says an automatic payout pays out, asked once.
CREATE TABLE payout_lists (
    connection_no BIGINT NOT NULL,
    payout_id TEXT NOT NULL,
    -- Their ids, separated by blanks; the payout's own is among them.
    transaction_ids TEXT NOT NULL,
    read_ms BIGINT NOT NULL,
    PRIMARY KEY (connection_no, payout_id)
);

-- Making records anew from what is stored of Stripe's objects: how far it has come.
CREATE TABLE remaps (
    connection_no BIGINT NOT NULL,
    id TEXT NOT NULL,
    platform_no BIGINT NOT NULL,
    requested_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    -- The last object that was mapped: its list and id; null: none yet.
    resource TEXT,
    object_id TEXT,
    -- Objects mapped, and rows written, changed or buried.
    objects BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    -- Objects that can't be mapped.
    unmapped BIGINT NOT NULL,
    PRIMARY KEY (connection_no, id)
);
CREATE UNIQUE INDEX remaps_one_open ON remaps (connection_no) WHERE ended_ms IS NULL;
