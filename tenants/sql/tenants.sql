-- The root tenant sees all tenants, every other itself; the owner role (migrations, and tenant_at) sees all.
ALTER TABLE tenants_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON tenants_tenant TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY itself ON tenants_tenant FOR SELECT
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY itself_change ON tenants_tenant FOR UPDATE
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY root ON tenants_tenant
    USING (nullif(current_setting('app.tenant', true), '') = '00000000-0000-4000-8000-000000000001');

-- The one question asked before a tenant is known: whose mount is this? It passes over row security, for one row.
-- pg_temp stands last: left out it would be searched first, and a temporary view could act as the owner.
CREATE FUNCTION tenant_at(p_mount text) RETURNS SETOF tenants_tenant
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM tenants_tenant WHERE mount = p_mount
$$;

CREATE FUNCTION portico_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'tenants_tenant' THEN
        PERFORM pg_notify('portico_changed', coalesce(NEW.id, OLD.id)::text);
    ELSE
        PERFORM pg_notify('portico_changed', coalesce(NEW.tenant_id, OLD.tenant_id)::text);
    END IF;
    RETURN NULL;
END $$;
