"""Django's and allauth's tables get their tenant; their own code never learns of it."""

from django.db import migrations

from tenants.row_security import Reference, protect


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0002_row_security"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        protect("account_emailaddress", {"user_id": Reference("users_user")}),
        protect("account_emailconfirmation", {"email_address_id": Reference("account_emailaddress")}),
        protect("django_admin_log", {"user_id": Reference("users_user")}),
        protect("django_session"),
        protect("usersessions_usersession", {"user_id": Reference("users_user")}),
        # Counters that may be lost with a crash: unlogged (tenants count sign-in attempts here, `users.attempts`).
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE users_attempt (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, "
            "expires timestamptz NOT NULL); CREATE INDEX users_attempt_expires ON users_attempt (expires)",
            "DROP TABLE users_attempt",
        ),
        protect("users_attempt"),
    ]
