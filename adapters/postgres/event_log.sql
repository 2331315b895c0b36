-- The event log's statements. Lists of numbers come as text ('{1,2}'), which is quicker to write and to read than an
-- array of their binary forms.

-- name: find_log
SELECT log_id, incarnation FROM log WHERE partnership = $1 AND ledger = $2;

-- name: first_event
SELECT type, entry FROM event WHERE log_id = $1 AND position = 1;

-- name: make_log
-- Two who make logs at once reckon the same number: one waits, adds nothing, and asks again.
WITH made AS (
    INSERT INTO log (log_id, partnership, ledger)
    SELECT CASE $2::text WHEN 'case' THEN greatest(max(log_id), 0) + 1 ELSE least(min(log_id), 0) - 1 END, $1, $2::text
    FROM log
    ON CONFLICT DO NOTHING
    RETURNING log_id
)
INSERT INTO log_head (log_id) SELECT log_id FROM made;

-- name: reseal
SELECT hub_reseal($1, $2, $3, $4);

-- name: all_heads
SELECT log.partnership, log.ledger, newest.position
FROM log
CROSS JOIN LATERAL (
    SELECT batch.position FROM batch WHERE batch.log_id = log.log_id ORDER BY batch.position DESC LIMIT 1
) AS newest;

-- name: newest_batch
SELECT position, peaks FROM batch WHERE log_id = $1 ORDER BY position DESC LIMIT 1;

-- name: lock_idle
-- A log whose head somebody holds is passed over: one stalled writer delays its own log only.
SELECT log_id FROM log_head WHERE log_id = ANY ($1::text::bigint[]) ORDER BY log_id FOR UPDATE SKIP LOCKED;

-- name: lock_waiting
SELECT log_id FROM log_head WHERE log_id = ANY ($1::text::bigint[]) ORDER BY log_id FOR UPDATE;

-- name: landed
-- Peaks hash all that a log holds: where a batch has ours, our batch it is.
SELECT EXISTS (SELECT FROM batch WHERE log_id = $1 AND position = $2 AND peaks = $3);

-- name: judge
-- Asked under the locks: where each log stands, which commands are known, and which conditions fail. An item of a
-- condition holds as soon as the rarest of its tags has nothing newer; only then are tags looked at together.
WITH item AS MATERIALIZED (  -- so that a list is read once, and not for each event that is looked at
    SELECT ordinal, log_id, after, tag, tags::bigint[] AS tags, types::bigint[] AS types
    FROM unnest($4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::bigint[], $8::text[], $9::text[])
        AS item (ordinal, log_id, after, tag, tags, types)
)
SELECT 0 AS kind, asked.log_id AS ordinal, newest.position, newest.recorded_at, newest.peaks AS first, NULL::bytea AS second
FROM unnest($1::text::bigint[]) AS asked (log_id)
CROSS JOIN LATERAL (
    SELECT position, recorded_at, peaks FROM batch WHERE log_id = asked.log_id ORDER BY position DESC LIMIT 1
) AS newest
UNION ALL
SELECT 1, 0, 0, clock_timestamp(), NULL, NULL
UNION ALL
SELECT 2, asked.ordinal, command.position, command.recorded_at, command.digest, command.result
FROM unnest($2::text::bigint[], $3::bytea[]) WITH ORDINALITY AS asked (log_id, key, ordinal)
JOIN command ON command.log_id = asked.log_id AND command.key = asked.key
UNION ALL
SELECT 3, asked.ordinal, 0, NULL, NULL, NULL
FROM item AS asked
WHERE CASE
    WHEN asked.tags IS NULL THEN EXISTS (
        SELECT FROM event_tag
        WHERE event_tag.log_id = asked.log_id AND event_tag.tag = asked.tag AND event_tag.position > asked.after
        AND (asked.types IS NULL OR event_tag.type = ANY (asked.types))
    )
    ELSE EXISTS (
        SELECT
        FROM (
            SELECT each.tag
            FROM unnest(asked.tags) AS each (tag)
            ORDER BY (
                SELECT count(*) FROM (
                    SELECT FROM event_tag
                    WHERE event_tag.log_id = asked.log_id AND event_tag.tag = each.tag
                    AND event_tag.position > asked.after
                    LIMIT 64
                ) AS counted
            )
            LIMIT 1
        ) AS rarest
        JOIN event_tag
            ON event_tag.log_id = asked.log_id AND event_tag.tag = rarest.tag AND event_tag.position > asked.after
        WHERE (asked.types IS NULL OR event_tag.type = ANY (asked.types))
        AND NOT EXISTS (
            SELECT FROM unnest(asked.tags) AS each (tag)
            WHERE NOT EXISTS (
                SELECT FROM event_tag AS other
                WHERE other.log_id = asked.log_id AND other.tag = each.tag AND other.position = event_tag.position
            )
        )
    )
END
UNION ALL
SELECT 3, asked.ordinal, 0, NULL, NULL, NULL
FROM unnest($10::text::bigint[], $11::text::bigint[], $12::text::bigint[], $13::text::bigint[])
    AS asked (ordinal, log_id, after, type)
