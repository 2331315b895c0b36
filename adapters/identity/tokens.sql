-- name: holders
-- A token that was made from another is revoked as soon as either is; that of an account ends with its generation.
SELECT
    token.digest, token.token_id, token.partnership, token.worker, token.agency, token.team, token.role, token.label,
    token.made_at, token.expires_at, token.made_from, token.account, token.generation,
    coalesce(
        least(token.revoked_at, origin.revoked_at),
        CASE WHEN token.account IS NOT NULL AND link.account IS NULL THEN token.made_at END
    ) AS revoked_at
FROM token
LEFT JOIN token AS origin ON origin.token_id = token.made_from
LEFT JOIN account_link AS link
    ON link.account = token.account AND link.partnership = token.partnership AND link.worker = token.worker
    AND link.generation = token.generation AND NOT link.ended
WHERE token.digest = ANY($1::bytea[]);

-- name: keep
INSERT INTO token (
    token_id, digest, partnership, worker, agency, team, role, label, made_at, expires_at, made_from, account, generation
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: revoke
UPDATE token SET revoked_at = $2
WHERE token_id = $1 AND revoked_at IS NULL
RETURNING token_id;

-- name: all
SELECT
    token.token_id, token.partnership, token.worker, token.agency, token.team, token.role, token.label, token.made_at,
    token.expires_at, token.made_from, token.account, token.generation,
    coalesce(
        token.revoked_at, CASE WHEN token.account IS NOT NULL AND link.account IS NULL THEN token.made_at END
    ) AS revoked_at
FROM token
LEFT JOIN account_link AS link
    ON link.account = token.account AND link.partnership = token.partnership AND link.worker = token.worker
    AND link.generation = token.generation AND NOT link.ended
WHERE ($1::text IS NULL OR token.partnership = $1) AND ($2::text IS NULL OR token.account = $2)
ORDER BY token.made_at DESC, token.token_id;
