-- Creates the schema in an empty SQLite database.
-- Amounts are text padded to 38 digits, because a NUMERIC column would turn them into floating point.
-- Instants are UTC text, yyyy-MM-dd HH:mm:ss.fffffff without trailing zeros, which sorts in order of time.
-- SQLite appends the row number (sequence) to every index, so each index below ends in the order of the lists: created_at, sequence.

-- The SHA-256 of this script, in hexadecimal digits. The service adds the row.
CREATE TABLE payments_schema (
    sha256 TEXT NOT NULL,
    CONSTRAINT pk_payments_schema PRIMARY KEY (sha256)
) STRICT;

-- AUTOINCREMENT, because the sequence of an uninstalled connector must not be used again: its events refer to it.
CREATE TABLE connectors (
    sequence INTEGER NOT NULL CONSTRAINT pk_connectors PRIMARY KEY AUTOINCREMENT,
    id_hash BLOB NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    installed_at TEXT NOT NULL,
    CONSTRAINT uq_connectors_id UNIQUE (id_hash),
    CONSTRAINT uq_connectors_name UNIQUE (provider, name_key)
) STRICT;

-- The row of a connector moves here when it is uninstalled, so that its name and its id can be used again.
CREATE TABLE uninstalled_connectors (
    sequence INTEGER NOT NULL,
    id_hash BLOB NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    installed_at TEXT NOT NULL,
    CONSTRAINT pk_uninstalled_connectors PRIMARY KEY (sequence)
) STRICT;

CREATE TABLE accounts (
    sequence INTEGER NOT NULL,
    id_hash BLOB NOT NULL,
    connector INTEGER NOT NULL,
    reference TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NULL,
    default_asset TEXT NULL,
    created_at TEXT NOT NULL,
    metadata TEXT NOT NULL,
    raw TEXT NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (sequence),
    CONSTRAINT uq_accounts_id UNIQUE (id_hash),
    CONSTRAINT fk_accounts_connector FOREIGN KEY (connector) REFERENCES connectors (sequence)
) STRICT;

-- For the foreign key: uninstalling a connector looks for its accounts.
CREATE INDEX ix_accounts_connector ON accounts (connector);
CREATE INDEX ix_accounts_created_at ON accounts (created_at);

-- created_at, the amounts and status follow from the adjustments. metadata is the current metadata; if it was edited, reported_metadata
-- has what reports said and edited_metadata_keys the edited keys. last_change identifies the change that made the revision.
CREATE TABLE payments (
    sequence INTEGER NOT NULL,
    id_hash BLOB NOT NULL,
    connector INTEGER NOT NULL,
    reference TEXT NOT NULL,
    reference_start TEXT NOT NULL,
    type TEXT NOT NULL,
    scheme TEXT NOT NULL,
    asset TEXT NOT NULL,
    source_account_id TEXT NULL,
    source_account_hash BLOB NULL,
    destination_account_id TEXT NULL,
    destination_account_hash BLOB NULL,
    created_at TEXT NOT NULL,
    initial_amount TEXT NOT NULL,
    amount TEXT NOT NULL,
    status TEXT NOT NULL,
    metadata TEXT NOT NULL,
    reported_metadata TEXT NULL,
    edited_metadata_keys TEXT NULL,
    revision INTEGER NOT NULL,
    last_change BLOB NULL,
    CONSTRAINT pk_payments PRIMARY KEY (sequence),
    CONSTRAINT uq_payments_id UNIQUE (id_hash),
    CONSTRAINT fk_payments_connector FOREIGN KEY (connector) REFERENCES connectors (sequence),
    CONSTRAINT ck_payments_initial_amount CHECK (length(initial_amount) = 38 AND trim(initial_amount, '0123456789') = ''),
    CONSTRAINT ck_payments_amount CHECK (length(amount) = 38 AND trim(amount, '0123456789') = '')
) STRICT;

