-- name: put
WITH gone AS (
    DELETE FROM one_time WHERE expires_at < $6 AND digest <> $1
)
INSERT INTO one_time (digest, kind, account, box, expires_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING digest;

-- name: look
SELECT box FROM one_time WHERE digest = $1 AND kind = $2 AND expires_at > $3;

-- name: take
DELETE FROM one_time WHERE digest = $1 AND kind = $2 AND expires_at > $3 RETURNING box;

-- name: forget
DELETE FROM one_time WHERE account = $1;

-- name: count
WITH gone AS (
    DELETE FROM sign_in_try WHERE began_at < $2::timestamptz - interval '1 day'
)
INSERT INTO sign_in_try AS known (key, began_at, tries)
SELECT given.key, $2, 1 FROM unnest($1::bytea[]) AS given (key) ORDER BY given.key
ON CONFLICT (key, began_at) DO UPDATE SET tries = known.tries + 1
RETURNING key, tries;

-- name: give_back
UPDATE sign_in_try SET tries = tries - 1 WHERE key = ANY($1::bytea[]) AND began_at = $2;
