"""Client ID Metadata Documents, §4: a tenant comes to know the client that a URL names.

A fetch holds no transaction and no lock. A row is claimed first and settled afterwards, and whoever wants the same
document meanwhile waits for the row, in whichever process (an advisory lock would need a transaction, or a session
that a pooler gives away). If the one who fetches dies, its claim lapses.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from portal.audit.events import Event
from portal.audit.record import Origin, record
from portal.clients.describe import describe
from portal.clients.fetch import INTERNET, SECONDS, Network, fetch
from portal.clients.keep import LONGEST_PAUSE, lifetime, pause
from portal.clients.locate import Location, NoDocument, locate
from portal.clients.metadata import ClientMetadata
from portal.clients.models import Client, Document
from portal.clients.register import columns
from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import Tenant

CLAIM_LASTS = timedelta(seconds=SECONDS + 3)
#: What may be begun in a minute: at one tenant, at one host for that tenant, and for one visitor's address.
PER_TENANT, PER_HOST, PER_ASKER = 120, 30, 20
MOST_AT_ONCE = 2
"""Fetches that this process does at once; each holds a thread for five seconds at most, and pages need some too."""
SLOT_SECONDS = 2.0
PATIENCE_SECONDS = 2 * SECONDS + 4
THIS_PROCESS = "this process"
GOES_ON = timedelta(days=2)
"""How long a document that was good is used while its host can't be reached."""

_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


class Crowded(NoDocument):
    """Too many are being fetched: come back."""


@dataclass(frozen=True, kw_only=True)
class _Visit:
    """Somebody comes to a tenant with a URL."""

    tenant: Tenant
    url: str
    origin: Origin
    network: Network
    began: float = field(default_factory=time.monotonic)


def learn_client(tenant: Tenant, url: str, *, origin: Origin, network: Network = INTERNET) -> None:
    """Make sure that what we know of this client is fresh enough, or raise NoDocument. Call it outside of any transaction."""
    visit = _Visit(tenant=tenant, url=url, origin=origin, network=network)
    try:
        location = locate(url)
    except NoDocument as error:
        _record_denied(visit, error.reason)
        raise
    nap = 0.02
    while time.monotonic() < visit.began + PATIENCE_SECONDS:
        found = _find(tenant, url)
        claimed = found is not None and _is_claimed(found)
        goes_on = found is not None and _goes_on(found)
        if found is not None and not claimed and found.due_at > timezone.now():
            return _judge(found)
        if claimed and not goes_on:
            time.sleep(nap)
            nap = min(nap * 1.5, 0.25)
        elif claimed or _fetch_once(visit, location, goes_on=goes_on):
            return None
    raise NoDocument("The document did not come in time.", passing=True)


def _find(tenant: Tenant, url: str) -> Document | None:
    with transaction_of(tenant):
        return Document.objects.filter(url=url).first()


def _is_claimed(row: Document) -> bool:
    return row.claim is not None and row.claimed_at > timezone.now() - CLAIM_LASTS


def _judge(row: Document) -> None:
    if row.failures and not _goes_on(row):
        raise NoDocument(row.reason, passing=row.passing)


def _goes_on(row: Document) -> bool:
    """Whether it was good not long ago, and nothing but its host's silence speaks against it."""
    recent = row.fetched_at is not None and row.fetched_at > timezone.now() - GOES_ON
    return recent and (not row.failures or row.passing)


class _Slot:
    """One of the fetches that this process does at once; given back in any case."""

    def __init__(self) -> None:
        self._taken = False

    def take(self) -> bool:
        self._taken = self._taken or _slots.acquire(blocking=False)
        return self._taken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._taken:
            _slots.release()


def _fetch_once(visit: _Visit, location: Location, *, goes_on: bool) -> bool:
    """Fetch and keep it; False if it is not ours to fetch, or not yet."""
    with _Slot() as slot:
        full, claim = _claim(visit, location, slot)
        if full == THIS_PROCESS and time.monotonic() < visit.began + SLOT_SECONDS:
            time.sleep(0.05)
            return False
        if full:
            return _turn_away(visit, full, goes_on=goes_on)
        if claim is None:
            return False
        try:
            fetched = fetch(location, network=visit.network)
            described = describe(fetched.body, url=visit.url, tenant=visit.tenant)
        except NoDocument as error:
            _settle_bad(visit, claim, error)
            if error.passing and goes_on:
                return True
            raise
        _settle_good(visit, claim, described, lifetime(fetched.headers))
        return True


