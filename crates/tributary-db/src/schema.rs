//! The tables as diesel sees them: one schema for both databases, portable types only.
//!
//! A test compares it with what the migrations make on each database.

#![allow(missing_docs, reason = "the migrations document the columns")]

diesel::table! {
    platforms (no) {
        no -> BigInt,
        id -> Text,
        name -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    data_keys (id) {
        id -> Text,
        platform_no -> BigInt,
        company_id -> Nullable<Text>,
        sealed_key -> Binary,
        master_key_id -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        password_hash -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    memberships (platform_no, user_id) {
        platform_no -> BigInt,
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        platform_no -> BigInt,
        name -> Nullable<Text>,
        key_hash -> Text,
        last4 -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (platform_no, key) {
        platform_no -> BigInt,
        key -> Text,
        id -> Text,
        request_hash -> Text,
        status -> Nullable<BigInt>,
        sealed_body -> Nullable<Binary>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Text,
        user_id -> Text,
        created_ms -> BigInt,
        seen_ms -> BigInt,
    }
}

diesel::table! {
    sign_in_tries (subject_hash) {
        subject_hash -> Text,
        failures -> BigInt,
        last_ms -> BigInt,
    }
}

diesel::table! {
    integrations (id) {
        id -> Text,
        platform_no -> BigInt,
        platform_key -> Text,
        client_id -> Nullable<Text>,
        secret_key_sealed -> Nullable<Binary>,
        secret_key_masked -> Nullable<Text>,
        scope -> Text,
        sync_mode -> Text,
        enabled -> Bool,
        created_ms -> BigInt,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    webhook_secrets (id) {
        id -> Text,
        platform_no -> BigInt,
        integration_id -> Text,
        secret_sealed -> Binary,
        last4 -> Text,
        created_ms -> BigInt,
        connection_no -> BigInt,
    }
}

diesel::table! {
    companies (id) {
        id -> Text,
        platform_no -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        tags -> Text,
        created_by -> Nullable<Text>,
        created_ms -> BigInt,
        products -> Text,
    }
}

diesel::table! {
    connections (no) {
        no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        company_id -> Text,
        integration_id -> Text,
        status -> Text,
        account_id -> Nullable<Text>,
        errors -> Text,
        last_sync_ms -> Nullable<BigInt>,
        linked_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
        modified_ms -> BigInt,
        paused_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    credentials (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        kind -> Text,
        access_token_sealed -> Nullable<Binary>,
        refresh_token_sealed -> Nullable<Binary>,
        masked -> Nullable<Text>,
        scope -> Nullable<Text>,
        account_id -> Text,
        expires_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
        destroyed_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    oauth_states (state_hash) {
        state_hash -> Text,
        browser_hash -> Text,
        platform_no -> BigInt,
        connection_no -> BigInt,
        integration_id -> Text,
        mode -> Text,
        created_ms -> BigInt,
        expires_ms -> BigInt,
        consumed_ms -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    leases (connection_no) {
        connection_no -> BigInt,
        epoch -> BigInt,
        owner -> Nullable<Text>,
        expires_ms -> BigInt,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    sync_runs (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        reason -> Text,
        state -> Text,
        as_of_ms -> Nullable<BigInt>,
        started_ms -> BigInt,
        finished_ms -> Nullable<BigInt>,
        calls -> BigInt,
    }
}

diesel::table! {
    windows (connection_no, run_id, resource, n) {
        connection_no -> BigInt,
        run_id -> Text,
        resource -> Text,
        n -> BigInt,
        from_secs -> BigInt,
        to_secs -> Nullable<BigInt>,
        cursor -> Nullable<Text>,
        cursor_secs -> Nullable<BigInt>,
        state -> Text,
        pages -> BigInt,
        objects -> BigInt,
        changed -> BigInt,
        problem -> Nullable<Text>,
        bound_secs -> BigInt,
        findings -> Text,
    }
}

diesel::table! {
    datasets (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        company_id -> Text,
        data_type -> Text,
        run_id -> Nullable<Text>,
        reason -> Text,
        status -> Text,
        active -> Bool,
        status_description -> Nullable<Text>,
        error_message -> Nullable<Text>,
        warnings -> Text,
        progress -> BigInt,
        records_modified -> Bool,
        requested_ms -> BigInt,
        completed_ms -> Nullable<BigInt>,
        errors -> Text,
    }
}

diesel::table! {
    sync_settings (platform_no, company_id) {
        platform_no -> BigInt,
        company_id -> Text,
        overrides -> Bool,
        types -> Text,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    timetables (platform_no, company_id) {
        platform_no -> BigInt,
        company_id -> Text,
        minute_of_day -> Nullable<BigInt>,
        time_zone -> Text,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    reads (connection_no, day) {
        connection_no -> BigInt,
        day -> BigInt,
        initial -> BigInt,
        scheduled -> BigInt,
        other -> BigInt,
    }
}

diesel::table! {
    schedules (connection_no) {
        connection_no -> BigInt,
        look_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    supplemental_configs (platform_no, platform_key, data_type) {
        platform_no -> BigInt,
        platform_key -> Text,
        data_type -> Text,
        config -> Text,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    rereads (connection_no, resource, id) {
        connection_no -> BigInt,
        resource -> Text,
        id -> Text,
        requested_ms -> BigInt,
        due_ms -> BigInt,
        failures -> BigInt,
    }
}

diesel::table! {
    events_inbox (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        event_type -> Text,
        api_version -> Nullable<Text>,
        created_secs -> BigInt,
        object -> Nullable<Text>,
        listed -> Bool,
        received_ms -> BigInt,
        state -> Text,
        failures -> BigInt,
        problem -> Nullable<Text>,
        due_ms -> BigInt,
    }
}

diesel::table! {
    event_feeds (connection_no) {
        connection_no -> BigInt,
        platform_no -> BigInt,
        cursor_secs -> Nullable<BigInt>,
        cursor_id -> Nullable<Text>,
        poll_ms -> Nullable<BigInt>,
        polled_ms -> Nullable<BigInt>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    events_unmatched (integration_id, account_id, id) {
        integration_id -> Text,
        account_id -> Text,
        id -> Text,
        platform_no -> BigInt,
        event_type -> Text,
        api_version -> Nullable<Text>,
        created_secs -> BigInt,
        object -> Text,
        received_ms -> BigInt,
    }
}

diesel::table! {
    events_dropped (integration_id, reason) {
        integration_id -> Text,
        reason -> Text,
        platform_no -> BigInt,
        events -> BigInt,
        last_ms -> BigInt,
    }
}

diesel::table! {
    consumers (id) {
        id -> Text,
        platform_no -> BigInt,
        url -> Text,
        disabled -> Bool,
        disabled_reason -> Nullable<Text>,
        event_types -> Text,
        company_tags -> Text,
        headers_sealed -> Nullable<Binary>,
        secret_sealed -> Binary,
        previous_secret_sealed -> Nullable<Binary>,
        previous_until_ms -> Nullable<BigInt>,
        failing_since_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
        modified_ms -> BigInt,
    }
}

diesel::table! {
    messages (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        company_id -> Nullable<Text>,
        event_type -> Text,
        event_id -> Text,
        tags -> Text,
        body -> Text,
        created_ms -> BigInt,
        routed -> Bool,
        consumer_id -> Nullable<Text>,
    }
}

diesel::table! {
    message_clocks (platform_no, company_id) {
        platform_no -> BigInt,
        company_id -> Text,
        last_ms -> BigInt,
    }
}

diesel::table! {
    deliveries (consumer_id, message_id) {
        consumer_id -> Text,
        message_id -> Text,
        connection_no -> BigInt,
        platform_no -> BigInt,
        company_id -> Nullable<Text>,
        state -> Text,
        attempts -> BigInt,
        next_attempt_ms -> BigInt,
        created_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    delivery_attempts (consumer_id, message_id, n) {
        consumer_id -> Text,
        message_id -> Text,
        n -> BigInt,
        started_ms -> BigInt,
        elapsed_ms -> BigInt,
        status -> Nullable<BigInt>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    delivery_lanes (consumer_id, company_id) {
        consumer_id -> Text,
        company_id -> Text,
        due_ms -> BigInt,
        hold -> Nullable<Text>,
        held_until_ms -> BigInt,
    }
}

diesel::table! {
    initial_reads (connection_no, linked_ms, dataset_id) {
        connection_no -> BigInt,
        linked_ms -> BigInt,
        dataset_id -> Text,
    }
}

diesel::table! {
    quota_notices (platform_no, day_ms) {
        platform_no -> BigInt,
        day_ms -> BigInt,
        daily_quota -> BigInt,
        reset -> Bool,
    }
}

diesel::table! {
    integration_keys (platform_no, kind) {
        platform_no -> BigInt,
        kind -> Text,
        key_hash -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    platform_settings (platform_no) {
        platform_no -> BigInt,
        logo_url -> Nullable<Text>,
        icon_url -> Nullable<Text>,
        redirect_url -> Nullable<Text>,
        white_list_urls -> Text,
        cors_origins -> Text,
    }
}

diesel::table! {
    revocations (integration_id, account_id) {
        integration_id -> Text,
        account_id -> Text,
        platform_no -> BigInt,
        attempts -> BigInt,
        next_attempt_ms -> BigInt,
        claimed_until_ms -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    deletions (connection_no) {
        connection_no -> BigInt,
        platform_no -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    source_objects (connection_no, resource, id) {
        connection_no -> BigInt,
        resource -> Text,
        id -> Text,
        platform_no -> BigInt,
        created_secs -> Nullable<BigInt>,
        observed_from_ms -> BigInt,
        observed_to_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        json -> Text,
    }
}

diesel::table! {
    accounts (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Nullable<Text>,
        legal_name -> Nullable<Text>,
        currency -> Nullable<Text>,
        country -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        addresses -> Text,
        phone_numbers -> Text,
        web_links -> Text,
        created_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    balances (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        available_minor -> BigInt,
        pending_minor -> BigInt,
        reserved_minor -> Nullable<BigInt>,
    }
}

diesel::table! {
    customers (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        currency -> Nullable<Text>,
        note -> Nullable<Text>,
        addresses -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    products (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Text,
        description -> Nullable<Text>,
        status -> Text,
        shippable -> Nullable<Bool>,
        unit_label -> Nullable<Text>,
        source_modified_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    variants (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        product_id -> Text,
        nickname -> Nullable<Text>,
        status -> Text,
        currency -> Text,
        unit_price -> Nullable<Text>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    payment_intents (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        status -> Text,
        latest_charge_id -> Nullable<Text>,
        metadata -> Text,
        created_ms -> BigInt,
    }
}

diesel::table! {
    payments (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        resource -> Text,
        amount_minor -> BigInt,
        amount_milli -> BigInt,
        currency -> Text,
        status -> Text,
        provider -> Nullable<Text>,
        charge_id -> Nullable<Text>,
        payment_intent_id -> Nullable<Text>,
        balance_transaction_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        payment_method_id -> Nullable<Text>,
        payment_method_name -> Nullable<Text>,
        created_ms -> BigInt,
        #[sql_name = "type"]
        type_ -> Text,
        location_id -> Nullable<Text>,
    }
}

diesel::table! {
    transactions (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        balance_transaction_id -> Text,
        amount_minor -> BigInt,
        amount_milli -> BigInt,
        currency -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        sub_type -> Text,
        source_id -> Nullable<Text>,
        source_type -> Nullable<Text>,
        balance_type -> Text,
        available_ms -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    disputes (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        charge_id -> Text,
        amount_minor -> BigInt,
        amount_milli -> BigInt,
        currency -> Text,
        status -> Text,
        reason -> Text,
        due_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    orders (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        resource -> Text,
        status -> Text,
        number -> Nullable<Text>,
        country -> Nullable<Text>,
        currency -> Text,
        total_minor -> BigInt,
        total_milli -> BigInt,
        tax_minor -> BigInt,
        tax_milli -> BigInt,
        discount_minor -> BigInt,
        discount_milli -> BigInt,
        shipping_minor -> Nullable<BigInt>,
        shipping_tax_minor -> Nullable<BigInt>,
        customer_id -> Nullable<Text>,
        customer_name -> Nullable<Text>,
        payment_intent_id -> Nullable<Text>,
        closed_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    order_lines (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        order_id -> Text,
        position -> BigInt,
        description -> Nullable<Text>,
        product_id -> Nullable<Text>,
        variant_id -> Nullable<Text>,
        variant_name -> Nullable<Text>,
        currency -> Text,
        quantity -> Text,
        unit_price -> Text,
        total_minor -> BigInt,
        tax_minor -> BigInt,
        discount_minor -> BigInt,
        taxes -> Text,
        discounts -> Text,
    }
}

diesel::table! {
    invoice_payments (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        invoice_id -> Text,
        payment_intent_id -> Nullable<Text>,
        charge_id -> Nullable<Text>,
        status -> Text,
        currency -> Text,
        requested_minor -> BigInt,
        paid_minor -> Nullable<BigInt>,
        paid_ms -> Nullable<BigInt>,
        canceled_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    invoices (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        number -> Nullable<Text>,
        status -> Text,
        billing_reason -> Nullable<Text>,
        collection_method -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        subscription_id -> Nullable<Text>,
        currency -> Text,
        subtotal_minor -> BigInt,
        discount_minor -> BigInt,
        tax_minor -> BigInt,
        shipping_minor -> BigInt,
        total_minor -> BigInt,
        total_milli -> BigInt,
        due_minor -> BigInt,
        due_milli -> BigInt,
        paid_minor -> BigInt,
        paid_milli -> BigInt,
        remaining_milli -> BigInt,
        credited_before_minor -> BigInt,
        credited_after_minor -> BigInt,
        due_ms -> Nullable<BigInt>,
        finalized_ms -> Nullable<BigInt>,
        paid_ms -> Nullable<BigInt>,
        voided_ms -> Nullable<BigInt>,
        uncollectible_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    subscriptions (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        status -> Text,
        customer_id -> Nullable<Text>,
        currency -> Nullable<Text>,
        collection_method -> Nullable<Text>,
        latest_invoice_id -> Nullable<Text>,
        items -> Text,
        cancel_at_period_end -> Bool,
        period_start_ms -> Nullable<BigInt>,
        period_end_ms -> Nullable<BigInt>,
        start_ms -> Nullable<BigInt>,
        trial_start_ms -> Nullable<BigInt>,
        trial_end_ms -> Nullable<BigInt>,
        cancel_at_ms -> Nullable<BigInt>,
        canceled_ms -> Nullable<BigInt>,
        ended_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    payouts (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        amount_minor -> BigInt,
        amount_milli -> BigInt,
        currency -> Text,
        status -> Text,
        method -> Nullable<Text>,
        #[sql_name = "type"]
        type_ -> Nullable<Text>,
        automatic -> Nullable<Bool>,
        reconciliation_status -> Nullable<Text>,
        destination_id -> Nullable<Text>,
        balance_transaction_id -> Nullable<Text>,
        failure_balance_transaction_id -> Nullable<Text>,
        failure_code -> Nullable<Text>,
        original_payout_id -> Nullable<Text>,
        reversed_by_id -> Nullable<Text>,
        statement_descriptor -> Nullable<Text>,
        arrival_ms -> Nullable<BigInt>,
        created_ms -> BigInt,
    }
}

diesel::table! {
    payment_methods (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Nullable<Text>,
        used_ms -> BigInt,
        charge_id -> Text,
    }
}

diesel::table! {
    locations (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    tax_components (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        modified_ms -> BigInt,
        digest -> BigInt,
        deleted -> Bool,
        name -> Text,
        rate -> Nullable<Text>,
        inclusive -> Bool,
        created_ms -> BigInt,
    }
}

diesel::table! {
    reconciliations (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        run_id -> Nullable<Text>,
        state -> Text,
        requested_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
        verdict -> Nullable<Text>,
        explanation -> Nullable<Text>,
        as_of_ms -> Nullable<BigInt>,
        sums -> Text,
        payouts -> BigInt,
        objects -> BigInt,
        differences -> BigInt,
        repaired -> BigInt,
    }
}

diesel::table! {
    differences (connection_no, reconciliation_id, n) {
        connection_no -> BigInt,
        reconciliation_id -> Text,
        n -> BigInt,
        kind -> Text,
        resource -> Nullable<Text>,
        object_id -> Nullable<Text>,
        related_id -> Nullable<Text>,
        currency -> Nullable<Text>,
        expected_minor -> Nullable<BigInt>,
        found_minor -> Nullable<BigInt>,
        repaired -> Bool,
    }
}

diesel::table! {
    payout_lists (connection_no, payout_id) {
        connection_no -> BigInt,
        payout_id -> Text,
        transaction_ids -> Text,
        read_ms -> BigInt,
    }
}

diesel::table! {
    remaps (connection_no, id) {
        connection_no -> BigInt,
        id -> Text,
        platform_no -> BigInt,
        requested_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
        resource -> Nullable<Text>,
        object_id -> Nullable<Text>,
        objects -> BigInt,
        changed -> BigInt,
        unmapped -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    platforms,
    data_keys,
    users,
    memberships,
    api_keys,
    idempotency_keys,
    sessions,
    sign_in_tries,
    integrations,
    webhook_secrets,
    companies,
    connections,
    credentials,
    oauth_states,
    leases,
    sync_runs,
    windows,
    datasets,
    sync_settings,
    timetables,
    reads,
    schedules,
    supplemental_configs,
    rereads,
    reconciliations,
    differences,
    payout_lists,
    remaps,
    events_inbox,
    event_feeds,
    events_unmatched,
    events_dropped,
    platform_settings,
    revocations,
    deletions,
    consumers,
    messages,
    message_clocks,
    deliveries,
    delivery_attempts,
    delivery_lanes,
    initial_reads,
    quota_notices,
    integration_keys,
    source_objects,
    accounts,
    balances,
    customers,
    products,
    variants,
    payment_intents,
    payments,
    transactions,
    disputes,
    orders,
    order_lines,
    invoice_payments,
    invoices,
    subscriptions,
    payouts,
    payment_methods,
    locations,
    tax_components,
);
