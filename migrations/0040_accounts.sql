SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Who an account is, is decided in the directory log. These tables hold what a log must not, and what each request asks.
CREATE TABLE account_link (
    account text NOT NULL CHECK (account ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    partnership text NOT NULL CHECK (partnership <> ''),
    worker text NOT NULL CHECK (worker <> ''),
    agency text NOT NULL CHECK (agency <> ''),
    team text,
    role text NOT NULL CHECK (role <> ''),
    generation bigint NOT NULL DEFAULT 1,
    ended boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account, partnership, worker)
);
COMMENT ON TABLE account_link IS 'As which worker an account signs in where, and which of its sessions still hold.';
COMMENT ON COLUMN account_link.account IS '[pseudonymous] The account.';
COMMENT ON COLUMN account_link.partnership IS '[open] A partnership in which it signs in.';
COMMENT ON COLUMN account_link.worker IS '[pseudonymous] The worker that it is there.';
COMMENT ON COLUMN account_link.agency IS '[open] The agency that the worker acts for.';
COMMENT ON COLUMN account_link.team IS '[open] The worker''s team, where that is known.';
COMMENT ON COLUMN account_link.role IS '[open] The role in which the worker acts.';
COMMENT ON COLUMN account_link.generation IS '[open] Sessions and tokens of an earlier generation open nothing.';
COMMENT ON COLUMN account_link.ended IS '[open] Whether it signs in there no more.';

CREATE INDEX account_link_of_partnership ON account_link (partnership, worker);

CREATE TABLE credential (
    credential text PRIMARY KEY CHECK (credential ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    account text NOT NULL CHECK (account <> ''),
    kind text NOT NULL CHECK (kind <> ''),
    finder bytea UNIQUE CHECK (octet_length(finder) = 32),
    secret bytea NOT NULL,
    used bigint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE credential IS 'By what an account proves who it is. It counts only while the directory log says so.';
COMMENT ON COLUMN credential.credential IS '[open] Its public name; it opens nothing.';
COMMENT ON COLUMN credential.account IS '[pseudonymous] Whose it is.';
COMMENT ON COLUMN credential.kind IS '[open] Password, authenticator, passkey, recovery codes, another''s sign-in, keys of a machine.';
COMMENT ON COLUMN credential.finder IS '[pseudonymous] HMAC of the name, passkey or subject by which it is found.';
COMMENT ON COLUMN credential.secret IS '[key] argon2id of a keyed password, or sealed under a key that is not in the database.';
COMMENT ON COLUMN credential.used IS '[open] The last time step or signature count: what was used before is refused.';
COMMENT ON COLUMN credential.made_at IS '[open] Since when it is there.';
COMMENT ON COLUMN credential.used_at IS '[open] When it was last used.';

CREATE INDEX credential_of_account ON credential (account);

CREATE TABLE one_time (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    kind text NOT NULL CHECK (kind <> ''),
    account text,
    box bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE one_time IS 'What is good for one use: invitations, steps of a sign-in, assertions of machines.';
COMMENT ON COLUMN one_time.digest IS '[key] SHA-256 of a text of 256 random bits, or an HMAC of what may come once.';
COMMENT ON COLUMN one_time.kind IS '[open] What it is for.';
COMMENT ON COLUMN one_time.account IS '[pseudonymous] Whose it is, where that is known.';
COMMENT ON COLUMN one_time.box IS '[key] What goes with it, sealed under a key that is not in the database.';
COMMENT ON COLUMN one_time.expires_at IS '[open] Until when it may be used.';

CREATE INDEX one_time_expired ON one_time (expires_at);
CREATE INDEX one_time_of_account ON one_time (account);

CREATE TABLE sign_in_try (
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    began_at timestamptz NOT NULL,
    tries bigint NOT NULL,
    PRIMARY KEY (key, began_at)
);
COMMENT ON TABLE sign_in_try IS 'How often somebody tried to sign in, in a window of time.';
COMMENT ON COLUMN sign_in_try.key IS '[pseudonymous] HMAC of the name that was given, or of the network it came from.';
COMMENT ON COLUMN sign_in_try.began_at IS '[open] When the window began.';
COMMENT ON COLUMN sign_in_try.tries IS '[open] Tries in it.';

ALTER TABLE token ADD COLUMN account text;
ALTER TABLE token ADD COLUMN generation bigint;
COMMENT ON COLUMN token.account IS '[pseudonymous] The account that it was made for, whose end is its end.';
COMMENT ON COLUMN token.generation IS '[open] The generation of the account''s sessions that it belongs to.';

GRANT SELECT, INSERT ON account_link TO hub_app;
GRANT UPDATE (agency, team, role, generation, ended) ON account_link TO hub_app;
GRANT SELECT, INSERT, DELETE ON credential TO hub_app;
GRANT UPDATE (secret, used, used_at) ON credential TO hub_app;
GRANT SELECT, INSERT, DELETE ON one_time TO hub_app;
GRANT SELECT, INSERT, DELETE ON sign_in_try TO hub_app;
GRANT UPDATE (tries) ON sign_in_try TO hub_app;
