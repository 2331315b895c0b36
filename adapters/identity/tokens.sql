-- name: holder
-- A token that was made from another is revoked as soon as either is.
SELECT
    token.token_id, token.partnership, token.worker, token.agency, token.team, token.role, token.label, token.made_at,
    token.expires_at, least(token.revoked_at, origin.revoked_at) AS revoked_at, token.made_from
FROM token
LEFT JOIN token AS origin ON origin.token_id = token.made_from
WHERE token.digest = $1;

-- name: keep
INSERT INTO token (token_id, digest, partnership, worker, agency, team, role, label, made_at, expires_at, made_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: revoke
UPDATE token SET revoked_at = $2
WHERE token_id = $1 AND revoked_at IS NULL
RETURNING token_id;

-- name: all
SELECT token_id, partnership, worker, agency, team, role, label, made_at, expires_at, revoked_at, made_from
FROM token
WHERE $1::text IS NULL OR partnership = $1
ORDER BY made_at DESC, token_id;
