-- What redeem_code and rotate_refresh_token tell: how it ended, and of whom and what a token may speak.
CREATE TYPE token_state AS (
    outcome text, family_id uuid, grant_id uuid, user_id uuid, sub text, scope text, grant_scope text, resource text, nonce text,
    auth_time timestamptz, issued_at timestamptz, expires_at timestamptz, refreshable boolean, seed bytea
);

-- Read in the statement that acts on it, never cached: a suspension that was answered is final.
CREATE OR REPLACE FUNCTION parties_active(p_tenant uuid, p_client uuid, p_user uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM tenants_tenant WHERE id = p_tenant AND status = 'active')
       AND (p_client IS NULL OR EXISTS (SELECT FROM clients_client WHERE tenant_id = p_tenant AND id = p_client AND status = 'active'))
       AND (p_user IS NULL OR EXISTS (SELECT FROM users_user WHERE tenant_id = p_tenant AND id = p_user AND is_active))
$$;
