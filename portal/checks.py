"""What `manage.py check --deploy` says of a deployment that would not be safe."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from tenants.seal import derived_keys


@register(Tags.security, deploy=True)
def check_issuer(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    if settings.PORTAL_URL.startswith("https://"):
        return []
    # OAuth 2.1 §1.5: all of the protocol's URLs use TLS.
    return [
        Error(
            "PORTAL_URL is not https.",
            hint="Issuers and tokens carry it: set its public URL.",
            id="portico.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    try:
        derived_keys("check")
    except (ImproperlyConfigured, ValueError) as error:
        return [
            Error(
                str(error),
                hint="python -c 'import secrets; print(secrets.token_urlsafe(32))'",
                id="portico.E002",
            )
        ]
    return []


@register(Tags.database, deploy=True)
def check_role(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Row security does not hold for a superuser, a role that may pass over it, or the tables' owner."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) "
                "FROM pg_roles r WHERE rolname = current_user"
            )
            row = cursor.fetchone()
    except DatabaseError:
        return []  # Django's own checks say that the database does not answer
    if row and row[0]:
        hint = "Let DATABASE_URL name a role that owns nothing: NOSUPERUSER NOBYPASSRLS."
        return [Error("The web's database role is not bound by row security.", hint=hint, id="portico.E003")]
    return []
