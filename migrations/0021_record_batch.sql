SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- One message there and back for a batch: lock, check, record and, as a statement outside a transaction block, commit.
-- It is a function because the check is to see what the last holder of the lock committed: in READ COMMITTED each
-- statement of a volatile function has a snapshot of its own, taken after the lock was given.
CREATE FUNCTION record_batch(
    waits boolean,
    judged_at timestamptz,
    head_logs text,
    head_positions text,
    head_peaks bytea[],
    event_logs text,
    event_positions text,
    event_types text,
    event_entries bytea[],
    event_sealed bytea[],
    tag_logs text,
    tag_tags text,
    tag_positions text,
    tag_types text,
    command_logs text,
    command_keys bytea[],
    command_digests bytea[],
    command_positions text,
    command_times timestamptz[],
    command_results bytea[],
    batch_logs text,
    batch_positions text,
    batch_peaks bytea[],
    batch_times timestamptz[],
    OUT outcome integer,
    OUT clock timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    recorded CONSTANT integer := 0;
    passed_over CONSTANT integer := 1;
    late CONSTANT integer := 2;
    moved CONSTANT integer := 3;
    locked bigint[] := head_logs;
    rows bigint;
BEGIN
    IF waits THEN
        -- For who is to finish first, not for a stranger who stalls.
        PERFORM set_config('lock_timeout', '100ms', true);
        PERFORM FROM log_head WHERE log_id = ANY (locked) ORDER BY log_id FOR UPDATE;
    ELSE
        PERFORM FROM log_head WHERE log_id = ANY (locked) ORDER BY log_id FOR UPDATE SKIP LOCKED;
    END IF;
    GET DIAGNOSTICS rows = ROW_COUNT;
    clock := clock_timestamp();
    -- What waited for its lock, or was judged by a clock that is not this one, is to be judged again.
    IF rows < cardinality(locked) THEN
        outcome := passed_over;
        RETURN;
    END IF;
    IF clock - judged_at NOT BETWEEN interval '-0.25 s' AND interval '0.25 s' THEN
        outcome := late;
        RETURN;
    END IF;
    PERFORM
    FROM unnest(locked, head_positions::bigint[], head_peaks) AS expected (log_id, position, peaks)
    WHERE CASE
        WHEN expected.position = 0 THEN EXISTS (SELECT FROM batch WHERE batch.log_id = expected.log_id)
        ELSE expected.peaks IS DISTINCT FROM (
            SELECT CASE batch.position WHEN expected.position THEN batch.peaks END
            FROM batch WHERE batch.log_id = expected.log_id ORDER BY batch.position DESC LIMIT 1
        )
    END;
    IF FOUND THEN
        outcome := moved;
        RETURN;
    END IF;
    INSERT INTO command (log_id, key, digest, position, recorded_at, result)
    SELECT * FROM unnest(
        command_logs::bigint[], command_keys, command_digests, command_positions::bigint[], command_times, command_results
    );
    INSERT INTO event (log_id, position, type, entry, sealed)
    SELECT * FROM unnest(
        event_logs::bigint[], event_positions::bigint[], event_types::bigint[], event_entries, event_sealed
    );
    INSERT INTO event_tag (log_id, tag, position, type)
    SELECT * FROM unnest(tag_logs::bigint[], tag_tags::bigint[], tag_positions::bigint[], tag_types::bigint[]);
    INSERT INTO batch (log_id, position, peaks, recorded_at)
    SELECT * FROM unnest(batch_logs::bigint[], batch_positions::bigint[], batch_peaks, batch_times);
    outcome := recorded;
    clock := clock_timestamp();
END
$$;
COMMENT ON FUNCTION record_batch IS 'Records a batch under the locks of its logs; nothing, where a log stands elsewhere than it was judged for.';

REVOKE ALL ON FUNCTION record_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_batch TO hub_app;
