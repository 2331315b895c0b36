SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Which two records may be one human: found by the projector when it writes the keys by which people are found, which
-- opens names anyway. Nothing of what speaks for it stands here: that is worked out from the records when it is shown.
CREATE TABLE person_pair (
    log_id integer NOT NULL,
    build integer NOT NULL,
    person text COLLATE "C" NOT NULL,
    other text COLLATE "C" NOT NULL,
    band integer NOT NULL CHECK (band BETWEEN 1 AND 3),
    since timestamptz NOT NULL,
    PRIMARY KEY (log_id, build, person, other),
    CHECK (person < other)
);
CREATE INDEX person_pair_of_other ON person_pair (log_id, build, other);
CREATE INDEX person_pair_queue ON person_pair (log_id, build, band DESC, since, person, other);
COMMENT ON TABLE person_pair IS 'Two records that may be one human, and of which nobody has said so or otherwise yet.';
COMMENT ON COLUMN person_pair.log_id IS '[open] The log.';
COMMENT ON COLUMN person_pair.build IS '[open] The build that the row is part of.';
COMMENT ON COLUMN person_pair.person IS '[pseudonymous] A record.';
COMMENT ON COLUMN person_pair.other IS '[pseudonymous] The record that may be the same human, later in the order of ids.';
COMMENT ON COLUMN person_pair.band IS '[pseudonymous] How certain it is: 3 the same, 2 alike, 1 somebody was not sure or little speaks for it.';
COMMENT ON COLUMN person_pair.since IS '[open] When the last of what speaks for it was recorded.';

CREATE FUNCTION hub_concerned(of_log integer, of_build integer, one text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM person_concern AS concern
        WHERE concern.log_id = of_log AND concern.build = of_build AND concern.person = one
            AND concern.agency = current_setting('hub.agency', true)
    ) OR (
        EXISTS (
            SELECT FROM person_link AS link
            WHERE link.log_id = of_log AND link.build = of_build AND link.person = one
        )
        AND hub_concerned_by_link(of_log, of_build, one)
    )
$$;
COMMENT ON FUNCTION hub_concerned IS 'Whether a person, by any record of the same human, concerns the agency of this transaction.';

-- A pair is told where both people may be: that there is another record is itself told of both. Counts are of everybody.
ALTER TABLE person_pair ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_pair FORCE ROW LEVEL SECURITY;
CREATE POLICY partnership ON person_pair AS RESTRICTIVE USING (log_id = (SELECT hub_log()));
CREATE POLICY concern ON person_pair USING (
    (SELECT current_setting('hub.agency', true)) = '*'
    OR (SELECT current_setting('hub.reach', true)) IN ('office', 'figures')
    OR (hub_concerned(log_id, build, person) AND hub_concerned(log_id, build, other))
) WITH CHECK ((SELECT current_setting('hub.agency', true)) = '*');
CREATE POLICY system_removes ON person_pair AS RESTRICTIVE FOR DELETE
USING ((SELECT current_setting('hub.agency', true)) = '*');

GRANT SELECT, INSERT, UPDATE, DELETE ON person_pair TO hub_app;
