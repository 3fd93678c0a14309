from pathlib import Path

from django.db import migrations

from tenants.functions import load
from tenants.row_security import Reference, protect

SQL = Path(__file__).parent.parent / "sql"

USER = {"user_id": Reference("users_user")}
CLIENT = {"client_id": Reference("clients_client")}
# What is issued on a grant is its client's and its user's: proved by the grant's row, in the one look-up there is anyway.
GRANT = {"grant_id": Reference("grants_grant", along=("client_id", "user_id"))}
FAMILY = {"family_id": Reference("grants_tokenfamily")}


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0001_initial"),
        ("users", "0002_row_security"),
        ("clients", "0002_row_security"),
        ("resources", "0002_row_security"),
        ("audit", "0002_row_security"),
    ]

    # Below a grant no key leads to the tenant's, the client's or the user's own row, which every token request would
    # share-lock.
    operations = [
        protect("grants_grant", {**USER, **CLIENT, "resource_server_id": Reference("resources_resourceserver")}),
        migrations.RunSQL(
            "ALTER TABLE grants_grant ADD CONSTRAINT grants_grant_parties UNIQUE (tenant_id, id, client_id, user_id)",
            "ALTER TABLE grants_grant DROP CONSTRAINT grants_grant_parties",
        ),
        protect("grants_tokenfamily", GRANT, tenant_key=False),
        protect("grants_authorizationcode", {**GRANT, **FAMILY}, tenant_key=False),
        protect("grants_refreshtoken", FAMILY, tenant_key=False),
        protect("grants_deniedtoken"),
        protect("grants_accesstoken", {**USER, **CLIENT}),
        protect("grants_idtoken", USER),
        protect("grants_devicecode", USER),
        load(SQL / "token_state.sql"),
        load(SQL / "redeem_code.sql"),
        load(SQL / "rotate_refresh_token.sql"),
        load(SQL / "issue_token.sql"),
        load(SQL / "token_live.sql"),
        load(SQL / "report_accesses.sql"),
    ]
