SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- The application's role owns nothing, so that row-level security holds for it, and may do only what later files grant.
-- A role belongs to the whole cluster: another database, or whoever runs the cluster, may have made it before.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hub_app') THEN
        BEGIN
            CREATE ROLE hub_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the role hub_app is missing and % may not make it', current_user
                    USING ERRCODE = 'insufficient_privilege',
                    HINT = 'Have an administrator run: CREATE ROLE hub_app LOGIN;';
        END;
    END IF;
    IF EXISTS (
        SELECT FROM pg_catalog.pg_roles
        WHERE rolname = 'hub_app' AND (rolsuper OR rolbypassrls OR rolname = current_user)
    ) THEN
        RAISE EXCEPTION 'hub_app is a superuser, bypasses row-level security or is the owner: it may be none of these';
    END IF;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hub_app;
GRANT SELECT ON schema_migration TO hub_app;

-- Made by the runner, before the first file
COMMENT ON TABLE schema_migration IS 'Which migration files this database has had, and what they held then.';
COMMENT ON COLUMN schema_migration.name IS '[open] The file''s name.';
COMMENT ON COLUMN schema_migration.sha256 IS '[open] The hash of the file''s bytes: an applied file must not change.';
COMMENT ON COLUMN schema_migration.applied_at IS '[open] When it was applied.';
