"""`make demo` and a developer's machine."""

import os

from portal.settings.base import *

EMAIL_BACKEND = "portal.users.mail.FileBackend"
EMAIL_FILE_PATH = os.environ.get("MAIL_FILE", str(BASE_DIR / ".portico" / "mail.txt"))
STATIC_ROOT = None  # files are served from where they stand
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
