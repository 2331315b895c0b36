SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- A row says whom it is about and, where it is for its parties alone, who they are: the wall behind the sharing policy,
-- which gives an agency no row of anybody who does not concern it, whatever the application asks. Rows folded before do
-- not say it. They are taken away and folded again: until then there are none, rather than rows that anybody may read.
DELETE FROM projection;
TRUNCATE read_model, read_model_place, person_key;

-- Neither has a default: who writes a row without saying whom it is about is refused. No person is ''.
-- squawk-ignore adding-required-field
ALTER TABLE read_model ADD COLUMN person text COLLATE "C" NOT NULL;
ALTER TABLE read_model ADD COLUMN parties text;
-- squawk-ignore adding-required-field
ALTER TABLE read_model_place ADD COLUMN person text COLLATE "C" NOT NULL;
ALTER TABLE read_model_place ADD COLUMN parties text;
COMMENT ON COLUMN read_model.person IS '[pseudonymous] Whom the row is about; empty for nobody.';
COMMENT ON COLUMN read_model.parties IS '[pseudonymous] The agencies that the row is for alone, each between blanks; none where it is for all whom its person concerns.';
COMMENT ON COLUMN read_model_place.person IS '[pseudonymous] Whom the row is about; empty for nobody.';
COMMENT ON COLUMN read_model_place.parties IS '[pseudonymous] The agencies that the row is for alone, each between blanks; none where it is for all whom its person concerns.';

CREATE TABLE person_concern (
    log_id integer NOT NULL,
    build integer NOT NULL,
    person text COLLATE "C" NOT NULL,
    agency text COLLATE "C" NOT NULL,
    PRIMARY KEY (log_id, build, person, agency)
);
COMMENT ON TABLE person_concern IS 'Which agencies a person concerns: those that a fact about that person names.';
COMMENT ON COLUMN person_concern.log_id IS '[open] The log.';
COMMENT ON COLUMN person_concern.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN person_concern.person IS '[pseudonymous] The person.';
COMMENT ON COLUMN person_concern.agency IS '[pseudonymous] The agency.';

CREATE TABLE person_link (
    log_id integer NOT NULL,
    build integer NOT NULL,
    person text COLLATE "C" NOT NULL,
    other text COLLATE "C" NOT NULL,
    PRIMARY KEY (log_id, build, person, other)
);
COMMENT ON TABLE person_link IS 'Records of one human, each pair in both directions: whom the one concerns, the other concerns.';
COMMENT ON COLUMN person_link.log_id IS '[open] The log.';
COMMENT ON COLUMN person_link.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN person_link.person IS '[pseudonymous] A record.';
COMMENT ON COLUMN person_link.other IS '[pseudonymous] The record that it goes on under, or that goes on under it.';

