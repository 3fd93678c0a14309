"""Reading the environment, with a sentence for what is missing or malformed."""

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see README, Settings).")
    return value


def listed(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    return int(value)


def database(url: str) -> dict[str, Any]:
    """Django's description of `postgresql://user:password@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("Portico needs PostgreSQL: a database URL begins with postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        # Connections number processes x threads: few enough to keep them, and no pool is cheaper than none.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # What libpq knows besides: sslmode, sslrootcert, target_session_attrs, … in the URL's query.
        "OPTIONS": {
            "application_name": "portico",
            **dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
        },
    }
