"""The suite: as development, on a throw-away cluster that tests/conftest.py starts."""

import os

# Tools that only read the settings (mypy, import-linter, makemigrations --check) need no services.
os.environ.setdefault("PORTAL_URL", "http://localhost:8000")
os.environ.setdefault("SECRET_KEY", "a key for tests alone")
os.environ.setdefault("PORTICO_KEYS", "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMDE")
os.environ.setdefault("DATABASE_URL", "postgresql://portico_app@127.0.0.1:1/portico")

from portal.settings.development import *

# Sign-ins are many and none is real: the work factor is production's business.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Names of publishers lead to a TLS server of the suite, and nothing leads out.
DOCUMENT_NETWORK = "tests.publisher.NETWORK"