CREATE INDEX ix_payments_created_at ON payments (created_at);
CREATE INDEX ix_payments_connector ON payments (connector, created_at);
CREATE INDEX ix_payments_reference ON payments (reference_start, created_at);
CREATE INDEX ix_payments_source_account ON payments (source_account_hash, created_at) WHERE source_account_hash IS NOT NULL;
CREATE INDEX ix_payments_destination_account ON payments (destination_account_hash, created_at) WHERE destination_account_hash IS NOT NULL;
CREATE INDEX ix_payments_type ON payments (type, created_at);
CREATE INDEX ix_payments_status ON payments (status, created_at);
CREATE INDEX ix_payments_scheme ON payments (scheme, created_at);
CREATE INDEX ix_payments_asset ON payments (asset, created_at);
CREATE INDEX ix_payments_amount ON payments (amount, created_at);

-- Few payments have another amount than their initial one. For the rest, the index on amount is enough.
CREATE INDEX ix_payments_initial_amount ON payments (initial_amount, created_at) WHERE initial_amount <> amount;

-- The number counts a payment's adjustments from 1 in the order they were written. Its unique key lets one writer at a time add the next.
-- reference_hash finds the payments of a provider's event; it is null for the payment's own reference. The class ReferenceHash computes it.
CREATE TABLE payment_adjustments (
    sequence INTEGER NOT NULL,
    payment INTEGER NOT NULL,
    number INTEGER NOT NULL,
    reference TEXT NOT NULL,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    amount TEXT NOT NULL,
    raw TEXT NOT NULL,
    reference_hash BLOB NULL,
    CONSTRAINT pk_payment_adjustments PRIMARY KEY (sequence),
    CONSTRAINT uq_payment_adjustments_number UNIQUE (payment, number),
    CONSTRAINT fk_payment_adjustments_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT ck_payment_adjustments_amount CHECK (length(amount) = 38 AND trim(amount, '0123456789') = '')
) STRICT;

CREATE INDEX ix_payment_adjustments_reference ON payment_adjustments (reference_hash) WHERE reference_hash IS NOT NULL;

-- Each metadata entry has two rows: one for its key and one for its key with its value. The class MetadataEntry computes the hashes.
CREATE TABLE payment_metadata (
    entry_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    payment INTEGER NOT NULL,
    CONSTRAINT pk_payment_metadata PRIMARY KEY (entry_hash, created_at, payment),
    CONSTRAINT fk_payment_metadata_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
) STRICT, WITHOUT ROWID;

-- The row of a deleted endpoint stays, because events refer to it. kinds adds up the values of EventKind; 0 means all.
CREATE TABLE webhooks (
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds INTEGER NOT NULL,
    description TEXT NULL,
    is_ordered INTEGER NOT NULL,
    secret_last_four TEXT NOT NULL,
    state TEXT NOT NULL,
    disabled_reason TEXT NULL,
    created_at TEXT NOT NULL,
    deleted_at TEXT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT pk_webhooks PRIMARY KEY (sequence),
    CONSTRAINT uq_webhooks_id UNIQUE (id)
) STRICT;

CREATE INDEX ix_webhooks_created_at ON webhooks (created_at);

-- How far the deliveries to an endpoint are, and the instance that delivers. owned_until is when another instance can take over.
CREATE TABLE webhook_cursors (
    webhook INTEGER NOT NULL,
    position INTEGER NOT NULL,
    owner TEXT NULL,
    owned_until TEXT NULL,
    failing_since TEXT NULL,
    CONSTRAINT pk_webhook_cursors PRIMARY KEY (webhook),
    CONSTRAINT fk_webhook_cursors_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence)
) STRICT;

