SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- A session of the browser is a token that was made from another, and ends with it.
ALTER TABLE token ADD COLUMN made_from text;
COMMENT ON COLUMN token.made_from IS '[open] The token that it was made from, which it does not outlive.';
