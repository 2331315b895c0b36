-- By the database's owner: the application's role may not change of which incarnation a log is.

-- name: writers
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'hub log writer%';

-- name: log
SELECT log_id, incarnation FROM log WHERE partnership = $1 AND ledger = $2;

-- name: lock
SELECT log_id FROM log_head WHERE log_id = $1 FOR UPDATE;

-- name: newest
SELECT position, peaks, recorded_at FROM batch WHERE log_id = $1 ORDER BY position DESC LIMIT 1;

-- name: open
UPDATE log SET incarnation = incarnation + 1 WHERE log_id = $1;

-- name: event
INSERT INTO event (log_id, position, type, entry) VALUES ($1, $2, $3, $4);

-- name: batch
INSERT INTO batch (log_id, position, peaks, recorded_at) VALUES ($1, $2, $3, $4);

-- name: forget
-- What witnesses are known to have seen is of the incarnation that ended.
DELETE FROM log_witness WHERE log_id = $1;
