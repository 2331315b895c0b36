-- no transaction
SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS token_of_account ON token (account) WHERE account IS NOT NULL;
