-- RFC 6749 §4.4: a client's token for itself leaves no row but its event.
CREATE OR REPLACE FUNCTION issue_token(
    p_tenant uuid, p_client uuid, p_client_id text, p_scope text, p_resource text, p_jti text, p_ip inet
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    IF NOT EXISTS (SELECT FROM tenants_tenant t, clients_client c
        WHERE t.id = p_tenant AND t.status = 'active' AND c.tenant_id = p_tenant AND c.id = p_client AND c.status = 'active')
    THEN
        PERFORM audit_record('token.denied', NULL, p_client_id, NULL, '', p_ip, 'client inactive', '{}');
        RETURN 'inactive';
    END IF;
    PERFORM audit_record('token.issued', NULL, p_client_id, NULL, '', p_ip, 'client_credentials',
        jsonb_build_object('scope', p_scope, 'resource', p_resource, 'jti', p_jti));
    RETURN 'ok';
END $$;
