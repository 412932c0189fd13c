-- The order of the list of accounts.
CREATE INDEX ix_accounts_created_at ON accounts (created_at, sequence);
