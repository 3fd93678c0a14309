from pathlib import Path

from django.db import migrations

from tenants.functions import load
from tenants.row_security import protect

SQL = Path(__file__).parent.parent / "sql"

USER = {"user_id": ("users_user", "CASCADE")}
CLIENT = {"client_id": ("clients_client", "CASCADE")}
GRANT = {"grant_id": ("grants_grant", "CASCADE")}
FAMILY = {"family_id": ("grants_tokenfamily", "CASCADE")}


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0001_initial"),
        ("users", "0002_row_security"),
        ("clients", "0002_row_security"),
        ("resources", "0002_row_security"),
        ("audit", "0002_row_security"),
    ]

    # Below a grant no key leads to the tenant, the client or the user: the grant's own keys prove them, and their rows
    # would be share-locked by every token request.
    operations = [
        protect("grants_grant", {**USER, **CLIENT, "resource_server_id": ("resources_resourceserver", "CASCADE")}),
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
