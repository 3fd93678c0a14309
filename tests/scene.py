"""A person, a program and what they hold, made without the pages: where many are needed, and quickly."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.grants.approve import Answer, CodeRequest, approve, issue_code
from portal.grants.models import Grant, TokenFamily
from portal.users.models import User
from tenants.current import transaction_of
from tests.database import as_owner, column
from tests.places import Place, open_place
from tests.programs import Program, introspect, register
from tests.races.crowd import Call, Outcome

SCOPE = ("mcp:tools:score", "mcp:tools:weather")


@dataclass
class Scene:
    place: Place
    program: Program
    client: Client
    user: User

    def grant(self, *, session_key: str = "", days: float = 30, scope: tuple[str, ...] = SCOPE) -> Grant:
        answer = Answer(
            user=self.user, client=self.client, server=self.place.server, scope=scope,
            expires_at=timezone.now() + timedelta(days=days), redirect_host="client.example", session_key=session_key,
        )  # fmt: skip
        with transaction_of(self.place.tenant):
            return approve(answer, origin=Origin())

    def code(self, grant: Grant | None = None, *, scope: tuple[str, ...] = SCOPE, **fields: Any) -> str:
        """A code that the program has the verifier of."""
        self.program.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.program.verifier.encode()).digest()
        request = CodeRequest(
            redirect_uri=self.program.redirect_uri, code_challenge=urlsafe_b64encode(digest).rstrip(b"=").decode(),
            scope=scope, nonce="", auth_time=timezone.now(), **fields,
        )  # fmt: skip
        grant = grant or self.grant(scope=scope)
        with transaction_of(self.place.tenant):
            return issue_code(grant, request, origin=Origin(flow="flow"))

    def tokens(self, grant: Grant | None = None, **fields: Any) -> dict[str, Any]:
        response = self.program.redeem(self.code(grant, **fields))
        assert response.status_code == 200, response.text
        return dict(response.json())

    # -- calls for a crowd

    def redeeming(self, code: str) -> Call:
        return self._token(
            grant_type="authorization_code", code=code, redirect_uri=self.program.redirect_uri,
            code_verifier=self.program.verifier,
        )  # fmt: skip

    def refreshing(self, refresh_token: str) -> Call:
        return self._token(grant_type="refresh_token", refresh_token=refresh_token)

    def revoking(self, token: str) -> Call:
        form = {"client_id": self.program.client_id, "token": token}
        return Call("post", {"url": f"{self.place.issuer}/revoke", "form": form})

    def _token(self, **form: str) -> Call:
        form = {"client_id": self.program.client_id, **form}
        return Call("post", {"url": f"{self.place.issuer}/token", "form": form})

    # -- what is left

    def count(self, sql: str, *params: object) -> Any:
        with as_owner(self.place.tenant) as connection:
            return column(connection, sql, *params)[0]

    def run(self, sql: str, *params: object) -> int:
        with as_owner(self.place.tenant) as connection:
            return connection.execute(sql, params).rowcount

    def is_active(self, token: str) -> bool:
        return bool(introspect(self.place, token)["active"])

    def family(self) -> TokenFamily:
        """The newest."""
        with transaction_of(self.place.tenant):
            return TokenFamily.objects.order_by("-created")[0]

    def events(self, type_: str) -> int:
        return int(self.count("SELECT count(*) FROM audit_auditevent WHERE type = %s", type_))


def set_scene(**settings: object) -> Scene:
    place = open_place(**settings)
    program = register(place)
    with transaction_of(place.tenant):
        client = Client.objects.get(client_id=program.client_id)
        user = User.objects.create_user(email=f"p{secrets.token_hex(6)}@people.example")
    return Scene(place, program, client, user)


def statuses(outcomes: list[Outcome]) -> dict[int, int]:
    """How many answers of each status."""
    counted: dict[int, int] = {}
    for outcome in outcomes:
        if outcome.call.deed == "post":
            counted[outcome.result.status] = counted.get(outcome.result.status, 0) + 1
    return counted
