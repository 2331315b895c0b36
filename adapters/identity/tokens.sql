-- name: holder
SELECT token_id, partnership, worker, agency, team, role, label, made_at, expires_at, revoked_at
FROM token
WHERE digest = $1;

-- name: keep
INSERT INTO token (token_id, digest, partnership, worker, agency, team, role, label, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: revoke
UPDATE token SET revoked_at = $2
WHERE token_id = $1 AND revoked_at IS NULL
RETURNING token_id;

-- name: all
SELECT token_id, partnership, worker, agency, team, role, label, made_at, expires_at, revoked_at
FROM token
WHERE $1::text IS NULL OR partnership = $1
ORDER BY made_at DESC, token_id;
