-- The projector's statements. A checkpoint moves by compare-and-set in the transaction that writes the rows, so that each
-- event is contained exactly once, however many projectors there are and wherever one of them dies.

-- name: log_number
SELECT log_id FROM log WHERE partnership = $1 AND ledger = 'case';

-- name: enter
SELECT set_config('hub.partnership', $1, true), set_config('hub.agency', '*', true);

-- name: live
SELECT build, position, views, stopped FROM projection WHERE log_id = $1 AND live;

-- name: begin
INSERT INTO projection (log_id, build, live, position, views)
SELECT $1, coalesce(max(build), 0) + 1, true, 0, $2 FROM projection WHERE log_id = $1
ON CONFLICT DO NOTHING;

-- name: advance
UPDATE projection
SET position = $4, stopped = NULL, holder = $5, lease_until = clock_timestamp() + $6::interval,
    updated_at = clock_timestamp()
WHERE log_id = $1 AND build = $2 AND position = $3 AND live = $7
    AND (holder = $5 OR lease_until < clock_timestamp());

-- name: stop
UPDATE projection SET stopped = $4 WHERE log_id = $1 AND build = $2 AND position = $3 AND stopped IS DISTINCT FROM $4;

-- name: release
UPDATE projection SET holder = NULL, lease_until = '-infinity' WHERE holder = $1;

-- name: load
-- Here and below the build stands among what is asked for, so that each row is looked up by its whole key: where the
-- table is so new that nothing is known of it, the planner takes a build for a handful of rows, and would read it all.
WITH asked AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.view, one.key
    FROM unnest($3::text[], $4::text[]) AS one (view, key)
)
SELECT read_model.view, read_model.key, read_model.body
FROM asked
JOIN read_model
    ON read_model.log_id = asked.log_id AND read_model.build = asked.build AND read_model.view = asked.view
    AND read_model.key = asked.key;

-- name: add_rows
INSERT INTO read_model (log_id, build, view, key, person, parties, body)
SELECT added.log_id, added.build, added.view, added.key, added.person, added.parties, added.body
FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
    AS added (log_id, build, view, key, person, parties, body);

-- name: change_rows
WITH changed AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.view, one.key, one.parties, one.body
    FROM unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) AS one (view, key, parties, body)
)
UPDATE read_model SET parties = changed.parties, body = changed.body
FROM changed
WHERE read_model.log_id = changed.log_id AND read_model.build = changed.build AND read_model.view = changed.view
    AND read_model.key = changed.key;

-- name: add_places
INSERT INTO read_model_place (log_id, build, view, scope, sort, key, person, parties)
SELECT added.log_id, added.build, added.view, added.scope, added.sort, added.key, added.person, added.parties
FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS added (log_id, build, view, scope, sort, key, person, parties);

-- name: remove_rows
WITH gone AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.view, one.key
    FROM unnest($3::text[], $4::text[]) AS one (view, key)
)
DELETE FROM read_model
USING gone
WHERE read_model.log_id = gone.log_id AND read_model.build = gone.build AND read_model.view = gone.view
    AND read_model.key = gone.key;

-- name: remove_places
WITH gone AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.view, one.scope, one.sort, one.key
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS one (view, scope, sort, key)
)
DELETE FROM read_model_place AS place
USING gone
WHERE place.log_id = gone.log_id AND place.build = gone.build AND place.view = gone.view AND place.scope = gone.scope
    AND place.sort = gone.sort AND place.key = gone.key;

-- name: write_person_keys
INSERT INTO person_key (log_id, build, key, person)
SELECT $1, $2, found.key, found.person
FROM unnest($3::bytea[], $4::text[]) AS found (key, person)
ON CONFLICT DO NOTHING;

-- name: remove_person_keys
WITH gone AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.key, one.person
    FROM unnest($3::bytea[], $4::text[]) AS one (key, person)
)
DELETE FROM person_key
USING gone
WHERE person_key.log_id = gone.log_id AND person_key.build = gone.build AND person_key.key = gone.key
    AND person_key.person = gone.person;

