-- The epochs of the keys that a database has seen.

-- name: newest
SELECT epoch, kek FROM key_epoch ORDER BY epoch DESC LIMIT 1;

-- name: record
INSERT INTO key_epoch (epoch, kek, began_at, moved_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;
