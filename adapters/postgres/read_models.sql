-- The read models' statements. A transaction first says of which partnership, for which agency and on which ground it
-- reads, or row-level security gives it nothing.

-- name: enter
SELECT set_config('hub.partnership', $1, true), set_config('hub.agency', $2, true), set_config('hub.reach', $3, true),
    log.log_id, live.build, live.position
FROM log
LEFT JOIN projection AS live ON live.log_id = log.log_id AND live.live
WHERE log.partnership = $1 AND log.ledger = 'case';

-- name: reach
SELECT set_config('hub.reach', $1, true), set_config('hub.people', $2, true);

-- name: reached
SELECT EXISTS (
    SELECT FROM log
    JOIN projection ON projection.log_id = log.log_id AND projection.live
    WHERE log.partnership = $1 AND log.ledger = 'case' AND projection.position >= $2
);

-- name: row
SELECT body FROM read_model WHERE log_id = $1 AND build = $2 AND view = $3 AND key = $4;

-- name: rows
-- Here and below the build stands among what is asked for, as in the projector's statements: where nothing is known of
-- the table yet, the planner would read all rows of the view for each that is asked for.
WITH asked AS MATERIALIZED (
    SELECT $1::integer AS log_id, $2::integer AS build, $3::text COLLATE "C" AS view, one.key
    FROM unnest($4::text[]) AS one (key)
)
SELECT read_model.key, read_model.body
FROM asked
JOIN read_model
    ON read_model.log_id = asked.log_id AND read_model.build = asked.build AND read_model.view = asked.view
    AND read_model.key = asked.key;

-- name: listed_up
WITH place AS MATERIALIZED (
    SELECT log_id, build, view, sort, key FROM read_model_place
    WHERE log_id = $1 AND build = $2 AND view = $3 AND scope = $4
        AND (sort, key) > ($5::text COLLATE "C", $6::text COLLATE "C")
        AND sort >= $7::text COLLATE "C" AND sort < $8::text COLLATE "C"
    ORDER BY sort, key LIMIT $9
)
SELECT place.sort, place.key, read_model.body
FROM place
JOIN read_model
    ON read_model.log_id = place.log_id AND read_model.build = place.build AND read_model.view = place.view
    AND read_model.key = place.key
ORDER BY place.sort, place.key;

-- name: listed_down
WITH place AS MATERIALIZED (
    SELECT log_id, build, view, sort, key FROM read_model_place
    WHERE log_id = $1 AND build = $2 AND view = $3 AND scope = $4
        AND (sort, key) < ($5::text COLLATE "C", $6::text COLLATE "C")
        AND sort >= $7::text COLLATE "C" AND sort < $8::text COLLATE "C"
    ORDER BY sort DESC, key DESC LIMIT $9
)
SELECT place.sort, place.key, read_model.body
FROM place
JOIN read_model
    ON read_model.log_id = place.log_id AND read_model.build = place.build AND read_model.view = place.view
    AND read_model.key = place.key
ORDER BY place.sort DESC, place.key DESC;

-- name: under_up
SELECT key, body FROM read_model
WHERE log_id = $1 AND build = $2 AND view = $3 AND key > $4::text COLLATE "C" AND key < $5::text COLLATE "C"
ORDER BY key LIMIT $6;

-- name: under_down
SELECT key, body FROM read_model
WHERE log_id = $1 AND build = $2 AND view = $3 AND key > $4::text COLLATE "C" AND key < $5::text COLLATE "C"
ORDER BY key DESC LIMIT $6;

-- name: found
-- What a shared key tells is the less the more people have it: each counts by its part.
WITH asked AS MATERIALIZED (
    SELECT one.question, ARRAY(
        SELECT person_key.person FROM person_key
        WHERE person_key.log_id = $1 AND person_key.build = $2 AND person_key.key = one.key
        ORDER BY person_key.person LIMIT $6
    ) AS people
    FROM unnest($3::integer[], $4::bytea[]) AS one (question, key)
), share AS (
    SELECT asked.question, held.person,
        sum(floor($7::double precision / sqrt(cardinality(asked.people)))::bigint)::bigint AS of_all
    FROM asked CROSS JOIN LATERAL unnest(asked.people) AS held (person)
    GROUP BY asked.question, held.person
), placed AS (
    SELECT question, person, of_all, row_number() OVER ordered AS place, first_value(of_all) OVER ordered AS most
    FROM share WINDOW ordered AS (PARTITION BY question ORDER BY of_all DESC, person)
)
SELECT question, person FROM placed WHERE place <= $5 AND of_all * $8::bigint >= most ORDER BY question, place;

-- name: pairs
SELECT person, other, band, since FROM person_pair
WHERE log_id = $1 AND build = $2
ORDER BY band DESC, since, person, other LIMIT $3;

-- name: pairs_after
SELECT person, other, band, since FROM person_pair
WHERE log_id = $1 AND build = $2 AND band <= $3::integer
    AND (band < $3::integer OR (since, person, other) > ($4::timestamptz, $5::text COLLATE "C", $6::text COLLATE "C"))
ORDER BY band DESC, since, person, other LIMIT $7;

-- name: pair
SELECT person, other, band, since FROM person_pair
WHERE log_id = $1 AND build = $2 AND person = $3 AND other = $4;

-- name: pairs_waiting
SELECT band, count(*)::integer AS waiting, min(since) AS oldest,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY since) AS middle
FROM person_pair
WHERE log_id = $1 AND build = $2
GROUP BY band
ORDER BY band DESC;
