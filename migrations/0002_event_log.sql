SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- The event log. Every key begins with log_id, which is also how the log is sharded when one machine is outgrown.
-- There are no foreign keys: a check of one locks the row it refers to, on every insert, and nothing here is ever deleted.

CREATE TABLE log (
    log_id bigint PRIMARY KEY CHECK (log_id <> 0),
    partnership text NOT NULL CHECK (partnership <> ''),
    ledger text NOT NULL CHECK (ledger IN ('case', 'access')),
    incarnation bigint NOT NULL DEFAULT 1 CHECK (incarnation >= 1),
    UNIQUE (partnership, ledger),
    -- The sign says the ledger, so that tables are partitioned by ledger on the column that every key begins with.
    CHECK ((ledger = 'case') = (log_id > 0))
);
COMMENT ON TABLE log IS 'The logs: one for each partnership and ledger, made by its first append.';
COMMENT ON COLUMN log.log_id IS '[open] Short name of the log in every key: positive for case, negative for access.';
COMMENT ON COLUMN log.partnership IS '[open] Whose log it is.';
COMMENT ON COLUMN log.ledger IS '[open] case: what was decided; access: who looked.';
COMMENT ON COLUMN log.incarnation IS '[open] One more after each restore below a size that witnesses have seen.';

-- A row that writers lock and nobody changes: the order of commits is the order of its holders. It is a table of its own
-- because an updated head would leave a dead version for each commit, which one old snapshot keeps from being cleared.
CREATE TABLE log_head (
    log_id bigint PRIMARY KEY
);
COMMENT ON TABLE log_head IS 'The row whose lock orders the writers of a log. Never updated.';
COMMENT ON COLUMN log_head.log_id IS '[open] The log.';

CREATE TABLE event (
    log_id bigint NOT NULL,
    position bigint NOT NULL CHECK (position >= 1),
    -- 64-bit keyed hashes are as wide as what alignment would pad a shorter number to, and need no directory to look
    -- up before an insert. The text of a type stands in the entry.
    type bigint NOT NULL,
    entry bytea NOT NULL,
    sealed bytea,
    PRIMARY KEY (log_id, position)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE event IS 'What happened: the leaves of each log''s Merkle tree, in commit order and without gaps.';
COMMENT ON COLUMN event.log_id IS '[open] The log.';
COMMENT ON COLUMN event.position IS '[open] From 1, gapless, in the order of commits; less one, the leaf''s index.';
COMMENT ON COLUMN event.type IS '[open] Keyed hash of the unversioned type: older code must not miss newer facts.';
COMMENT ON COLUMN event.entry IS '[pseudonymous] The leaf: canonical JSON bytes, never re-encoded.';
COMMENT ON COLUMN event.sealed IS '[sealed] Personal fields and salts under the keys of those they are about.';
-- Ciphertext does not compress, and the leaf of most events is too short to be worth it.
ALTER TABLE event ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE event_tag (
    log_id bigint NOT NULL,
    tag bigint NOT NULL,
    position bigint NOT NULL,
    type bigint NOT NULL,
    PRIMARY KEY (log_id, tag, position) INCLUDE (type)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE event_tag IS 'Under which tags decisions find an event; questions are answered from its index alone.';
COMMENT ON COLUMN event_tag.log_id IS '[open] The log.';
COMMENT ON COLUMN event_tag.tag IS '[pseudonymous] Keyed hash of the tag: no id stands in the index.';
COMMENT ON COLUMN event_tag.position IS '[open] The event.';
COMMENT ON COLUMN event_tag.type IS '[open] The event''s type, so that a question for types and tags needs no other table.';

CREATE TABLE command (
    log_id bigint NOT NULL,
    key bytea NOT NULL,
    digest bytea NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    result bytea NOT NULL,
    PRIMARY KEY (log_id, key)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE command IS 'The commands that were carried out, so that one sent again is answered and not repeated.';
COMMENT ON COLUMN command.log_id IS '[open] The log.';
COMMENT ON COLUMN command.key IS '[open] Names the command within its log, client and route.';
COMMENT ON COLUMN command.digest IS '[pseudonymous] Keyed digest of the request: the same key with another content is refused.';
COMMENT ON COLUMN command.position IS '[open] Its last event, or the head where it added none.';
COMMENT ON COLUMN command.recorded_at IS '[open] When it was recorded.';
COMMENT ON COLUMN command.result IS '[pseudonymous] What it was answered: ids, never personal content.';

CREATE TABLE batch (
    log_id bigint NOT NULL,
    position bigint NOT NULL CHECK (position >= 1),
    peaks bytea NOT NULL CHECK (octet_length(peaks) % 32 = 0 AND octet_length(peaks) >= 32),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, position)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE batch IS 'What was committed together: its last row says where a log stands and what all of it hashes to.';
COMMENT ON COLUMN batch.log_id IS '[open] The log.';
COMMENT ON COLUMN batch.position IS '[open] The last event of the batch: the size of the Merkle tree.';
COMMENT ON COLUMN batch.peaks IS '[open] The peaks of the Merkle tree (RFC 6962) at that size, the largest first.';
COMMENT ON COLUMN batch.recorded_at IS '[open] When its events were recorded; never before the batch that precedes it.';

CREATE TABLE event_case PARTITION OF event FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE event_access PARTITION OF event FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE event_tag_case PARTITION OF event_tag FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE event_tag_access PARTITION OF event_tag FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE command_case PARTITION OF command FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE command_access PARTITION OF command FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE batch_case PARTITION OF batch FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE batch_access PARTITION OF batch FOR VALUES FROM (MINVALUE) TO (0);

CREATE INDEX event_by_type ON event (log_id, type, position);

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is only ever added to: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION refuse_change IS 'Refuses to change or remove what was recorded, to the owner too.';

-- A partition is reached by its own name as well, so each table has its own trigger; ALWAYS, or a session that plays a
-- replica would pass by it. The partitions take over the descriptions of what they are parts of.
DO $$
DECLARE
    part record;
    described record;
BEGIN
    FOR part IN
        SELECT tree.relid::regclass AS name, root.name::regclass AS of
        FROM unnest(ARRAY['log_head', 'event', 'event_tag', 'command', 'batch']) AS root (name)
        CROSS JOIN LATERAL (
            SELECT root.name::regclass AS relid
            UNION
            SELECT inhrelid FROM pg_inherits WHERE inhparent = root.name::regclass
        ) AS tree
    LOOP
        EXECUTE format(
            'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part.name);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_change', part.name);
        IF part.name <> part.of THEN
            EXECUTE format('COMMENT ON TABLE %s IS %L', part.name, obj_description(part.of, 'pg_class'));
            FOR described IN
                SELECT attname, col_description(part.of, attnum) AS words
                FROM pg_attribute WHERE attrelid = part.of AND attnum > 0 AND NOT attisdropped
            LOOP
                EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', part.name, described.attname, described.words);
            END LOOP;
        END IF;
    END LOOP;
END
$$;

GRANT SELECT, INSERT ON log, log_head, event, event_tag, command, batch TO hub_app;
-- SELECT … FOR UPDATE asks for the right to update one column at least. The application is given it on the one column
-- of the one table that is only locked; the trigger refuses an update all the same.
GRANT UPDATE (log_id) ON log_head TO hub_app;
