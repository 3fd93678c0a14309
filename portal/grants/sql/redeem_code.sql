-- RFC 6749 §4.1.3: a code becomes a family, once. Lock, check, mark spent, write, record (DESIGN, decisions 3-5).
CREATE OR REPLACE FUNCTION redeem_code(
    p_tenant uuid, p_client uuid, p_client_id text, p_digest bytea, p_redirect_uri text, p_challenge text,
    p_resource text, p_family uuid, p_refresh_digest bytea, p_idle_seconds int, p_ip inet
) RETURNS token_state LANGUAGE plpgsql AS $$
DECLARE code grants_authorizationcode; live grants_grant; parties record; state token_state; verified boolean;
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    SELECT * INTO code FROM grants_authorizationcode WHERE tenant_id = p_tenant AND digest = p_digest FOR UPDATE;
    verified := p_challenge <> '' AND code.code_challenge = p_challenge;
    state.outcome := CASE WHEN code.id IS NULL THEN 'unknown' WHEN code.client_id <> p_client THEN 'foreign'
        WHEN code.spent_at IS NOT NULL THEN CASE WHEN verified THEN 'replayed' ELSE 'spent' END
        WHEN p_resource <> code.resource THEN 'target' END;
    IF state.outcome = 'replayed' THEN
        -- One that is over is left to the cleaning, which takes the family before its code and would wait for this one.
        UPDATE grants_tokenfamily SET revoked_at = now(), revoked_reason = 'code replayed'
            WHERE tenant_id = p_tenant AND id = code.family_id AND revoked_at IS NULL AND expires_at > now();
    ELSIF state.outcome IS NULL THEN
        SELECT * INTO live FROM grants_grant WHERE tenant_id = p_tenant AND id = code.grant_id FOR SHARE;
        UPDATE grants_authorizationcode SET spent_at = now() WHERE tenant_id = p_tenant AND id = code.id;
        SELECT u.sub, t.status = 'active' AND c.status = 'active' AND u.is_active AS active INTO parties
            FROM tenants_tenant t, clients_client c, users_user u
            WHERE t.id = p_tenant AND c.tenant_id = p_tenant AND c.id = p_client
              AND u.tenant_id = p_tenant AND u.id = code.user_id;
        state.outcome := CASE WHEN code.expires_at <= now() THEN 'expired'
            WHEN code.redirect_uri <> p_redirect_uri THEN 'redirect_uri' WHEN verified IS NOT TRUE THEN 'verifier'
            WHEN live.revoked_at IS NOT NULL OR live.expires_at <= now() THEN 'revoked'
            WHEN parties.active IS NOT TRUE THEN 'inactive' ELSE 'ok' END;
    END IF;
    IF state.outcome <> 'ok' THEN
        PERFORM audit_record(CASE state.outcome WHEN 'replayed' THEN 'code.replayed' ELSE 'token.denied' END,
            code.user_id, p_client_id, code.grant_id, code.flow, p_ip, 'code ' || state.outcome, '{}');
        RETURN state;
    END IF;
    INSERT INTO grants_tokenfamily (tenant_id, id, grant_id, client_id, user_id, scope, asked, resource, flow, expires_at)
        VALUES (p_tenant, p_family, code.grant_id, p_client, code.user_id, code.scope, code.asked, code.resource,
                code.flow, live.expires_at);
    UPDATE grants_authorizationcode SET family_id = p_family WHERE tenant_id = p_tenant AND id = code.id;
    IF p_refresh_digest IS NOT NULL AND live.session_key = '' THEN
        INSERT INTO grants_refreshtoken (tenant_id, id, digest, family_id, generation, expires_at)
            VALUES (p_tenant, gen_random_uuid(), p_refresh_digest, p_family, 0,
                    least(now() + make_interval(secs => p_idle_seconds), live.expires_at));
        state.refreshable := true;
    END IF;
    PERFORM audit_record('token.issued', code.user_id, p_client_id, code.grant_id, code.flow, p_ip, 'authorization_code',
        jsonb_build_object('family', p_family, 'scope', code.scope, 'resource', code.resource));
    state.family_id := p_family; state.grant_id := code.grant_id; state.user_id := code.user_id; state.sub := parties.sub;
    state.scope := code.scope; state.grant_scope := live.scope; state.resource := code.resource; state.nonce := code.nonce;
    state.auth_time := code.auth_time; state.issued_at := now(); state.expires_at := live.expires_at;
    RETURN state;
END $$;