def _turn_away(visit: _Visit, whose: str, *, goes_on: bool) -> bool:
    if goes_on:
        return True
    _record_denied(visit, f"Over the budget of fetches of {whose}.")
    raise Crowded("Too many documents are being fetched. Try again in a minute.", passing=True)


def _claim(visit: _Visit, location: Location, slot: _Slot) -> tuple[str, UUID | None]:
    """Whose budget is spent, or else the claim; neither, if it is not to be had any more."""
    url, asker, now = visit.url, visit.origin.ip, timezone.now()
    with transaction_of(visit.tenant):
        with connection.cursor() as cursor:
            # One claim of a tenant at a time, for as long as it takes to count: so that no budget is overdrawn.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"documents {visit.tenant.id}"]
            )
        row = Document.objects.filter(url=url).first()
        if row is not None and (_is_claimed(row) or row.due_at > now):
            return "", None
        full = _spent(location.host, asker, since=now - timedelta(minutes=1))
        if full or not slot.take():
            return full or THIS_PROCESS, None
        # What never was a client is forgotten, or a flood of names would stay for good.
        old = now - timedelta(seconds=3 * LONGEST_PAUSE)
        Document.objects.filter(claimed_at__lt=old, fetched_at=None).delete()
        claim = uuid4()
        values = {"claim": claim, "claimed_at": now, "asker": asker, "host": location.host}
        Document.objects.update_or_create(url=url, defaults=values, create_defaults={**values, "due_at": now})
        return "", claim


def _spent(host: str, asker: str | None, *, since: datetime) -> str:
    """Whose budget there is nothing left of."""
    begun = Document.objects.filter(claimed_at__gt=since)
    if begun.count() >= PER_TENANT:
        return "this tenant"
    if begun.filter(host=host).count() >= PER_HOST:
        return "this host"
    if asker and begun.filter(asker=asker).count() >= PER_ASKER:
        return "this visitor"
    return ""


def _settle_bad(visit: _Visit, claim: UUID, error: NoDocument) -> None:
    with transaction_of(visit.tenant):
        row = Document.objects.select_for_update().filter(url=visit.url, claim=claim).first()
        if row is None:
            return
        row.claim, row.failures = None, row.failures + 1
        row.due_at = timezone.now() + pause(row.failures)
        row.reason, row.passing = error.shown[:500], error.passing
        row.save()
        record(Event.CIMD_DENIED, client=visit.url, origin=visit.origin, reason=error.reason)


def _settle_good(visit: _Visit, claim: UUID, described: ClientMetadata, fresh: timedelta) -> None:
    with transaction_of(visit.tenant):
        row = Document.objects.select_for_update().filter(url=visit.url, claim=claim).first()
        if row is None:
            return
        row.claim, row.failures, row.reason, row.passing = None, 0, "", False
        row.fetched_at = timezone.now()
        row.due_at = row.fetched_at + fresh
        row.save()
        changed = _keep(visit.url, described)
        record(Event.CIMD_FETCHED, client=visit.url, origin=visit.origin, data={"changed": changed})
    if changed:
        forget(visit.tenant)


def _keep(url: str, described: ClientMetadata) -> list[str]:
    """Names of what changed. Status, approval and scope are the tenant's own, and stay."""
    values = columns(described)
    client, is_new = Client.objects.select_for_update().get_or_create(
        client_id=url, defaults={**values, "origin": Client.Origin.DOCUMENT}
    )
    if is_new:
        return []
    changed = sorted(name for name, value in values.items() if getattr(client, name) != value)
    for name in changed:
        setattr(client, name, values[name])
    if changed:
        client.save(update_fields=changed)
    return changed


def _record_denied(visit: _Visit, reason: str) -> None:
    with transaction_of(visit.tenant):
        record(Event.CIMD_DENIED, client=visit.url, origin=visit.origin, reason=reason)
