"""What the web's database role may do, granted after every `migrate`: it owns nothing, so it must be told."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from tenants.models import TenantOwned


def grant_privileges(*, using: str, **_: Any) -> None:
    """Tables behind row security can be written; all others (content types, permissions) can only be read."""
    role = connections[using].ops.quote_name(settings.DATABASE_APP_ROLE)
    actions = {
        model._meta.db_table: model.row_actions  # noqa: SLF001 (Django's documented Meta API)
        for model in apps.get_models()
        if issubclass(model, TenantOwned)
    }
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )
        for table, secured in cursor.fetchall():
            name = connections[using].ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {role}")
            allowed = actions.get(table, "SELECT, INSERT, UPDATE, DELETE") if secured else "SELECT"
            cursor.execute(f"GRANT {allowed} ON {name} TO {role}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
