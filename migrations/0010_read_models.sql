SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- What people look at, folded from the log. Everything here can be folded again; personal values are as sealed here as
-- they are in the log. A build is one folding of a log from its beginning: one is live, the one before is kept.

CREATE FUNCTION hub_log() RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT log.log_id
    FROM log
    WHERE log.partnership = current_setting('hub.partnership', true) AND log.ledger = 'case'
$$;
COMMENT ON FUNCTION hub_log IS 'The log of the partnership that this transaction was opened for; none where it names none.';

CREATE TABLE projection (
    log_id integer NOT NULL,
    build integer NOT NULL CHECK (build >= 1),
    live boolean NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    views text NOT NULL,
    stopped text,
    holder text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log_id, build)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX projection_live ON projection (log_id) WHERE live;
COMMENT ON TABLE projection IS 'How far each build of a log''s read models has come: the one checkpoint of all its views.';
COMMENT ON COLUMN projection.log_id IS '[open] The log.';
COMMENT ON COLUMN projection.build IS '[open] Counts the foldings of this log.';
COMMENT ON COLUMN projection.live IS '[open] Whether this is the build that is looked at.';
COMMENT ON COLUMN projection.position IS '[open] The last event that its rows contain. Moves only together with them.';
COMMENT ON COLUMN projection.views IS '[open] The views and their versions; a build of others is not continued.';
COMMENT ON COLUMN projection.stopped IS '[open] Why it does not go on, where it does not.';
COMMENT ON COLUMN projection.holder IS '[open] Who projects it at present.';
COMMENT ON COLUMN projection.lease_until IS '[open] Until when nobody else does.';
COMMENT ON COLUMN projection.updated_at IS '[open] When it moved last.';

CREATE TABLE read_model (
    log_id integer NOT NULL,
    build integer NOT NULL,
    view text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (log_id, build, view, key)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE read_model IS 'The rows of all views.';
COMMENT ON COLUMN read_model.log_id IS '[open] The log.';
COMMENT ON COLUMN read_model.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN read_model.view IS '[open] The view.';
COMMENT ON COLUMN read_model.key IS '[pseudonymous] The row: ids and dates.';
COMMENT ON COLUMN read_model.body IS '[sealed] The row, its personal values sealed as in the log; the rest is pseudonymous.';

CREATE TABLE read_model_place (
    log_id integer NOT NULL,
    build integer NOT NULL,
    view text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    sort text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    PRIMARY KEY (log_id, build, view, scope, sort, key)
) PARTITION BY RANGE (log_id);
COMMENT ON TABLE read_model_place IS 'In which lists a row stands, and where.';
COMMENT ON COLUMN read_model_place.log_id IS '[open] The log.';
COMMENT ON COLUMN read_model_place.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN read_model_place.view IS '[open] The view.';
COMMENT ON COLUMN read_model_place.scope IS '[pseudonymous] Whose list: an agency''s, a worker''s, a person''s, a session''s.';
COMMENT ON COLUMN read_model_place.sort IS '[pseudonymous] The order in the list: dates and ids.';
COMMENT ON COLUMN read_model_place.key IS '[pseudonymous] The row.';

CREATE TABLE person_key (
    log_id integer NOT NULL,
    build integer NOT NULL,
    key bytea NOT NULL,
    person text COLLATE "C" NOT NULL,
    PRIMARY KEY (log_id, build, key, person)
);
COMMENT ON TABLE person_key IS 'By which keyed hashes a person is found.';
COMMENT ON COLUMN person_key.log_id IS '[open] The log.';
COMMENT ON COLUMN person_key.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN person_key.key IS '[pseudonymous] Keyed hash of what is searched for; the key lies in the key store.';
COMMENT ON COLUMN person_key.person IS '[pseudonymous] Who has it.';

-- COPY, by which a build is filled, knows no row-level security. So the rows lie in partitions that the application may
-- add to by their own names and never read by them: what it reads, it reads through the tables above.
CREATE TABLE read_model_case PARTITION OF read_model FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE read_model_place_case PARTITION OF read_model_place FOR VALUES FROM (1) TO (MAXVALUE);

-- Ciphertext does not compress; a row of a few kilobytes stays where it is.
ALTER TABLE read_model_case ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE read_model_case SET (toast_tuple_target = 8160);

DO $$
DECLARE
    part record;
    described record;
BEGIN
    FOR part IN
        SELECT child.relname AS name, parent.oid AS of
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
        JOIN pg_class AS parent ON parent.oid = pg_inherits.inhparent
        WHERE parent.oid IN ('read_model'::regclass, 'read_model_place'::regclass) AND child.relkind = 'r'
    LOOP
        EXECUTE format('COMMENT ON TABLE %I IS %L', part.name, obj_description(part.of, 'pg_class'));
        FOR described IN
            SELECT attname, col_description(part.of, attnum) AS words
            FROM pg_attribute WHERE attrelid = part.of AND attnum > 0 AND NOT attisdropped
        LOOP
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', part.name, described.attname, described.words);
        END LOOP;
    END LOOP;
    -- Many changed rows at once go by COPY into a temporary table, and from there.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO hub_app', current_database());
END
$$;

-- What concerns nobody in particular is not told either: a transaction that names no partnership reads no row. Lists of
-- an agency are read by that agency alone, or by the system ('*'). That somebody may see a row at all is decided by the
-- sharing policy, in one place; this holds the walls between partnerships where the application errs.
ALTER TABLE read_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE read_model FORCE ROW LEVEL SECURITY;
ALTER TABLE read_model_place ENABLE ROW LEVEL SECURITY;
ALTER TABLE read_model_place FORCE ROW LEVEL SECURITY;
ALTER TABLE person_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_key FORCE ROW LEVEL SECURITY;

CREATE POLICY partnership ON read_model USING (log_id = (SELECT hub_log()));
CREATE POLICY partnership ON person_key USING (log_id = (SELECT hub_log()));
CREATE POLICY partnership ON read_model_place USING (
    log_id = (SELECT hub_log())
    AND (
        left(scope, 7) <> 'agency:'
        OR split_part(substr(scope, 8), '/', 1) = (SELECT current_setting('hub.agency', true))
        OR (SELECT current_setting('hub.agency', true)) = '*'
    )
) WITH CHECK (log_id = (SELECT hub_log()));

GRANT SELECT, INSERT, UPDATE, DELETE ON projection, read_model, read_model_place, person_key TO hub_app;
GRANT INSERT ON read_model_case, read_model_place_case TO hub_app;
