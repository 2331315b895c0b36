-- Possible duplicates: the statements of those who keep them, in the transaction that changes people.

-- name: crossed
-- Keys that became too common, or are so no more: whoever has one is compared anew. As in the projector's statements, log
-- and build stand among what is asked for: where nothing is known of the table yet, the planner would read all of it.
WITH asked AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.key, one.more
    FROM unnest($3::bytea[], $4::integer[]) AS one (key, more)
),
crossed AS MATERIALIZED (
    SELECT asked.log_id, asked.build, asked.key
    FROM asked
    CROSS JOIN LATERAL (
        SELECT count(*) AS holders FROM (
            SELECT FROM person_key
            WHERE person_key.log_id = asked.log_id AND person_key.build = asked.build AND person_key.key = asked.key
            LIMIT $5::integer + abs(asked.more) + 1
        ) AS having_it
    ) AS counted
    WHERE (counted.holders > $5::integer) <> (counted.holders - asked.more > $5::integer)
)
SELECT DISTINCT person_key.person
FROM crossed
JOIN person_key
    ON person_key.log_id = crossed.log_id AND person_key.build = crossed.build AND person_key.key = crossed.key;

-- name: holders
-- One more than are not too many.
WITH asked AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.key FROM unnest($3::bytea[]) AS one (key)
)
SELECT asked.key, held.person
FROM asked
CROSS JOIN LATERAL (
    SELECT person_key.person FROM person_key
    WHERE person_key.log_id = asked.log_id AND person_key.build = asked.build AND person_key.key = asked.key
    ORDER BY person_key.person
    LIMIT $4::integer + 1
) AS held;

-- name: sharing
-- All records that share a key, each two once.
WITH shared AS MATERIALIZED (
    SELECT array_agg(person ORDER BY person) AS held
    FROM person_key
    WHERE log_id = $1 AND build = $2
    GROUP BY key
    HAVING count(*) BETWEEN 2 AND $3::integer
)
SELECT DISTINCT one.person, other.person
FROM shared
CROSS JOIN LATERAL unnest(shared.held) WITH ORDINALITY AS one (person, turn)
CROSS JOIN LATERAL unnest(shared.held) WITH ORDINALITY AS other (person, turn)
WHERE other.turn > one.turn
ORDER BY one.person, other.person;

-- name: said
SELECT DISTINCT key FROM read_model_place
WHERE log_id = $1 AND build = $2 AND view = 'pair' AND scope = ANY ($3::text[]);

-- name: all_said
SELECT key, body FROM read_model WHERE log_id = $1 AND build = $2 AND view = 'pair';

-- name: forget
DELETE FROM person_pair
WHERE log_id = $1 AND build = $2 AND (person = ANY ($3::text[]) OR other = ANY ($3::text[]));

-- name: keep
INSERT INTO person_pair (log_id, build, person, other, band, since)
SELECT $1, $2, one.person, one.other, one.band, one.since
FROM unnest($3::text[], $4::text[], $5::integer[], $6::timestamptz[]) AS one (person, other, band, since)
ON CONFLICT DO NOTHING;
