"""What holds for every deployment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from portal.settings.environment import database, listed, number, required
from portal.settings.oauth import *

BASE_DIR = Path(__file__).resolve().parent.parent.parent

PORTAL_URL = required("PORTAL_URL").rstrip("/")
SECRET_KEY = required("SECRET_KEY")
PORTICO_KEYS = listed("PORTICO_KEYS")
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)

DATABASES = {"default": database(required("DATABASE_URL"))}
DATABASE_APP_ROLE = DATABASES["default"]["USER"]
# PgBouncer older than 1.21 can't keep prepared statements apart: DATABASE_PREPARE=0 turns them off.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
    5 if os.environ.get("DATABASE_PREPARE", "1") == "1" else None
)
if os.environ.get("DATABASE_OWNER_URL"):
    # For migrations alone: `manage.py migrate --database owner`. The web and the workers are not given it.
    DATABASES["owner"] = database(required("DATABASE_OWNER_URL"))

INSTALLED_APPS = [
    "portal",
    "tenants",
    "portal.users",
    "portal.audit",
    "portal.keys",
    "portal.resources",
    "portal.clients",
    "portal.grants",
    "portal.consent",
    "portal.oauth",
    "oauth2_provider",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "csp",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

# The whole stack is for pages. Machine endpoints and documents are answered before it, in `portal.wsgi`.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.oauth.edge.EdgeMiddleware",
    "portal.oauth.visit.DocumentMiddleware",
    "tenants.middleware.TenantMiddleware",
    "portal.users.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.users.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "portal.urls.tenant"
OPERATOR_URLCONF = "portal.urls.root"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.users.page.tenant",
                "portal.consent.context.ask",
            ]
        },
    }
]

# Hosts are checked by the tenants' mounts, which answer an unknown one with 404 before anything else is done with it.
ALLOWED_HOSTS = ["*"]
PORTAL_HOST = urlsplit(PORTAL_URL).netloc

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# (tenant, email) is unique, not email: every look-up is made inside one tenant, by its manager and by row security.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "portal.users.sessions"
SESSION_COOKIE_SECURE = PORTAL_URL.startswith("https://")
SESSION_COOKIE_AGE = 14 * 86_400
# The CSRF token lives in the session, and so in the tenant.
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "portal.users.page.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "portal.users.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_PREVENT_ENUMERATION = True
# Whole offices come from one address: only failed sign-ins are counted closely, by address and by account (allauth's own
# numbers).
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip"}
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Changing an address or a password asks for the present password, unless it was given minutes ago.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
USERSESSIONS_TRACK_ACTIVITY = False

# Counts sign-in attempts, across processes. The key names the tenant, and the table stands behind row security.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "users_attempt",
        "KEY_FUNCTION": "portal.users.attempts.key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# How clients' documents are fetched; tests put a publisher of their own in its place.
DOCUMENT_NETWORK = "portal.clients.fetch.INTERNET"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path | None = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "collected"))

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
# Browser clients open /authorize in a popup and wait for its answer through window.opener, which any other policy cuts.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# A catalog of a hundred scopes is one form of the admin.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"portico@{urlsplit(PORTAL_URL).hostname}")

CELERY_BROKER_URL = os.environ.get("BROKER_URL", "")
if CELERY_BROKER_URL.startswith("pgmq://"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # pgmq's client takes the environment's DATABASE_URL for its own, unless it is told otherwise.
        "conn_string": CELERY_BROKER_URL.replace("pgmq://", "postgresql://", 1),
        "init_extension": False,  # plain SQL, put there by the launcher
        "use_notify": True,
        "wait_time_seconds": 0,
        "pool_size": 2,
        "visibility_timeout": 600,  # longer than any task may take
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "portal.settings.log.JSONFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    # The toolkit's and oauthlib's debug lines carry codes and tokens.
    "loggers": {name: {"level": "WARNING"} for name in ("oauthlib", "oauth2_provider", "httpx")},
}
