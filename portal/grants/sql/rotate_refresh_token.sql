-- RFC 6749 §6, RFC 9700 §4.14.2: a refresh token becomes its successor, once; for a grace, again the same one (decision 2).
CREATE OR REPLACE FUNCTION rotate_refresh_token(
    p_tenant uuid, p_client uuid, p_client_id text, p_digest bytea, p_resource text, p_seed bytea,
    p_successor_digest bytea, p_idle_seconds int, p_grace_seconds int, p_ip inet
) RETURNS token_state LANGUAGE plpgsql AS $$
DECLARE token grants_refreshtoken; family grants_tokenfamily; live grants_grant; parties record; state token_state; event text;
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    -- Finds the family and decides nothing: only what is read again under the family's lock counts.
    SELECT * INTO token FROM grants_refreshtoken WHERE tenant_id = p_tenant AND digest = p_digest;
    SELECT * INTO family FROM grants_tokenfamily WHERE tenant_id = p_tenant AND id = token.family_id FOR UPDATE;
    SELECT * INTO token FROM grants_refreshtoken WHERE tenant_id = p_tenant AND id = token.id;
    SELECT * INTO live FROM grants_grant WHERE tenant_id = p_tenant AND id = family.grant_id FOR SHARE;
    SELECT u.sub, t.status = 'active' AND c.status = 'active' AND u.is_active AS active INTO parties
        FROM tenants_tenant t, clients_client c, users_user u
        WHERE t.id = p_tenant AND c.tenant_id = p_tenant AND c.id = p_client
          AND u.tenant_id = p_tenant AND u.id = family.user_id;
    state.outcome := CASE WHEN token.id IS NULL THEN 'unknown' WHEN family.client_id <> p_client THEN 'foreign'
        WHEN family.revoked_at IS NOT NULL OR live.revoked_at IS NOT NULL THEN 'revoked'
        WHEN least(family.expires_at, live.expires_at) <= now() THEN 'expired'
        WHEN parties.active IS NOT TRUE THEN 'inactive'
        WHEN p_resource <> family.resource THEN 'target'
        WHEN token.superseded_at IS NULL THEN CASE WHEN token.expires_at <= now() THEN 'expired' ELSE 'ok' END
        WHEN token.generation = family.generation - 1
            AND token.superseded_at > clock_timestamp() - make_interval(secs => p_grace_seconds) THEN 'raced'
        ELSE 'reused' END;
    IF state.outcome = 'ok' THEN
        token.superseded_at := date_trunc('milliseconds', clock_timestamp()); token.successor_seed := p_seed;
        UPDATE grants_refreshtoken SET superseded_at = token.superseded_at, successor_seed = p_seed
            WHERE tenant_id = p_tenant AND id = token.id;
        INSERT INTO grants_refreshtoken (tenant_id, id, digest, family_id, generation, expires_at)
            VALUES (p_tenant, gen_random_uuid(), p_successor_digest, family.id, token.generation + 1,
                    least(now() + make_interval(secs => p_idle_seconds), family.expires_at, live.expires_at));
        UPDATE grants_tokenfamily SET generation = token.generation + 1, last_used_at = now()
            WHERE tenant_id = p_tenant AND id = family.id;
    ELSIF state.outcome = 'reused' THEN
        UPDATE grants_tokenfamily SET revoked_at = now(), revoked_reason = 'refresh token reused'
            WHERE tenant_id = p_tenant AND id = family.id;
    END IF;
    event := CASE state.outcome WHEN 'ok' THEN 'token.refreshed' WHEN 'raced' THEN 'token.raced'
        WHEN 'reused' THEN 'token.reused' ELSE 'token.denied' END;
    PERFORM audit_record(event, family.user_id, p_client_id, family.grant_id, family.flow, p_ip,
        'refresh_token ' || state.outcome, jsonb_build_object('family', family.id, 'generation', token.generation));
    IF state.outcome IN ('ok', 'raced') THEN
        state.sub := parties.sub;
        state.family_id := family.id; state.grant_id := family.grant_id; state.user_id := family.user_id;
        state.scope := family.scope; state.grant_scope := live.scope; state.resource := family.resource; state.refreshable := true;
        state.issued_at := token.superseded_at; state.seed := token.successor_seed;
        state.expires_at := least(family.expires_at, live.expires_at);
    END IF;
    RETURN state;
END $$;
