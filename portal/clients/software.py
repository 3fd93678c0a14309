"""Which program registers: the same one at the same places is recognised, whoever runs it and however often it comes.

All of it is the program's own word. It is good for counting and for showing, and proves nothing: two clients of one
software never share a credential.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min

from portal.clients.metadata import ClientMetadata
from portal.clients.models import Client
from portal.clients.redirect_uri import destination_of

THIS_COMPUTER = "localhost"


def redirect_places(uris: Iterable[str]) -> tuple[str, ...]:
    """Where the answers go: hosts, `localhost` for loopback however it is written, `cursor:` for an app."""
    return tuple(sorted({_place(uri) for uri in uris}))


def _place(uri: str) -> str:
    destination = destination_of(uri)
    if destination.kind == "website":
        return destination.host
    return THIS_COMPUTER if destination.kind == "this computer" else f"{destination.host}:"


def software_of(metadata: ClientMetadata) -> str:
    """A digest of its software_id, or else of its name, and of the places that its answers go to."""
    name = ["id", metadata.software_id] if metadata.software_id else ["name", _plain(metadata.client_name)]
    known = [*name, *redirect_places(metadata.redirect_uris)]
    return hashlib.sha256(json.dumps(known, separators=(",", ":")).encode()).hexdigest()


def like_it(client: Client) -> dict[str, Any]:
    """How often the same software registered beside this client, and when first; `times` is 0 if that is unknown."""
    if not client.software:
        return {"times": 0, "first": None}
    others = Client.objects.filter(software=client.software).exclude(id=client.id)
    return others.aggregate(times=Count("id"), first=Min("created"))


def _plain(name: str) -> str:
    """As people read it: without regard to case, spacing and the look of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
