"""Clients that an admin made: approved, with whatever a test wants them to have."""

from portal.clients.models import Client
from tenants.cache import forget
from tenants.current import transaction_of
from tenants.seal import new_secret, secret_digest
from tests.places import Place
from tests.programs import REDIRECT, Program


def enrol(place: Place, **fields: object) -> Program:
    """An approved client; confidential unless `token_endpoint_auth_method` says none."""
    secret = new_secret()
    values = {
        "origin": Client.Origin.ADMIN,
        "client_name": "An approved program",
        "is_approved": True,
        "redirect_uris": REDIRECT,
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "metadata_digest": "0" * 64,
        **fields,
    }
    if values["token_endpoint_auth_method"] != "none":
        values["secret_digests"] = [secret_digest(secret)]
    with transaction_of(place.tenant):
        client = Client.objects.create(**values)
    registration = {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uris": client.redirect_uris.split(),
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
    }
    return Program(place, registration)


def change(program: Program, **fields: object) -> None:
    """Change the client as an admin would, and let this process know of it at once."""
    with transaction_of(program.place.tenant):
        Client.objects.filter(client_id=program.client_id).update(**fields)
    forget(program.place.tenant)
