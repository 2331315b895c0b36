-- name: seats
SELECT
    seat.number, seat.salt, seat.pin, seat.tries, seat.touched_at, token.token_id, token.partnership, token.worker,
    token.agency, token.team, token.role, token.label, token.made_at, token.expires_at, token.made_from, token.account,
    token.generation, coalesce(
        least(token.revoked_at, origin.revoked_at),
        CASE WHEN token.account IS NOT NULL AND link.account IS NULL THEN token.made_at END
    ) AS revoked_at
FROM tablet_seat AS seat
JOIN token ON token.token_id = seat.token_id
LEFT JOIN token AS origin ON origin.token_id = token.made_from
LEFT JOIN account_link AS link
    ON link.account = token.account AND link.partnership = token.partnership AND link.worker = token.worker
    AND link.generation = token.generation AND NOT link.ended
WHERE seat.tablet = $1
ORDER BY seat.number;

-- name: clear
-- What has run out anywhere, and earlier seats of the same worker at this tablet.
DELETE FROM tablet_seat AS seat
USING token
LEFT JOIN token AS origin ON origin.token_id = token.made_from
LEFT JOIN account_link AS link
    ON link.account = token.account AND link.partnership = token.partnership AND link.worker = token.worker
    AND link.generation = token.generation AND NOT link.ended
WHERE
    token.token_id = seat.token_id AND (
        token.expires_at <= $2 OR token.revoked_at IS NOT NULL OR origin.revoked_at IS NOT NULL
        OR (token.account IS NOT NULL AND link.account IS NULL) OR (
            seat.tablet = $1 AND token.partnership = $3 AND token.agency = $4 AND token.worker = $5
        )
    );

-- name: join
INSERT INTO tablet_seat (tablet, number, token_id, salt, pin, touched_at)
SELECT $1, free.number, $2, $3, $4, $5
FROM generate_series(1, 12) AS free (number)
WHERE NOT EXISTS (SELECT FROM tablet_seat AS seat WHERE seat.tablet = $1 AND seat.number = free.number)
ORDER BY free.number
LIMIT 1
ON CONFLICT DO NOTHING
RETURNING number;

-- name: try_pin
UPDATE tablet_seat SET tries = tries + 1
WHERE tablet = $1 AND number = $2 AND tries < 5
RETURNING 5 - tries AS remaining;

-- name: sit_down
UPDATE tablet_seat SET token_id = $3, tries = 0, touched_at = $4
WHERE tablet = $1 AND number = $2;

-- name: touch
UPDATE tablet_seat SET touched_at = $2
WHERE token_id = $1 AND touched_at > $2::timestamptz - interval '5 minutes'
RETURNING number;

-- name: awake
SELECT number FROM tablet_seat
WHERE token_id = $1 AND touched_at > $2::timestamptz - interval '5 minutes';

-- name: leave
DELETE FROM tablet_seat WHERE token_id = $1;
