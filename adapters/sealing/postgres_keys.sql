-- The statements of a key store in PostgreSQL: its own small database, never the one of the log.

-- name: tables
CREATE TABLE IF NOT EXISTS data_key (
    id text PRIMARY KEY,
    partnership text NOT NULL,
    subject text NOT NULL,
    class text NOT NULL,
    wrapped text,
    created_at text NOT NULL,
    destroyed_at text,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS data_key_live ON data_key (partnership, subject, class) WHERE destroyed_at IS NULL;
CREATE TABLE IF NOT EXISTS secret (name text PRIMARY KEY, wrapped text NOT NULL, created_at text NOT NULL);
CREATE TABLE IF NOT EXISTS key_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch integer NOT NULL,
    times bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE data_key IS 'Data keys, wrapped by the key in Vault. A destroyed one leaves its row.';
COMMENT ON TABLE secret IS 'The installation''s own keys, wrapped alike.';
COMMENT ON TABLE key_state IS 'The least version of the key in Vault that wraps anything, and how often keys were destroyed.';

-- name: alone
SELECT pg_advisory_xact_lock(7004302);

-- name: there
SELECT to_regclass('key_state') IS NOT NULL;

-- name: begin
INSERT INTO key_state (epoch) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: state
SELECT epoch, times, moved_at FROM key_state;

-- name: fence
-- Waits for an epoch that begins, and an epoch that begins waits for what is inserted under the one before.
SELECT epoch FROM key_state FOR SHARE;

-- name: by_id
SELECT key_state.times, data_key.id, data_key.wrapped
FROM key_state
LEFT JOIN data_key ON data_key.id = ANY ($1::text[]) AND data_key.destroyed_at IS NULL;

-- name: by_place
SELECT key_state.times, data_key.id, data_key.wrapped, data_key.partnership, data_key.subject, data_key.class
FROM key_state
LEFT JOIN (
    unnest($1::text[], $2::text[], $3::text[]) AS asked (partnership, subject, class)
    JOIN data_key USING (partnership, subject, class)
) ON data_key.destroyed_at IS NULL;

-- name: add
INSERT INTO data_key (id, partnership, subject, class, wrapped, created_at)
SELECT added.id, added.partnership, added.subject, added.class, added.wrapped, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    AS added (id, partnership, subject, class, wrapped)
ON CONFLICT (partnership, subject, class) WHERE destroyed_at IS NULL DO NOTHING;

-- name: secret
SELECT wrapped FROM secret WHERE name = $1;

-- name: add_secret
INSERT INTO secret (name, wrapped, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: secrets
SELECT name, created_at FROM secret WHERE starts_with(name, $1);

-- name: forget_secrets
WITH gone AS (DELETE FROM secret WHERE name = ANY ($1::text[]) RETURNING 1)
UPDATE key_state SET times = times + 1 WHERE EXISTS (SELECT FROM gone);

-- name: destroy
WITH gone AS (
    UPDATE data_key SET wrapped = NULL, destroyed_at = $1
    FROM unnest($2::text[], $3::text[], $4::text[]) AS erased (partnership, subject, at)
    WHERE data_key.destroyed_at IS NULL AND data_key.partnership = erased.partnership
        AND data_key.subject = erased.subject AND data_key.created_at <= erased.at
    RETURNING 1
),
counted AS (UPDATE key_state SET times = times + 1 WHERE EXISTS (SELECT FROM gone))
SELECT count(*) FROM gone;

-- name: try_move
SELECT pg_try_advisory_lock(7004303);

-- name: moved
SELECT pg_advisory_unlock(7004303);

-- name: begin_epoch
UPDATE key_state SET epoch = $1;

-- name: end_epoch
UPDATE key_state SET times = times + 1, moved_at = clock_timestamp();

-- name: older_keys
SELECT id AS name, wrapped FROM data_key
WHERE id > $1 AND destroyed_at IS NULL AND split_part(wrapped, ':', 2) <> $2 ORDER BY id LIMIT $3;

-- name: older_secrets
SELECT name, wrapped FROM secret WHERE name > $1 AND split_part(wrapped, ':', 2) <> $2 ORDER BY name LIMIT $3;

-- name: rewrap_keys
UPDATE data_key SET wrapped = anew.wrapped
FROM unnest($1::text[], $2::text[], $3::text[]) AS anew (name, before, wrapped)
WHERE data_key.id = anew.name AND data_key.wrapped = anew.before;

-- name: rewrap_secrets
UPDATE secret SET wrapped = anew.wrapped
FROM unnest($1::text[], $2::text[], $3::text[]) AS anew (name, before, wrapped)
WHERE secret.name = anew.name AND secret.wrapped = anew.before;
