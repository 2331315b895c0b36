SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Those who protect data for the partnership's own body see whose record is to be looked at, of everybody.
CREATE OR REPLACE FUNCTION hub_reach() RETURNS text []
LANGUAGE sql STABLE AS $$
    SELECT CASE current_setting('hub.reach', true)
        WHEN 'register' THEN ARRAY['person', 'merge']
        WHEN 'figures' THEN ARRAY['luscombe', 'hub-arrival-count']
        WHEN 'oversight' THEN ARRAY['break-glass', 'disclosure', 'retention']
    END
$$;
