-- One event of the current tenant. The other functions call it in the transaction of what it tells of.
CREATE OR REPLACE FUNCTION audit_record(
    p_type text, p_user uuid, p_client text, p_grant uuid, p_flow text, p_ip inet, p_reason text, p_data jsonb
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit_auditevent (type, user_id, client, grant_id, flow, ip, reason, data)
    VALUES (p_type, p_user, coalesce(p_client, ''), p_grant, coalesce(p_flow, ''), p_ip, coalesce(p_reason, ''),
            coalesce(p_data, '{}'))
$$;
