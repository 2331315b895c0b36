SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Those who protect data review looks in an emergency and decisions to tell others, of everybody.
CREATE OR REPLACE FUNCTION hub_reach() RETURNS text []
LANGUAGE sql STABLE AS $$
    SELECT CASE current_setting('hub.reach', true)
        WHEN 'register' THEN ARRAY['person', 'merge']
        WHEN 'figures' THEN ARRAY['luscombe', 'referral', 'hub-arrival']
        WHEN 'oversight' THEN ARRAY['break-glass', 'disclosure']
    END
$$;
