"""What a tenant's tables hold: its audit trail, and how many rows a request left behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.audit.models import AuditEvent
from portal.clients.models import Client
from portal.grants.models import AuthorizationCode, DeniedToken, Grant, RefreshToken, TokenFamily
from tenants.current import transaction_of
from tests.places import Place

TABLES = (Client, Grant, AuthorizationCode, TokenFamily, RefreshToken, DeniedToken)


def events(place: Place, kind: str = "") -> list[AuditEvent]:
    """The tenant's events, oldest first."""
    with transaction_of(place.tenant):
        found = AuditEvent.objects.order_by("id")
        return list(found.filter(type=kind) if kind else found)


def last_event(place: Place) -> AuditEvent:
    return events(place)[-1]


def rows(place: Place) -> dict[str, int]:
    with transaction_of(place.tenant):
        return {model.__name__: model.objects.count() for model in TABLES}


@contextmanager
def nothing_stored(place: Place) -> Iterator[None]:
    """Whatever happens inside leaves no client, grant, code or token behind."""
    before = rows(place)
    yield
    assert rows(place) == before


@contextmanager
def denied(place: Place, kind: str, reason: str = "") -> Iterator[None]:
    """Whatever happens inside leaves no row but an event of this kind, which says this of the reason."""
    count = len(events(place, kind))
    with nothing_stored(place):
        yield
    new = events(place, kind)[count:]
    assert new, f"no {kind} was recorded"
    assert reason in new[-1].reason, new[-1].reason
