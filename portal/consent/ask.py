"""An ask: what a client wants of a person, kept in the server-side session of the browser that brought it.

The browser holds a reference and nothing else, so no parameter can be changed on the way, and the reference is worth
nothing in another browser, after another sign-in, or at another tenant.
"""

import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session

_SLOT = "asks"
LIFETIME_SECONDS = 1800
MOST_AT_ONCE = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_reference() -> str:
    """What the person can read out: it names the attempt in the audit trail and opens nothing."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return "-".join((text[:4], text[4:8], text[8:]))


def is_reference(text: str) -> bool:
    return len(text) == 14 and set(text) <= {*_ALPHABET, "-"}


@dataclass(frozen=True, kw_only=True)
class Ask:
    client_id: str
    redirect_uri: str
    redirect_uri_sent: bool
    resource: str
    scope: tuple[str, ...]
    asked: tuple[str, ...] = ()
    """As the client wrote it, before the catalog and the ceiling were looked at."""
    barred: tuple[str, ...] = ()
    """Asked for, but beyond the ceiling of clients that nobody approved."""
    state: str = ""
    code_challenge: str
    nonce: str = ""
    prompt: tuple[str, ...] = ()
    login_hint: str = ""
    reference: str = field(default_factory=new_reference)
    started_at: float = field(default_factory=time.time)
    signed_in_after: float = 0
    """The client wants the person to have signed in, or proved it again, since then (`prompt=login`, `max_age`)."""
    user_id: str = ""
    """Who is being asked, from the moment that somebody has signed in."""


def keep_ask(session: SessionBase, ask: Ask) -> None:
    """Oldest asks give way: a browser that opens many keeps the last ten."""
    _catch_up(session)
    asks = {**_asks(session), ask.reference: asdict(ask)}
    session[_SLOT] = dict(sorted(asks.items(), key=lambda item: item[1]["started_at"])[-MOST_AT_ONCE:])


def find_ask(session: SessionBase, reference: str) -> Ask | None:
    found = _asks(session).get(reference)
    if found is None or found["started_at"] < time.time() - LIFETIME_SECONDS:
        return None
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    return Ask(**kept)


def claim_ask(session: SessionBase, reference: str) -> Ask | None:
    """As `find_ask`, but only one request at a time: a second click waits here, and then finds the ask answered."""
    _catch_up(session)
    return find_ask(session, reference)


def bind_ask(session: SessionBase, ask: Ask, *, user_id: str) -> Ask | None:
    """The ask for this user; None if it was put to another."""
    if ask.user_id and ask.user_id != user_id:
        return None
    if not ask.user_id:
        ask = replace(ask, user_id=user_id)
        keep_ask(session, ask)
    return ask


def drop_ask(session: SessionBase, ask: Ask) -> None:
    _catch_up(session)
    asks = _asks(session)
    asks.pop(ask.reference, None)
    session[_SLOT] = asks


def _catch_up(session: SessionBase) -> None:
    """Lock the session until the request's transaction ends, and take over the asks that other requests have left.

    Without it, tabs that begin at once would write over each other's asks, and bring answered ones back.
    """
    row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
    if row is not None:
        session[_SLOT] = session.decode(row.session_data).get(_SLOT, {})


def _asks(session: SessionBase) -> dict[str, dict[str, Any]]:
    return dict(session.get(_SLOT, {}))
