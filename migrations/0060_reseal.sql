SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- What was recorded of one person and is of another is sealed anew under the other's keys (ADR 0027). The leaf is never
-- changed: a statement that names any column of an event but `sealed` is refused as before, to the owner too. The
-- application may not change events at all; it has one function, which replaces a sealed part that is as it was read.
DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['event', 'event_case', 'event_access']
    LOOP
        EXECUTE format('DROP TRIGGER refuse_change ON %I', part);
        EXECUTE format(
            'CREATE TRIGGER refuse_change BEFORE UPDATE OF log_id, position, type, entry OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER refuse_change', part);
    END LOOP;
END
$$;

CREATE FUNCTION hub_reseal(of_log bigint, at_position bigint, before bytea, after bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH replaced AS (
        UPDATE public.event SET sealed = after
        WHERE log_id = of_log AND position = at_position AND sealed = before AND after IS NOT NULL AND of_log > 0
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM replaced)
$$;
COMMENT ON FUNCTION hub_reseal IS 'Replaces the sealed part of an event of a case log, if it is as it was read. The leaf stays.';
REVOKE ALL ON FUNCTION hub_reseal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_reseal TO hub_app;
