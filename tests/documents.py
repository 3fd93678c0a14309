"""Programs that are known by the document at a URL, and that document's ageing."""

from datetime import timedelta

from django.utils import timezone

from portal.clients.models import Document
from tenants.current import transaction_of
from tests.places import Place
from tests.programs import Program


def come(place: Place, url: str, redirect: str = "https://client.example/callback") -> Program:
    """The program whose document stands at this URL."""
    registration = {"client_id": url, "redirect_uris": [redirect], "token_endpoint_auth_method": "none"}
    return Program(place, registration)


def make_due(place: Place, url: str) -> None:
    """As if what was kept of the document had just run out."""
    with transaction_of(place.tenant):
        Document.objects.filter(url=url).update(due_at=timezone.now() - timedelta(seconds=1))
