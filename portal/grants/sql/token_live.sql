-- RFC 7662 §2.2: whether a token whose signature holds is still good: the scope that its grant has now ('' where a client
-- acts for itself), or NULL if it is not. Reads all that can revoke it.
CREATE OR REPLACE FUNCTION token_live(
    p_tenant uuid, p_server uuid, p_client_id text, p_sub text, p_grant uuid, p_family uuid, p_jti text
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    RETURN CASE WHEN EXISTS (SELECT FROM tenants_tenant WHERE id = p_tenant AND status = 'active')
        AND (p_server IS NULL OR EXISTS (
            SELECT FROM resources_resourceserver WHERE tenant_id = p_tenant AND id = p_server AND is_active))
        AND EXISTS (SELECT FROM clients_client WHERE tenant_id = p_tenant AND client_id = p_client_id AND status = 'active')
        AND NOT EXISTS (SELECT FROM grants_deniedtoken WHERE tenant_id = p_tenant AND jti = p_jti)
    THEN CASE WHEN p_grant IS NULL THEN '' ELSE (
        SELECT g.scope FROM grants_grant g
            JOIN grants_tokenfamily f ON f.tenant_id = g.tenant_id AND f.grant_id = g.id
            JOIN users_user u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
        WHERE g.tenant_id = p_tenant AND g.id = p_grant AND f.id = p_family AND u.sub = p_sub AND u.is_active
          AND g.revoked_at IS NULL AND g.expires_at > now() AND f.revoked_at IS NULL AND f.expires_at > now()) END END;
END $$;
