-- What a list is filtered by. Each index goes on with the list's order, to which SQLite adds the sequence by itself.
ALTER TABLE payments ADD COLUMN reference_start TEXT NOT NULL DEFAULT '';

UPDATE payments SET reference_start = SUBSTRING(reference, 1, 64);

CREATE INDEX ix_payments_reference ON payments (reference_start, created_at);
CREATE INDEX ix_payments_source_account ON payments (source_account_hash, created_at) WHERE source_account_hash IS NOT NULL;
CREATE INDEX ix_payments_destination_account ON payments (destination_account_hash, created_at) WHERE destination_account_hash IS NOT NULL;
CREATE INDEX ix_payments_type ON payments (type, created_at);
CREATE INDEX ix_payments_status ON payments (status, created_at);
CREATE INDEX ix_payments_scheme ON payments (scheme, created_at);
CREATE INDEX ix_payments_asset ON payments (asset, created_at);
CREATE INDEX ix_payments_amount ON payments (amount, created_at);

-- Few payments have another amount than they were made with; of the others the index of the amount knows enough.
CREATE INDEX ix_payments_initial_amount ON payments (initial_amount, created_at) WHERE initial_amount <> amount;

-- 0 to 99, to take a parameter of several hashes apart.
CREATE TABLE numbers (
    number INTEGER NOT NULL,
    CONSTRAINT pk_numbers PRIMARY KEY (number)
) STRICT;

WITH RECURSIVE counted (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM counted WHERE number < 99)
INSERT INTO numbers (number) SELECT number FROM counted;

-- A row for each key and one for each key with its value, by the hashes that MetadataEntry makes; the service lends them to this script, for
-- json_each ends a text at its first NUL.
CREATE TABLE payment_metadata (
    entry_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    payment INTEGER NOT NULL,
    CONSTRAINT pk_payment_metadata PRIMARY KEY (entry_hash, created_at, payment),
    CONSTRAINT fk_payment_metadata_payment FOREIGN KEY (payment) REFERENCES payments (sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO payment_metadata (entry_hash, created_at, payment)
SELECT SUBSTRING(p.hashes, 16 * n.number + 1, 16), p.created_at, p.sequence
FROM (SELECT metadata_hashes(metadata) AS hashes, created_at, sequence FROM payments WHERE metadata <> '{}') AS p
INNER JOIN numbers AS n ON n.number < LENGTH(p.hashes) / 16;