-- Only deliveries that failed or that a caller requested. next_attempt_at is set as long as the delivery is pending.
CREATE TABLE webhook_deliveries (
    webhook INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt_count INTEGER NOT NULL,
    failure_count INTEGER NOT NULL,
    next_attempt_at TEXT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (webhook, position),
    CONSTRAINT fk_webhook_deliveries_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_webhook_deliveries_next_attempt_at ON webhook_deliveries (webhook, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX ix_webhook_deliveries_state ON webhook_deliveries (webhook, state, position);
CREATE INDEX ix_webhook_deliveries_delivered ON webhook_deliveries (updated_at) WHERE state = 'delivered';

CREATE TABLE webhook_attempts (
    webhook INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER NULL,
    error TEXT NULL,
    response TEXT NULL,
    CONSTRAINT pk_webhook_attempts PRIMARY KEY (webhook, position, at),
    CONSTRAINT fk_webhook_attempts_delivery FOREIGN KEY (webhook, position) REFERENCES webhook_deliveries (webhook, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_webhook_attempts_at ON webhook_attempts (at);

-- Encrypted. The purpose and row_id are part of what the encryption authenticates. number distinguishes the current secret of a row from earlier ones.
CREATE TABLE secrets (
    purpose TEXT NOT NULL,
    row_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    value TEXT NOT NULL,
    expires_at TEXT NULL,
    CONSTRAINT pk_secrets PRIMARY KEY (purpose, row_id, number)
) STRICT, WITHOUT ROWID;

-- The events that providers reported. They stay if their connector is uninstalled, so there is no foreign key. key_hash is the SHA-256 of
-- event_key. created_at is when the event was received. body is erased after the retention time.
CREATE TABLE inbox (
    sequence INTEGER NOT NULL,
    connector INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    event_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NULL,
    has_body INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NULL,
    payment INTEGER NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (sequence),
    CONSTRAINT uq_inbox_key UNIQUE (connector, key_hash),
    CONSTRAINT fk_inbox_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
) STRICT;

CREATE INDEX ix_inbox_connector ON inbox (connector, created_at);

-- An event is stored before its payment is known, so storing it writes nothing here.
CREATE INDEX ix_inbox_payment ON inbox (payment, created_at) WHERE payment IS NOT NULL;

-- Most events are applied.
CREATE INDEX ix_inbox_state ON inbox (state, connector, created_at) WHERE state <> 'applied';

-- For the retention.
CREATE INDEX ix_inbox_body ON inbox (created_at) WHERE has_body = 1;

-- What an event that is not applied waits for: a payment, an adjustment or an entry of metadata. The class ReferenceHash computes key_hash.
CREATE TABLE inbox_waits (
    key_hash BLOB NOT NULL,
    entry INTEGER NOT NULL,
    CONSTRAINT pk_inbox_waits PRIMARY KEY (key_hash, entry),
    CONSTRAINT fk_inbox_waits_entry FOREIGN KEY (entry) REFERENCES inbox (sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_inbox_waits_entry ON inbox_waits (entry);

-- How far events of the record have woken waiting events, and the instance that does this. owned_until is when another instance can take over.
CREATE TABLE inbox_worker (
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    owner TEXT NULL,
    owned_until TEXT NULL,
    CONSTRAINT pk_inbox_worker PRIMARY KEY (number)
) STRICT;

INSERT INTO inbox_worker (number, position) VALUES (1, 0);

-- The identity of the event record. A restored backup begins a new epoch, because events that were read before may be missing from it.
CREATE TABLE event_record (
    number INTEGER NOT NULL,
    store TEXT NOT NULL,
    epoch TEXT NOT NULL,
    CONSTRAINT pk_event_record PRIMARY KEY (number)
) STRICT;

INSERT INTO event_record (number, store, epoch) VALUES (1, lower(hex(randomblob(16))), lower(hex(randomblob(4))));

-- The authors of changes. kind is a value of ActorKind. The first one is the service itself.
CREATE TABLE actors (
    sequence INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_actors PRIMARY KEY (sequence),
    CONSTRAINT uq_actors_name UNIQUE (kind, name)
) STRICT;

INSERT INTO actors (kind, name) VALUES (5, 'payments');

-- One row for each change. kind is a value of EventKind, at is in milliseconds since 1970, changes has what was overwritten, and number is
-- that of the payment's last adjustment. revision counts the changes of the payment, account, connector or webhook. The class EventDigest
-- computes the fingerprints and the digest of the event and of the rows that it stands for. hash is the SHA-256 of the hash before and the
-- digest, so it depends on all events before.
CREATE TABLE events (
    position INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    payment INTEGER NULL,
    account INTEGER NULL,
    connector INTEGER NULL,
    webhook INTEGER NULL,
    revision INTEGER NOT NULL,
    number INTEGER NULL,
    at INTEGER NOT NULL,
    actor INTEGER NOT NULL,
    trace_id BLOB NULL,
    changes TEXT NULL,
    fingerprints BLOB NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (position),
    CONSTRAINT fk_events_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT fk_events_account FOREIGN KEY (account) REFERENCES accounts (sequence),
    CONSTRAINT fk_events_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence),
    CONSTRAINT fk_events_actor FOREIGN KEY (actor) REFERENCES actors (sequence)
) STRICT;

CREATE UNIQUE INDEX uq_events_payment ON events (payment, revision) WHERE payment IS NOT NULL;
CREATE UNIQUE INDEX uq_events_account ON events (account, revision) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX uq_events_connector ON events (connector, revision) WHERE connector IS NOT NULL;
CREATE UNIQUE INDEX uq_events_webhook ON events (webhook, revision) WHERE webhook IS NOT NULL;

CREATE TRIGGER tr_events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;

CREATE TRIGGER tr_events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;

-- The totals of payments for the overview, computed from the events. The class TotalsGrain has the values of grain. period is yyyymmdd; it ends
-- in 00 for a month and is 0 for all time. connector is 0 and scheme is empty if the grain does not separate them. A sum can have more
-- digits than an amount, so it is text that the service adds. Connectors with payments are never uninstalled, but no foreign key slows this down.
CREATE TABLE payment_totals (
    grain INTEGER NOT NULL,
    asset TEXT NOT NULL,
    type TEXT NOT NULL,
    period INTEGER NOT NULL,
    status TEXT NOT NULL,
    connector INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    payment_count INTEGER NOT NULL,
    initial_amount TEXT NOT NULL,
    amount TEXT NOT NULL,
    refunded TEXT NOT NULL,
    CONSTRAINT pk_payment_totals PRIMARY KEY (grain, asset, type, period, status, connector, scheme)
) STRICT, WITHOUT ROWID;

-- For their deletion, in the transaction that empties them.
CREATE INDEX ix_payment_totals_empty ON payment_totals (payment_count) WHERE payment_count = 0;

-- The last event that the totals count. last_change identifies the transaction that counted it, so that one instance counts each event.
CREATE TABLE payment_totals_position (
    number INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    position INTEGER NOT NULL,
    last_change BLOB NOT NULL,
    CONSTRAINT pk_payment_totals_position PRIMARY KEY (number)
) STRICT;

INSERT INTO payment_totals_position (number, epoch, position, last_change) SELECT 1, r.epoch, 0, zeroblob(16) FROM event_record AS r;

-- 0 to 99. A statement joins it to split one parameter that holds several hashes.
CREATE TABLE numbers (
    number INTEGER NOT NULL,
    CONSTRAINT pk_numbers PRIMARY KEY (number)
) STRICT;

WITH RECURSIVE counted (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM counted WHERE number < 99)
INSERT INTO numbers (number) SELECT number FROM counted;

-- One row that the readiness probe updates to find out whether the database accepts writes.
CREATE TABLE write_probe (
    number INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    CONSTRAINT pk_write_probe PRIMARY KEY (number)
) STRICT;

INSERT INTO write_probe (number, writes) VALUES (1, 0);
