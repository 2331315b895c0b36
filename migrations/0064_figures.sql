SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Figures are counted from rows of their own, which say no more than is counted: no word and no need of a referral, and
-- not who saw whom at a hub.
CREATE OR REPLACE FUNCTION hub_reach() RETURNS text []
LANGUAGE sql STABLE AS $$
    SELECT CASE current_setting('hub.reach', true)
        WHEN 'register' THEN ARRAY['person', 'merge']
        WHEN 'figures' THEN ARRAY['luscombe', 'hub-arrival-count']
        WHEN 'oversight' THEN ARRAY['break-glass', 'disclosure']
    END
$$;