WHERE EXISTS (
    SELECT FROM event
    WHERE event.log_id = asked.log_id AND event.type = asked.type
    -- written so that only the index on types will do, not a walk along the positions
    AND (event.type, event.position) > (asked.type, asked.after)
);

-- name: changed
-- How many logs do not stand where they were expected to.
SELECT count(*)
FROM unnest($1::text::bigint[], $2::text::bigint[], $3::bytea[]) AS expected (log_id, position, peaks)
WHERE CASE
    WHEN expected.position = 0 THEN EXISTS (SELECT FROM batch WHERE batch.log_id = expected.log_id)
    ELSE expected.peaks IS DISTINCT FROM (
        SELECT CASE batch.position WHEN expected.position THEN batch.peaks END
        FROM batch WHERE batch.log_id = expected.log_id ORDER BY batch.position DESC LIMIT 1
    )
END;

-- name: record
-- Lock, check and record. Outside a transaction block it commits, too: a batch is one way there and back.
SELECT outcome, clock FROM record_batch(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24
);

-- name: page
-- Whole pages of one log, and in the same snapshot where it stands.
SELECT position, entry, CASE WHEN $4 THEN sealed END AS sealed
FROM (SELECT position, entry, sealed FROM event WHERE log_id = $1 AND position > $2 ORDER BY position LIMIT $3) AS found
UNION ALL
(SELECT position, NULL, NULL FROM batch WHERE log_id = $1 ORDER BY position DESC LIMIT 1);

-- name: answer
-- The questions of many decisions at once, in one snapshot: heads, commands, and events by tags, by type alone.
WITH item AS MATERIALIZED (
    SELECT ordinal, log_id, after, most, tag, tags::bigint[] AS tags, types::bigint[] AS types, sealed
    FROM unnest(
        $5::text::bigint[], $6::text::bigint[], $7::text::bigint[], $8::text::bigint[], $9::text::bigint[], $10::text[],
        $11::text[], $12::text::boolean[]
    ) AS item (ordinal, log_id, after, most, tag, tags, types, sealed)
)
SELECT 0 AS kind, asked.log_id AS ordinal, newest.position, NULL::timestamptz AS recorded_at, NULL::bytea AS first,
    NULL::bytea AS second
FROM unnest($1::text::bigint[]) AS asked (log_id)
CROSS JOIN LATERAL (
    SELECT position FROM batch WHERE log_id = asked.log_id ORDER BY position DESC LIMIT 1
) AS newest
UNION ALL
SELECT 2, asked.ordinal, command.position, command.recorded_at, command.digest, command.result
FROM unnest($2::text::bigint[], $3::text::bigint[], $4::bytea[]) AS asked (ordinal, log_id, key)
JOIN command ON command.log_id = asked.log_id AND command.key = asked.key
UNION ALL
SELECT 3, asked.ordinal, leaf.position, NULL, leaf.entry, CASE WHEN asked.sealed THEN leaf.sealed END
FROM item AS asked
CROSS JOIN LATERAL (
    SELECT event_tag.position
    FROM event_tag
    WHERE event_tag.log_id = asked.log_id AND event_tag.position > asked.after
    AND event_tag.tag = CASE
        WHEN asked.tags IS NULL THEN asked.tag
        ELSE (
            SELECT each.tag
            FROM unnest(asked.tags) AS each (tag)
            ORDER BY (
                SELECT count(*) FROM (
                    SELECT FROM event_tag AS one
                    WHERE one.log_id = asked.log_id AND one.tag = each.tag AND one.position > asked.after
                    LIMIT 64
                ) AS counted
            )
            LIMIT 1
        )
    END
    AND (asked.types IS NULL OR event_tag.type = ANY (asked.types))
    AND (asked.tags IS NULL OR NOT EXISTS (
        SELECT FROM unnest(asked.tags) AS each (tag)
        WHERE NOT EXISTS (
            SELECT FROM event_tag AS other
            WHERE other.log_id = asked.log_id AND other.tag = each.tag AND other.position = event_tag.position
        )
    ))
    ORDER BY event_tag.position
    LIMIT asked.most
) AS found
-- written so that only the primary key gives the order: a plan that was made while the table was empty takes the index
-- on types as readily, and then walks all of a log for each event
CROSS JOIN LATERAL (
    SELECT event.position, event.entry, event.sealed
    FROM event
    WHERE event.log_id = asked.log_id AND event.position >= found.position
    ORDER BY event.position
    LIMIT 1
) AS leaf
UNION ALL
SELECT 3, asked.ordinal, found.position, NULL, found.entry, CASE WHEN asked.sealed THEN found.sealed END
FROM unnest(
    $13::text::bigint[], $14::text::bigint[], $15::text::bigint[], $16::text::bigint[], $17::text::bigint[],
    $18::text::boolean[]
) AS asked (ordinal, log_id, after, most, type, sealed)
CROSS JOIN LATERAL (
    SELECT event.position, event.entry, event.sealed
    FROM event
    WHERE event.log_id = asked.log_id AND event.type = asked.type
    -- written so that only the index on types will do, not a walk along the positions
    AND (event.type, event.position) > (asked.type, asked.after)
    ORDER BY event.position
    LIMIT asked.most
) AS found;
