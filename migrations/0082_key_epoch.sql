SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Which epochs of the keys this database has seen. It lies outside of the store of the keys on purpose: keys from before
-- the last epoch, brought back from a backup, are told by it and not used.

CREATE TABLE key_epoch (
    epoch bigint PRIMARY KEY CHECK (epoch > 0),
    kek text NOT NULL,
    began_at timestamptz NOT NULL,
    moved_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE key_epoch IS 'The epochs of the keys: since when everything is wrapped by which key-encryption key.';
COMMENT ON COLUMN key_epoch.epoch IS '[open] Its number.';
COMMENT ON COLUMN key_epoch.kek IS '[open] What the key-encryption key is called; it says nothing of the key.';
COMMENT ON COLUMN key_epoch.began_at IS '[open] Since when, as the store of the keys says.';
COMMENT ON COLUMN key_epoch.moved_by IS '[open] nightly, by-hand, or found where a start met it.';
COMMENT ON COLUMN key_epoch.recorded_at IS '[open] When this database came to know.';

GRANT SELECT, INSERT ON key_epoch TO hub_app;
