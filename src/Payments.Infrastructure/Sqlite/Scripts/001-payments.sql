-- Amounts are text padded to 38 digits: a NUMERIC column would turn them into floating point.
-- Instants are UTC text, yyyy-MM-dd HH:mm:ss.fffffff without trailing zeros, which sorts as time does.
CREATE TABLE connectors (
    sequence INTEGER NOT NULL,
    id_hash BLOB NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    installed_at TEXT NOT NULL,
    CONSTRAINT pk_connectors PRIMARY KEY (sequence),
    CONSTRAINT uq_connectors_id UNIQUE (id_hash),
    CONSTRAINT uq_connectors_name UNIQUE (provider, name_key)
) STRICT;

-- An account is looked up by its hash, which SQLite could not compute later, so it is kept from the first payment on.
CREATE TABLE payments (
    sequence INTEGER NOT NULL,
    id_hash BLOB NOT NULL,
    connector INTEGER NOT NULL,
    reference TEXT NOT NULL,
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
    first_metadata TEXT NOT NULL,
    metadata TEXT NOT NULL,
    metadata_revision INTEGER NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (sequence),
    CONSTRAINT uq_payments_id UNIQUE (id_hash),
    CONSTRAINT fk_payments_connector FOREIGN KEY (connector) REFERENCES connectors (sequence),
    CONSTRAINT ck_payments_initial_amount CHECK (length(initial_amount) = 38 AND initial_amount NOT GLOB '*[^0-9]*'),
    CONSTRAINT ck_payments_amount CHECK (length(amount) = 38 AND amount NOT GLOB '*[^0-9]*')
) STRICT;

-- The number counts a payment's adjustments from 1 in the order they were written; its key lets one writer at a time add the next.
CREATE TABLE payment_adjustments (
    sequence INTEGER NOT NULL,
    payment INTEGER NOT NULL,
    number INTEGER NOT NULL,
    reference TEXT NOT NULL,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    amount TEXT NOT NULL,
    raw TEXT NOT NULL,
    CONSTRAINT pk_payment_adjustments PRIMARY KEY (sequence),
    CONSTRAINT uq_payment_adjustments_number UNIQUE (payment, number),
    CONSTRAINT fk_payment_adjustments_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT ck_payment_adjustments_amount CHECK (length(amount) = 38 AND amount NOT GLOB '*[^0-9]*')
) STRICT;

-- Where a connector is uninstalled, its foreign key asks for what came through it; by time, for the list of one connector's payments.
CREATE INDEX ix_payments_connector ON payments (connector, created_at);

-- The list's order; SQLite adds the sequence to it by itself.
CREATE INDEX ix_payments_created_at ON payments (created_at);

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

CREATE INDEX ix_accounts_connector ON accounts (connector);
