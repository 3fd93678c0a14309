-- A report of a resource server, told apart by the id it gave: a batch that comes again changes nothing.
CREATE UNIQUE INDEX audit_event_report ON audit_auditevent (tenant_id, (data ->> 'report')) WHERE data ? 'report';

CREATE OR REPLACE FUNCTION audit_record_once(
    p_report text, p_at timestamptz, p_type text, p_user uuid, p_client text, p_grant uuid, p_flow text, p_ip inet,
    p_reason text, p_data jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_auditevent (type, user_id, client, grant_id, flow, ip, reason, data)
    VALUES (p_type, p_user, coalesce(p_client, ''), p_grant, coalesce(p_flow, ''), p_ip, coalesce(p_reason, ''),
            p_data || jsonb_build_object('report', p_report, 'at', p_at))
    ON CONFLICT (tenant_id, (data ->> 'report')) WHERE data ? 'report' DO NOTHING;
    RETURN FOUND;
END $$;
