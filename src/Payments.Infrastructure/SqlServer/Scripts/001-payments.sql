-- Text that identifies is compared binary, never by the server's default, which ignores case.
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

-- An id can be longer than an index key may be, so payments and accounts are looked up by the SHA-256 of their ids.
CREATE TABLE payments (
    sequence bigint IDENTITY(1, 1) NOT NULL,
    id_hash binary(32) NOT NULL,
    connector bigint NOT NULL,
    reference nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
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
    first_metadata nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    metadata nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    metadata_revision int NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY CLUSTERED (sequence),
    CONSTRAINT uq_payments_id UNIQUE (id_hash),
    CONSTRAINT fk_payments_connector FOREIGN KEY (connector) REFERENCES connectors (sequence),
    CONSTRAINT ck_payments_initial_amount CHECK (initial_amount >= 0),
    CONSTRAINT ck_payments_amount CHECK (amount >= 0)
);

-- The number counts a payment's adjustments from 1 in the order they were written; its key lets one writer at a time add the next.
CREATE TABLE payment_adjustments (
    payment bigint NOT NULL,
    number int NOT NULL,
    reference nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at datetime2(7) NOT NULL,
    status varchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount decimal(38, 0) NOT NULL,
    raw nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT uq_payment_adjustments_number PRIMARY KEY CLUSTERED (payment, number),
    CONSTRAINT fk_payment_adjustments_payment FOREIGN KEY (payment) REFERENCES payments (sequence),
    CONSTRAINT ck_payment_adjustments_amount CHECK (amount >= 0)
);

-- Where a connector is uninstalled, its foreign key asks for what came through it; by time, for the list of one connector's payments.
CREATE INDEX ix_payments_connector ON payments (connector, created_at, sequence);

-- The list's order.
CREATE INDEX ix_payments_created_at ON payments (created_at, sequence);

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

CREATE INDEX ix_accounts_connector ON accounts (connector);
