-- The order of the list of accounts; SQLite adds the sequence to it by itself.
CREATE INDEX ix_accounts_created_at ON accounts (created_at);
