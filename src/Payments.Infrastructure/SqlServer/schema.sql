-- Creates the schema in an empty SQL Server database.
-- Text that identifies has a binary collation, because a server's default collation ignores case.
-- An index key has a size limit, so ids are found by their SHA-256 and references by their first 64 characters.
-- Each index on a list's table ends in the list's order: created_at, sequence.

-- The SHA-256 of this script, in hexadecimal digits. The service adds the row.
CREATE TABLE payments_schema (
    sha256 char(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_payments_schema PRIMARY KEY CLUSTERED (sha256)
);

CREATE TABLE connectors (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    id_hash binary(32) NOT NULL,
    provider varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference varchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    installed_at datetime2(7) NOT NULL,
    CONSTRAINT pk_connectors PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_connectors_id UNIQUE (id_hash),
    CONSTRAINT uq_connectors_name UNIQUE (provider, name_key)
);

-- The row of a connector moves here when it is uninstalled, so that its name and its id can be used again.
CREATE TABLE uninstalled_connectors (
    sequence bigint NOT NULL,
    id_hash binary(32) NOT NULL,
    provider varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference varchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    installed_at datetime2(7) NOT NULL,
    CONSTRAINT pk_uninstalled_connectors PRIMARY KEY CLUSTERED (sequence)
);

CREATE TABLE accounts (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    id_hash binary(32) NOT NULL,
    connector bigint NOT NULL,
    reference nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(2000) COLLATE Latin1_General_100_BIN2 NULL,
    default_asset varchar(64) COLLATE Latin1_General_100_BIN2 NULL,
    created_at datetime2(7) NOT NULL,
    metadata nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    raw nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_accounts_id UNIQUE (id_hash),
    CONSTRAINT fk_accounts_connector FOREIGN KEY (connector) REFERENCES connectors (sequence)
);

-- For the foreign key: uninstalling a connector looks for its accounts.
CREATE INDEX ix_accounts_connector ON accounts (connector);
CREATE INDEX ix_accounts_created_at ON accounts (created_at, sequence);

-- created_at, the amounts and status follow from the adjustments. metadata is the current metadata; if it was edited, reported_metadata
-- has what reports said and edited_metadata_keys the edited keys. last_change identifies the change that made the revision.
-- reference_start holds 64 characters, each of which may count as two in a database whose own collation does not know surrogate pairs.
CREATE TABLE payments (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    id_hash binary(32) NOT NULL,
    connector bigint NOT NULL,
    reference nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference_start nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    scheme varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    asset varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_account_id varchar(8000) COLLATE Latin1_General_100_BIN2 NULL,
    source_account_hash binary(32) NULL,
    destination_account_id varchar(8000) COLLATE Latin1_General_100_BIN2 NULL,
    destination_account_hash binary(32) NULL,
    created_at datetime2(7) NOT NULL,
    initial_amount decimal(38, 0) NOT NULL,
    amount decimal(38, 0) NOT NULL,
    status varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    metadata nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reported_metadata nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    edited_metadata_keys nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    revision int NOT NULL,
    last_change binary(16) NULL,
    CONSTRAINT pk_payments PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_payments_id UNIQUE (id_hash),
    CONSTRAINT fk_payments_connector FOREIGN KEY (connector) REFERENCES connectors (sequence),
    CONSTRAINT ck_payments_initial_amount CHECK (initial_amount >= 0),
    CONSTRAINT ck_payments_amount CHECK (amount >= 0)
);

CREATE INDEX ix_payments_created_at ON payments (created_at, sequence);
CREATE INDEX ix_payments_connector ON payments (connector, created_at, sequence);
CREATE INDEX ix_payments_reference ON payments (reference_start, created_at, sequence);
CREATE INDEX ix_payments_source_account ON payments (source_account_hash, created_at, sequence) WHERE source_account_hash IS NOT NULL;
CREATE INDEX ix_payments_destination_account ON payments (destination_account_hash, created_at, sequence) WHERE destination_account_hash IS NOT NULL;
CREATE INDEX ix_payments_type ON payments (type, created_at, sequence);
CREATE INDEX ix_payments_status ON payments (status, created_at, sequence);
CREATE INDEX ix_payments_scheme ON payments (scheme, created_at, sequence);
CREATE INDEX ix_payments_asset ON payments (asset, created_at, sequence);
CREATE INDEX ix_payments_amount ON payments (amount, created_at, sequence);
CREATE INDEX ix_payments_initial_amount ON payments (initial_amount, created_at, sequence);

-- The number counts a payment's adjustments from 1 in the order they were written. Its unique key lets one writer at a time add the next.
-- reference_hash finds the payments of a provider's event; it is null for the payment's own reference. The class ReferenceHash computes it.
CREATE TABLE payment_adjustments (
    payment bigint NOT NULL,
    number int NOT NULL,
    reference nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at datetime2(7) NOT NULL,
    status varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount decimal(38, 0) NOT NULL,
    raw nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference_hash binary(16) NULL,
    CONSTRAINT uq_payment_adjustments_number PRIMARY KEY CLUSTERED (payment, number),
    CONSTRAINT fk_payment_adjustments_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT ck_payment_adjustments_amount CHECK (amount >= 0)
);

CREATE INDEX ix_payment_adjustments_reference ON payment_adjustments (reference_hash) WHERE reference_hash IS NOT NULL;

-- Each metadata entry has two rows: one for its key and one for its key with its value. The class MetadataEntry computes the hashes.
CREATE TABLE payment_metadata (
    entry_hash binary(16) NOT NULL,
    created_at datetime2(7) NOT NULL,
    payment bigint NOT NULL,
    CONSTRAINT pk_payment_metadata PRIMARY KEY CLUSTERED (entry_hash, created_at, payment),
    CONSTRAINT fk_payment_metadata_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
);

-- The row of a deleted endpoint stays, because events refer to it. kinds adds up the values of EventKind; 0 means all.
CREATE TABLE webhooks (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    id varchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL,
    url nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kinds int NOT NULL,
    description nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL,
    is_ordered int NOT NULL,
    secret_last_four varchar(4) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    disabled_reason varchar(16) COLLATE Latin1_General_100_BIN2 NULL,
    created_at datetime2(7) NOT NULL,
    deleted_at datetime2(7) NULL,
    revision int NOT NULL,
    CONSTRAINT pk_webhooks PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_webhooks_id UNIQUE (id)
);

CREATE INDEX ix_webhooks_created_at ON webhooks (created_at, sequence);

-- How far the deliveries to an endpoint are, and the instance that delivers. owned_until is when another instance can take over.
CREATE TABLE webhook_cursors (
    webhook bigint NOT NULL,
    position bigint NOT NULL,
    owner varchar(32) COLLATE Latin1_General_100_BIN2 NULL,
    owned_until datetime2(7) NULL,
    failing_since datetime2(7) NULL,
    CONSTRAINT pk_webhook_cursors PRIMARY KEY CLUSTERED (webhook),
    CONSTRAINT fk_webhook_cursors_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence)
);

