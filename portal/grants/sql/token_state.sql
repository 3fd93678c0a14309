-- What redeem_code and rotate_refresh_token tell: how it ended, and of whom and what a token may speak.
CREATE TYPE token_state AS (
    outcome text, family_id uuid, grant_id uuid, user_id uuid, sub text, scope text, grant_scope text,
    resource text, nonce text, auth_time timestamptz, issued_at timestamptz, expires_at timestamptz, refreshable boolean, seed bytea
);
