-- The signer's statements, and those that proofs are read by.

-- name: log_number
SELECT log_id, incarnation FROM log WHERE partnership = $1 AND ledger = $2;

-- name: logs
-- Both of each partnership: the second may get its first entry any moment, and is to be known by then.
SELECT known.partnership || '/' || each.ledger AS log, coalesce(log.incarnation, 1) AS incarnation
FROM (SELECT DISTINCT partnership FROM log) AS known
CROSS JOIN (VALUES ('case'), ('access')) AS each (ledger)
LEFT JOIN log ON log.partnership = known.partnership AND log.ledger = each.ledger
ORDER BY known.partnership, each.ledger DESC;

-- name: mark
SELECT coalesce(proof.position, 0) AS position, proof.stopped, coalesce((
    SELECT batch.position FROM batch WHERE batch.log_id = log.log_id ORDER BY batch.position DESC LIMIT 1
), 0) AS head
FROM log
LEFT JOIN log_proof AS proof ON proof.log_id = log.log_id
WHERE log.log_id = $1;

-- name: begin
INSERT INTO log_proof (log_id, position) VALUES ($1, 0) ON CONFLICT DO NOTHING;

-- name: advance
UPDATE log_proof
SET position = $3, stopped = NULL, holder = $4, lease_until = clock_timestamp() + $5::interval,
    updated_at = clock_timestamp()
WHERE log_id = $1 AND position = $2 AND (holder = $4 OR lease_until < clock_timestamp())
RETURNING position;

-- name: stop
UPDATE log_proof SET stopped = $2 WHERE log_id = $1 AND stopped IS DISTINCT FROM $2;

-- name: resume
UPDATE log_proof SET stopped = NULL WHERE log_id = $1 AND stopped = $2;

-- name: release
UPDATE log_proof SET holder = NULL, lease_until = '-infinity' WHERE holder = $1;

-- name: tiles
WITH asked AS MATERIALIZED (
    SELECT $1::bigint AS log_id, one.level, one.number
    FROM unnest($2::bigint[], $3::bigint[]) AS one (level, number)
)
SELECT tile.level, tile.number, tile.hashes
FROM asked
JOIN log_tile AS tile ON tile.log_id = asked.log_id AND tile.level = asked.level AND tile.number = asked.number;

-- name: write_tiles
INSERT INTO log_tile (log_id, level, number, hashes)
SELECT $1, one.level, one.number, one.hashes
FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS one (level, number, hashes)
ON CONFLICT (log_id, level, number) DO UPDATE SET hashes = excluded.hashes;

-- name: peaks_at
SELECT peaks FROM batch WHERE log_id = $1 AND position = $2;

-- name: publish
INSERT INTO log_checkpoint (log_id, size, origin, root, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: forget
-- What nobody cosigned is of no use once something newer was signed; it stays for some minutes, while it may still be.
-- Only the newest are looked at: one is signed a second at most, so none is missed, however many were kept before.
DELETE FROM log_checkpoint AS old
WHERE old.log_id = $1 AND old.size < $2 AND old.signed_at < clock_timestamp() - interval '5 minutes'
    AND old.size >= coalesce((
        SELECT size FROM log_checkpoint WHERE log_id = $1 ORDER BY size DESC OFFSET 600 LIMIT 1
    ), 0)
    AND NOT EXISTS (
        SELECT FROM log_cosignature AS cosigned WHERE cosigned.log_id = old.log_id AND cosigned.size = old.size
    );

-- name: checkpoints
-- The newest, and the newest few that anybody cosigned.
WITH chosen AS (
    (SELECT size FROM log_checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1)
    UNION
    (SELECT DISTINCT size FROM log_cosignature WHERE log_id = $1 ORDER BY size DESC LIMIT 8)
)
SELECT one.size, one.origin, one.root, one.note, one.signed_at, cosigned.witness, cosigned.line, cosigned.cosigned_at
FROM chosen
JOIN log_checkpoint AS one ON one.log_id = $1 AND one.size = chosen.size
LEFT JOIN log_cosignature AS cosigned ON cosigned.log_id = $1 AND cosigned.size = chosen.size
ORDER BY one.size DESC, cosigned.witness;

-- name: lags
-- Of each kind of log, the one furthest behind: entries beyond the newest checkpoint that so many cosigned, and its age.
SELECT log.ledger, max(head.position - coalesce(proved.size, 0)) AS entries, max(
    CASE WHEN head.position > coalesce(proved.size, 0)
    THEN extract(epoch FROM clock_timestamp() - coalesce(proved.signed_at, head.recorded_at)) ELSE 0 END
)::double precision AS seconds
FROM log
CROSS JOIN LATERAL (
    SELECT batch.position, batch.recorded_at FROM batch WHERE batch.log_id = log.log_id
    ORDER BY batch.position DESC LIMIT 1
) AS head
LEFT JOIN LATERAL (
    SELECT one.size, one.signed_at FROM log_checkpoint AS one
    WHERE one.log_id = log.log_id AND $1 <= (
        SELECT count(*) FROM log_cosignature AS cosigned
        WHERE cosigned.log_id = one.log_id AND cosigned.size = one.size
    )
    ORDER BY one.size DESC LIMIT 1
) AS proved ON true
GROUP BY log.ledger;

-- name: witnesses
SELECT witness, size, asked_at, fault FROM log_witness WHERE log_id = $1 ORDER BY witness;

-- name: cosigned
INSERT INTO log_cosignature (log_id, size, witness, line, cosigned_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: heard
INSERT INTO log_witness (log_id, witness, size, asked_at, fault)
VALUES ($1, $2, $3, clock_timestamp(), $4)
ON CONFLICT (log_id, witness) DO UPDATE
SET size = greatest(log_witness.size, excluded.size), asked_at = excluded.asked_at, fault = excluded.fault;
