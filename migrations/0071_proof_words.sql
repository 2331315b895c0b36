SET lock_timeout = '5s';
SET statement_timeout = '60s';

COMMENT ON TABLE log_checkpoint IS 'Signed checkpoints: how a log stood. Kept where they were cosigned, else for some minutes.';
