"""What the load needs before it begins: a tenant, clients, and as many codes and refresh tokens as will be spent."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.grants.approve import Answer, CodeRequest, approve, issue_code
from portal.grants.redeem import challenge_of
from portal.keys.open_tenant import open_tenant
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import ROOT_ID
from tenants.seal import new_secret, secret_digest
from tests.places import Place, open_place

SCOPE = "mcp:tools:score mcp:tools:weather"
REDIRECT = "https://client.example/callback"


@dataclass
class Prepared:
    issuer: str
    prefix: str
    resource: str
    client_id: str
    secret: str
    server_id: str
    server_secret: str
    verifier: str
    codes: list[str] = field(default_factory=list)
    refresh_codes: list[str] = field(default_factory=list)
    warm_codes: list[str] = field(default_factory=list)


def prepare(base: str, *, requests: int) -> Prepared:
    open_tenant(slug="portal", name="Portico", issuer=base, id=ROOT_ID)
    place = open_place(slug="bench", issuer=f"{base}/t/bench")
    secret = new_secret()
    with transaction_of(place.tenant):
        client = Client.objects.create(
            client_name="Bench",
            is_approved=True,
            token_endpoint_auth_method="client_secret_post",
            grant_types=["authorization_code", "refresh_token", "client_credentials"],
            scope=SCOPE,
            redirect_uris=REDIRECT,
            secret_digests=[secret_digest(secret)],
        )
    prepared = Prepared(
        issuer=place.issuer,
        prefix=place.tenant.prefix,
        resource=place.resource,
        client_id=client.client_id,
        secret=secret,
        server_id=place.server.client_id,
        server_secret=place.server_secret,
        verifier=secrets.token_urlsafe(48),
    )
    prepared.codes = _codes(place, client, prepared.verifier, count=requests)
    prepared.warm_codes = _codes(place, client, prepared.verifier, count=400)
    prepared.refresh_codes = _codes(place, client, prepared.verifier, count=64)
    return prepared


def _codes(place: Place, client: Client, verifier: str, *, count: int) -> list[str]:
    request = CodeRequest(
        redirect_uri=REDIRECT,
        code_challenge=challenge_of(verifier),
        scope=SCOPE.split(),
        nonce="",
        auth_time=timezone.now(),
    )
    place.tenant.code_seconds = 3600
    codes = []
    for _ in range(0, count, 100):
        with transaction_of(place.tenant):
            user = User.objects.create_user(email=f"{secrets.token_hex(6)}@bench.example")
            answer = Answer(
                user=user, client=client, server=place.server, scope=SCOPE.split(),
                expires_at=timezone.now() + timedelta(days=1), redirect_host="client.example",
            )  # fmt: skip
            grant = approve(answer, origin=Origin())
            codes += [issue_code(grant, request, origin=Origin()) for _ in range(100)]
    return codes