-- Run only for rows of records that are linked, and not found to concern the agency by themselves.
CREATE FUNCTION hub_concerned_by_link(of_log integer, of_build integer, one text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE human (person) AS (
        SELECT one COLLATE "C"
        UNION
        SELECT link.other
        FROM human
        JOIN person_link AS link ON link.log_id = of_log AND link.build = of_build AND link.person = human.person
    )
    SELECT EXISTS (
        SELECT FROM human
        JOIN person_concern AS concern
            ON concern.log_id = of_log AND concern.build = of_build AND concern.person = human.person
            AND concern.agency = current_setting('hub.agency', true)
    )
$$;
COMMENT ON FUNCTION hub_concerned_by_link IS 'Whether any record of the same human concerns the agency of this transaction.';

-- The views that are read further than what concerns an agency, on the ground that the transaction has stated: the
-- register to find somebody in it, and what figures are counted from.
CREATE FUNCTION hub_reach() RETURNS text []
LANGUAGE sql STABLE AS $$
    SELECT CASE current_setting('hub.reach', true)
        WHEN 'register' THEN ARRAY['person', 'merge']
        WHEN 'figures' THEN ARRAY['luscombe', 'referral', 'hub-arrival']
    END
$$;
COMMENT ON FUNCTION hub_reach IS 'The views that may be read of everybody on the ground that this transaction has stated.';

ALTER TABLE person_concern ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_concern FORCE ROW LEVEL SECURITY;
ALTER TABLE person_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_link FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON person_concern USING (
    log_id = (SELECT hub_log())
    AND (
        agency = (SELECT current_setting('hub.agency', true))
        OR (SELECT current_setting('hub.agency', true)) = '*'
    )
) WITH CHECK (log_id = (SELECT hub_log()) AND (SELECT current_setting('hub.agency', true)) = '*');
CREATE POLICY partnership ON person_link USING (log_id = (SELECT hub_log()))
WITH CHECK (log_id = (SELECT hub_log()) AND (SELECT current_setting('hub.agency', true)) = '*');

DROP POLICY partnership ON person_key;
CREATE POLICY register ON person_key USING (
    log_id = (SELECT hub_log())
    AND (
        (SELECT current_setting('hub.agency', true)) = '*'
        OR (SELECT current_setting('hub.reach', true)) = 'register'
    )
) WITH CHECK (log_id = (SELECT hub_log()) AND (SELECT current_setting('hub.agency', true)) = '*');

-- Restrictive policies are joined by AND: the walls between partnerships do not depend on what stands within them. What is asked most often is asked first, and each lookup only where all before it said no. A
-- scalar subquery is looked up row by row; of an EXISTS, the planner may first gather every person of an agency.
DO $$
DECLARE
    part text;
BEGIN
    DROP POLICY partnership ON read_model;
    DROP POLICY partnership ON read_model_place;
    FOREACH part IN ARRAY ARRAY['read_model', 'read_model_place']
    LOOP
        EXECUTE format($policy$
            CREATE POLICY partnership ON %1$I AS RESTRICTIVE USING (log_id = (SELECT hub_log()))
        $policy$, part);
        EXECUTE format($policy$
            CREATE POLICY concern ON %1$I USING (
                (SELECT current_setting('hub.agency', true)) = '*'
                OR person = ''
                OR strpos(parties, (SELECT ' ' || current_setting('hub.agency', true) || ' ')) > 0
                OR person = ANY ((SELECT string_to_array(current_setting('hub.people', true), ' '))::text[])
                OR view = ANY ((SELECT hub_reach())::text[])
                OR (
                    parties IS NULL
                    AND (
                        (SELECT current_setting('hub.reach', true)) = 'office'
                        OR (
                            SELECT true FROM person_concern AS concern
                            WHERE concern.log_id = %1$I.log_id AND concern.build = %1$I.build
                                AND concern.person = %1$I.person
                                AND concern.agency = (SELECT current_setting('hub.agency', true))
                        )
                        OR (
                            (
                                SELECT true FROM person_link AS link
                                WHERE link.log_id = %1$I.log_id AND link.build = %1$I.build
                                    AND link.person = %1$I.person
                                LIMIT 1
                            )
                            AND hub_concerned_by_link(%1$I.log_id, %1$I.build, %1$I.person)
                        )
                    )
                )
            ) WITH CHECK ((SELECT current_setting('hub.agency', true)) = '*')
        $policy$, part);
    END LOOP;
END
$$;
-- A list of an agency is read by that agency alone.
CREATE POLICY own_list ON read_model_place AS RESTRICTIVE USING (
    left(scope, 7) <> 'agency:'
    OR split_part(substr(scope, 8), '/', 1) = (SELECT current_setting('hub.agency', true))
    OR (SELECT current_setting('hub.agency', true)) = '*'
);

-- Only the system writes, and what others may read they do not take away either.
DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['read_model', 'read_model_place', 'person_key', 'person_concern', 'person_link']
    LOOP
        EXECUTE format($policy$
            CREATE POLICY system_removes ON %1$I AS RESTRICTIVE FOR DELETE
            USING ((SELECT current_setting('hub.agency', true)) = '*')
        $policy$, part);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON person_concern, person_link TO hub_app;