-- Only deliveries that failed or that a caller requested. next_attempt_at is set as long as the delivery is pending.
CREATE TABLE webhook_deliveries (
    webhook bigint NOT NULL,
    position bigint NOT NULL,
    state varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempt_count int NOT NULL,
    failure_count int NOT NULL,
    next_attempt_at datetime2(7) NULL,
    updated_at datetime2(7) NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY CLUSTERED (webhook, position),
    CONSTRAINT fk_webhook_deliveries_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence)
);

CREATE INDEX ix_webhook_deliveries_next_attempt_at ON webhook_deliveries (webhook, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX ix_webhook_deliveries_state ON webhook_deliveries (webhook, state, position);
CREATE INDEX ix_webhook_deliveries_delivered ON webhook_deliveries (updated_at) WHERE state = 'delivered';

CREATE TABLE webhook_attempts (
    webhook bigint NOT NULL,
    position bigint NOT NULL,
    at datetime2(7) NOT NULL,
    duration_ms int NOT NULL,
    status int NULL,
    error nvarchar(2000) COLLATE Latin1_General_100_BIN2 NULL,
    response nvarchar(1024) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_webhook_attempts PRIMARY KEY CLUSTERED (webhook, position, at),
    CONSTRAINT fk_webhook_attempts_delivery FOREIGN KEY (webhook, position) REFERENCES webhook_deliveries (webhook, position)
);

CREATE INDEX ix_webhook_attempts_at ON webhook_attempts (at);

-- Encrypted. The purpose and row_id are part of what the encryption authenticates. number distinguishes the current secret of a row from earlier ones.
CREATE TABLE secrets (
    purpose varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_id varchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number int NOT NULL,
    value nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expires_at datetime2(7) NULL,
    CONSTRAINT pk_secrets PRIMARY KEY CLUSTERED (purpose, row_id, number)
);

-- The events that providers reported. They stay if their connector is uninstalled, so there is no foreign key. key_hash is the SHA-256 of
-- event_key. created_at is when the event was received. body is erased after the retention time.
CREATE TABLE inbox (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    connector bigint NOT NULL,
    key_hash binary(32) NOT NULL,
    event_key nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at datetime2(7) NOT NULL,
    body nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    has_body int NOT NULL,
    state varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(2000) COLLATE Latin1_General_100_BIN2 NULL,
    payment bigint NULL,
    CONSTRAINT pk_inbox PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_inbox_key UNIQUE (connector, key_hash),
    CONSTRAINT fk_inbox_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
);

CREATE INDEX ix_inbox_connector ON inbox (connector, created_at, sequence);

-- An event is stored before its payment is known, so storing it writes nothing here.
CREATE INDEX ix_inbox_payment ON inbox (payment, created_at, sequence) WHERE payment IS NOT NULL;

-- Most events are applied.
CREATE INDEX ix_inbox_state ON inbox (state, connector, created_at, sequence) WHERE state <> 'applied';

-- For the retention.
CREATE INDEX ix_inbox_body ON inbox (created_at, sequence) WHERE has_body = 1;

-- What an event that is not applied waits for: a payment, an adjustment or an entry of metadata. The class ReferenceHash computes key_hash.
CREATE TABLE inbox_waits (
    key_hash binary(16) NOT NULL,
    entry bigint NOT NULL,
    CONSTRAINT pk_inbox_waits PRIMARY KEY CLUSTERED (key_hash, entry),
    CONSTRAINT fk_inbox_waits_entry FOREIGN KEY (entry) REFERENCES inbox (sequence)
);

CREATE INDEX ix_inbox_waits_entry ON inbox_waits (entry);

-- How far events of the record have woken waiting events, and the instance that does this. owned_until is when another instance can take over.
CREATE TABLE inbox_worker (
    number int NOT NULL,
    position bigint NOT NULL,
    owner varchar(32) COLLATE Latin1_General_100_BIN2 NULL,
    owned_until datetime2(7) NULL,
    CONSTRAINT pk_inbox_worker PRIMARY KEY CLUSTERED (number)
);

INSERT INTO inbox_worker (number, position) VALUES (1, 0);

-- The identity of the event record. A restored backup begins a new epoch, because events that were read before may be missing from it.
CREATE TABLE event_record (
    number int NOT NULL,
    store varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    epoch varchar(8) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_event_record PRIMARY KEY CLUSTERED (number)
);

INSERT INTO event_record (number, store, epoch)
VALUES (1, LOWER(REPLACE(CONVERT(char(36), NEWID()), '-', '')), LOWER(LEFT(CONVERT(char(36), NEWID()), 8)));

-- The authors of changes. kind is a value of ActorKind. The first one is the service itself.
CREATE TABLE actors (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    kind int NOT NULL,
    name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_actors PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_actors_name UNIQUE (kind, name)
);

INSERT INTO actors (kind, name) VALUES (5, 'payments');

-- One row for each change. kind is a value of EventKind, at is in milliseconds since 1970, changes has what was overwritten, and number is
-- that of the payment's last adjustment. revision counts the changes of the payment, account, connector or webhook. The class EventDigest
-- computes the fingerprints and the digest of the event and of the rows that it stands for.
-- sequence is drawn before the commit, so it has gaps and commits out of order. The class EventSealing gives committed events their position.
-- Until then hash is the digest; then it is the SHA-256 of the hash before and the digest, so it depends on all events before.
CREATE TABLE events (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    position bigint NULL,
    kind int NOT NULL,
    payment bigint NULL,
    account bigint NULL,
    connector bigint NULL,
    webhook bigint NULL,
    revision int NOT NULL,
    number int NULL,
    at bigint NOT NULL,
    actor bigint NOT NULL,
    trace_id binary(16) NULL,
    changes nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    fingerprints varbinary(64) NOT NULL,
    hash binary(32) NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT fk_events_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT fk_events_account FOREIGN KEY (account) REFERENCES accounts (sequence),
    CONSTRAINT fk_events_webhook FOREIGN KEY (webhook) REFERENCES webhooks (sequence),
    CONSTRAINT fk_events_actor FOREIGN KEY (actor) REFERENCES actors (sequence)
);

CREATE UNIQUE INDEX uq_events_position ON events (position) WHERE position IS NOT NULL;
CREATE INDEX ix_events_unsealed ON events (sequence) INCLUDE (hash) WHERE position IS NULL;
CREATE UNIQUE INDEX uq_events_payment ON events (payment, revision) WHERE payment IS NOT NULL;
CREATE UNIQUE INDEX uq_events_account ON events (account, revision) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX uq_events_connector ON events (connector, revision) WHERE connector IS NOT NULL;
CREATE UNIQUE INDEX uq_events_webhook ON events (webhook, revision) WHERE webhook IS NOT NULL;

-- The totals of payments for the overview, computed from the events. The class TotalsGrain has the values of grain. period is yyyymmdd; it ends
-- in 00 for a month and is 0 for all time. connector is 0 and scheme is empty if the grain does not separate them. A sum can have more
-- digits than an amount, so it is text that the service adds. Connectors with payments are never uninstalled, but no foreign key slows this down.
CREATE TABLE payment_totals (
    grain int NOT NULL,
    asset varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period int NOT NULL,
    status varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    connector bigint NOT NULL,
    scheme varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    payment_count bigint NOT NULL,
    initial_amount varchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount varchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    refunded varchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_payment_totals PRIMARY KEY CLUSTERED (grain, asset, type, period, status, connector, scheme)
);

-- For their deletion, in the transaction that empties them.
CREATE INDEX ix_payment_totals_empty ON payment_totals (payment_count) WHERE payment_count = 0;

-- The last event that the totals count. last_change identifies the transaction that counted it, so that one instance counts each event.
CREATE TABLE payment_totals_position (
    number int NOT NULL,
    epoch varchar(8) COLLATE Latin1_General_100_BIN2 NOT NULL,
    position bigint NOT NULL,
    last_change binary(16) NOT NULL,
    CONSTRAINT pk_payment_totals_position PRIMARY KEY CLUSTERED (number)
);

INSERT INTO payment_totals_position (number, epoch, position, last_change) SELECT 1, r.epoch, 0, CAST(0x00 AS binary(16)) FROM event_record AS r;

-- 0 to 99. A statement joins it to split one parameter that holds several hashes.
CREATE TABLE numbers (
    number int NOT NULL,
    CONSTRAINT pk_numbers PRIMARY KEY CLUSTERED (number)
);

INSERT INTO numbers (number)
SELECT 10 * tens.digit + ones.digit
FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS tens (digit)
CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS ones (digit);

-- One row that the readiness probe updates to find out whether the database accepts writes.
CREATE TABLE write_probe (
    number int NOT NULL,
    writes bigint NOT NULL,
    CONSTRAINT pk_write_probe PRIMARY KEY CLUSTERED (number)
);

INSERT INTO write_probe (number, writes) VALUES (1, 0);
