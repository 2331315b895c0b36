SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE tablet_seat (
    tablet bytea NOT NULL CHECK (octet_length(tablet) = 32),
    number bigint NOT NULL CHECK (number BETWEEN 1 AND 12),
    token_id text NOT NULL UNIQUE,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    pin bytea NOT NULL CHECK (octet_length(pin) = 32),
    tries bigint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (tablet, number)
);
COMMENT ON TABLE tablet_seat IS 'Who shares which tablet: the PIN only as a hash, the tablet only as the hash of its cookie.';
COMMENT ON COLUMN tablet_seat.tablet IS '[key] SHA-256 of the tablet''s cookie, which has 256 random bits.';
COMMENT ON COLUMN tablet_seat.number IS '[open] The seat''s number at this tablet.';
COMMENT ON COLUMN tablet_seat.token_id IS '[open] The session behind the seat.';
COMMENT ON COLUMN tablet_seat.salt IS '[key] The salt of this PIN.';
COMMENT ON COLUMN tablet_seat.pin IS '[key] scrypt of an HMAC of the PIN, under a key that is not in the database.';
COMMENT ON COLUMN tablet_seat.tries IS '[open] Wrong PINs since the last right one.';
COMMENT ON COLUMN tablet_seat.touched_at IS '[open] When the session was last used.';

GRANT SELECT, INSERT, DELETE ON tablet_seat TO hub_app;
GRANT UPDATE (token_id, tries, touched_at) ON tablet_seat TO hub_app;
