-- name: standings
SELECT account, partnership, worker, agency, team, role, generation
FROM account_link
WHERE NOT ended AND ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR partnership = $2)
ORDER BY partnership, worker;

-- name: stand
-- Standing there again, after an end or in another role, ends the sessions of before.
INSERT INTO account_link AS link (account, partnership, worker, agency, team, role)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account, partnership, worker) DO UPDATE
SET agency = $4, team = $5, role = $6, ended = false, generation = link.generation + 1
WHERE link.ended OR (link.agency, link.team, link.role) IS DISTINCT FROM ($4, $5, $6);

-- name: end
UPDATE account_link SET ended = true, generation = generation + 1
WHERE account = $1 AND ($2::text IS NULL OR partnership = $2);

-- name: end_sessions
UPDATE account_link SET generation = generation + 1 WHERE account = $1;

-- name: credentials
SELECT credential, account, kind, finder, secret, used, made_at, used_at
FROM credential
WHERE account = $1
ORDER BY made_at, credential;

-- name: found
SELECT credential, account, kind, finder, secret, used, made_at, used_at FROM credential WHERE finder = $1;

-- name: keep
INSERT INTO credential (credential, account, kind, finder, secret, used, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING credential;

-- name: instead
DELETE FROM credential WHERE account = $1 AND credential = ANY($2::text[]);

-- name: drop
DELETE FROM credential WHERE account = $1 AND ($2::text IS NULL OR credential = $2);

-- name: use
UPDATE credential SET used = $2, used_at = $3
WHERE credential = $1 AND used < $2
RETURNING credential;

-- name: spend
UPDATE credential SET secret = $3, used_at = $4
WHERE credential = $1 AND secret = $2
RETURNING credential;