-- name: forget_person_keys
-- Of who was erased, in every build: the hashes cannot be worked out again, as the names cannot be opened.
DELETE FROM person_key WHERE log_id = $1 AND person = ANY ($2::text[]);

-- name: forget_pairs
DELETE FROM person_pair WHERE log_id = $1 AND (person = ANY ($2::text[]) OR other = ANY ($2::text[]));

-- name: write_concerns
INSERT INTO person_concern (log_id, build, person, agency)
SELECT $1, $2, one.person, one.agency
FROM unnest($3::text[], $4::text[]) AS one (person, agency)
ON CONFLICT DO NOTHING;

-- name: write_links
INSERT INTO person_link (log_id, build, person, other)
SELECT $1, $2, one.person, one.other
FROM unnest($3::text[], $4::text[]) AS one (person, other)
ON CONFLICT DO NOTHING;

-- name: remove_links
WITH gone AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, one.person, one.other
    FROM unnest($3::text[], $4::text[]) AS one (person, other)
)
DELETE FROM person_link
USING gone
WHERE person_link.log_id = gone.log_id AND person_link.build = gone.build AND person_link.person = gone.person
    AND person_link.other = gone.other;

-- name: begin_build
-- One build of a log at a time: who lost it, or died over it, is known by the lease.
INSERT INTO projection (log_id, build, live, position, views, holder, lease_until)
SELECT $1, coalesce(max(build), 0) + 1, false, 0, $2, $3, clock_timestamp() + $4::interval
FROM projection WHERE log_id = $1
HAVING coalesce(bool_and(live OR lease_until < clock_timestamp()), true)
RETURNING build;

-- name: lock_builds
SELECT build, live, position, views FROM projection WHERE log_id = $1 ORDER BY build FOR UPDATE;

-- name: set_live
UPDATE projection SET live = $3, holder = NULL, lease_until = '-infinity', updated_at = clock_timestamp()
WHERE log_id = $1 AND build = $2;

-- name: drop_rows
DELETE FROM read_model WHERE log_id = $1 AND build = $2;

-- name: drop_places
DELETE FROM read_model_place WHERE log_id = $1 AND build = $2;

-- name: drop_person_keys
DELETE FROM person_key WHERE log_id = $1 AND build = $2;

-- name: drop_pairs
DELETE FROM person_pair WHERE log_id = $1 AND build = $2;

-- name: drop_concerns
DELETE FROM person_concern WHERE log_id = $1 AND build = $2;

-- name: drop_links
DELETE FROM person_link WHERE log_id = $1 AND build = $2;

-- name: drop_build
DELETE FROM projection WHERE log_id = $1 AND build = $2 AND NOT live;

-- name: status
SELECT log.partnership, projection.build, projection.live, projection.position, projection.views, projection.stopped,
    projection.updated_at, coalesce(newest.position, 0) AS head
FROM projection
JOIN log ON log.log_id = projection.log_id
LEFT JOIN LATERAL (
    SELECT batch.position FROM batch WHERE batch.log_id = log.log_id ORDER BY batch.position DESC LIMIT 1
) AS newest ON true
ORDER BY log.partnership, projection.build;

-- name: waited
-- Whoever is at work on a log holds a lease on one of its builds.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(oldest.recorded_at)), 0)
FROM log
LEFT JOIN projection AS live ON live.log_id = log.log_id AND live.live
JOIN LATERAL (
    SELECT batch.recorded_at FROM batch
    WHERE batch.log_id = log.log_id AND batch.position > coalesce(live.position, 0)
    ORDER BY batch.position LIMIT 1
) AS oldest ON true
WHERE log.ledger = 'case' AND live.stopped IS NULL
    AND NOT EXISTS (
        SELECT FROM projection AS any_build
        WHERE any_build.log_id = log.log_id AND any_build.lease_until > clock_timestamp()
    );
