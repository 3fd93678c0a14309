"""RFC 9111 §4.2.1: how long a fetched document may be used, within bounds of ours; and how long not to ask again."""

import re
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPMessage

SHORTEST = 60
LONGEST = 86_400
UNSAID = 3600
FIRST_PAUSE = 30
LONGEST_PAUSE = 3600

_MAX_AGE = re.compile(r'max-age\s*=\s*"?([0-9]{1,12})"?', re.IGNORECASE)
_SHARED_AGE = re.compile(r's-maxage\s*=\s*"?([0-9]{1,12})"?', re.IGNORECASE)
_NEVER = re.compile(r"no-store|no-cache|private", re.IGNORECASE)


def lifetime(headers: HTTPMessage) -> timedelta:
    """A publisher can neither make us fetch at every visit nor have us keep a document for years."""
    return timedelta(seconds=min(max(_seconds(headers), SHORTEST), LONGEST))


def _seconds(headers: HTTPMessage) -> float:
    control = ",".join(headers.get_all("Cache-Control") or ())
    if _NEVER.search(control):
        return 0
    said = _SHARED_AGE.search(control) or _MAX_AGE.search(control)
    if said:
        age = headers.get("Age", "").strip()
        return int(said[1]) - (int(age[:12]) if age.isascii() and age.isdigit() else 0)
    if "max-age" in control.lower():
        return 0
    expires = headers.get("Expires")
    if expires is None:
        return UNSAID
    try:
        return parsedate_to_datetime(expires).timestamp() - time.time()
    except (ValueError, OverflowError):
        # RFC 9111 §5.3: an invalid date, and 0 above all, is in the past.
        return 0


def pause(failures: int) -> timedelta:
    """Twice as long after each failure."""
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE))
