SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE token (
    token_id text PRIMARY KEY CHECK (token_id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    partnership text NOT NULL CHECK (partnership <> ''),
    worker text NOT NULL CHECK (worker <> ''),
    agency text NOT NULL CHECK (agency <> ''),
    team text,
    role text NOT NULL CHECK (role <> ''),
    label text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK (expires_at > made_at)
);
COMMENT ON TABLE token IS 'Bearer tokens: whom each names and until when. The secret is kept only as its hash.';
COMMENT ON COLUMN token.token_id IS '[open] The token''s public name; it opens nothing.';
COMMENT ON COLUMN token.digest IS '[key] SHA-256 of the token, which has 256 random bits.';
COMMENT ON COLUMN token.partnership IS '[open] The one partnership that the token serves.';
COMMENT ON COLUMN token.worker IS '[pseudonymous] The worker it names.';
COMMENT ON COLUMN token.agency IS '[open] The agency that the worker acts for.';
COMMENT ON COLUMN token.team IS '[open] The worker''s team, where that is known.';
COMMENT ON COLUMN token.role IS '[open] The role in which the worker acts.';
COMMENT ON COLUMN token.label IS '[open] What it was made for, in the words of whoever made it.';
COMMENT ON COLUMN token.made_at IS '[open] From when it holds.';
COMMENT ON COLUMN token.expires_at IS '[open] Until when it holds.';
COMMENT ON COLUMN token.revoked_at IS '[open] When it was ended early.';

CREATE INDEX token_of_partnership ON token (partnership, made_at);

GRANT SELECT, INSERT ON token TO hub_app;
GRANT UPDATE (revoked_at) ON token TO hub_app;
