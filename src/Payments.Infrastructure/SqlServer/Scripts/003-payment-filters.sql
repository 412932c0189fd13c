-- What a list is filtered by. Each index goes on with the list's order. A reference can be longer than an index key may be;
-- of its first 64 characters each takes two places where the database's own collation counts what is beyond the 16th bit as one.
ALTER TABLE payments ADD reference_start nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_payments_reference_start DEFAULT N'';
GO

UPDATE payments SET reference_start = SUBSTRING(reference, 1, 64);

CREATE INDEX ix_payments_reference ON payments (reference_start, created_at, sequence);
CREATE INDEX ix_payments_source_account ON payments (source_account_hash, created_at, sequence) WHERE source_account_hash IS NOT NULL;
CREATE INDEX ix_payments_destination_account ON payments (destination_account_hash, created_at, sequence) WHERE destination_account_hash IS NOT NULL;
CREATE INDEX ix_payments_type ON payments (type, created_at, sequence);
CREATE INDEX ix_payments_status ON payments (status, created_at, sequence);
CREATE INDEX ix_payments_scheme ON payments (scheme, created_at, sequence);
CREATE INDEX ix_payments_asset ON payments (asset, created_at, sequence);
CREATE INDEX ix_payments_amount ON payments (amount, created_at, sequence);

CREATE INDEX ix_payments_initial_amount ON payments (initial_amount, created_at, sequence);

-- 0 to 99, to take a parameter of several hashes apart.
CREATE TABLE numbers (
    number int NOT NULL,
    CONSTRAINT pk_numbers PRIMARY KEY CLUSTERED (number)
);

INSERT INTO numbers (number)
SELECT 10 * tens.digit + ones.digit
FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS tens (digit)
CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS ones (digit);

-- A row for each key and one for each key with its value, by the hash that MetadataEntry makes. OPENJSON's key has a collation of its own,
-- and text of two collations is put together only where one is named.
CREATE TABLE payment_metadata (
    entry_hash binary(16) NOT NULL,
    created_at datetime2(7) NOT NULL,
    payment bigint NOT NULL,
    CONSTRAINT pk_payment_metadata PRIMARY KEY CLUSTERED (entry_hash, created_at, payment),
    CONSTRAINT fk_payment_metadata_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
);

INSERT INTO payment_metadata (entry_hash, created_at, payment)
SELECT CAST(HASHBYTES('SHA2_256', CONCAT(N':', e.[key])) AS binary(16)), p.created_at, p.sequence
FROM payments AS p
CROSS APPLY OPENJSON(p.metadata) AS e
UNION ALL
SELECT CAST(HASHBYTES('SHA2_256', CONCAT(DATALENGTH(e.[key]) / 2, N':', e.[key] COLLATE Latin1_General_100_BIN2, e.value)) AS binary(16)), p.created_at, p.sequence
FROM payments AS p
CROSS APPLY OPENJSON(p.metadata) AS e;
