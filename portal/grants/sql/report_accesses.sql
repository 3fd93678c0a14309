-- What a resource server's tokens were used for. A grant of another server's is not touched, and not named.
CREATE OR REPLACE FUNCTION report_accesses(p_tenant uuid, p_server uuid, p_ip inet, p_events jsonb)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE e record; accepted int := 0;
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    FOR e IN
        SELECT r.*, g.id AS known_grant, g.user_id, f.flow
        FROM jsonb_to_recordset(p_events) AS r(id text, at timestamptz, outcome text, tool text, scope text,
                                               grant_id uuid, family_id uuid, jti text, client_id text, sub text, reason text)
            LEFT JOIN grants_grant g ON g.tenant_id = p_tenant AND g.id = r.grant_id AND g.resource_server_id = p_server
            LEFT JOIN grants_tokenfamily f ON f.tenant_id = p_tenant AND f.id = r.family_id AND f.grant_id = g.id
        ORDER BY g.id, r.at, r.id  -- one order for all reports, so that two of them never wait for each other in a circle
    LOOP
        IF audit_record_once(p_server || ':' || e.id, e.at, 'access.' || e.outcome, e.user_id, e.client_id, e.known_grant,
                             e.flow, p_ip, coalesce(e.reason, ''),
                             jsonb_strip_nulls(jsonb_build_object('tool', e.tool, 'scope', e.scope, 'jti', e.jti, 'sub', e.sub)))
        THEN
            UPDATE grants_grant SET last_used_at = greatest(last_used_at, e.at), last_tool = left(coalesce(e.tool, ''), 120), uses = uses + 1
                WHERE tenant_id = p_tenant AND id = e.known_grant AND e.outcome = 'allowed';
        END IF;
        accepted := accepted + 1;
    END LOOP;
    RETURN accepted;
END $$;
