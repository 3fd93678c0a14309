"""What a token request costs the database: one statement, and for documents none. Read off the wire.

PostgreSQL's own client library writes down every message; nothing that goes to the server can be missed, BEGIN and
COMMIT included.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from portal.clients.models import Client
from tenants.current import transaction_of
from tenants.seal import secret_digest
from tests.programs import Program, introspect, open_web
from tests.scene import Scene, set_scene

SENT = ("Query", "Execute", "FunctionCall")


@contextmanager
def wire() -> Iterator[list[str]]:
    """What this thread's connection says to the server, message by message; filled when the block ends."""
    connection.ensure_connection()
    raw = connection.connection
    said: list[str] = []
    with tempfile.NamedTemporaryFile("w+") as file:
        raw.pgconn.trace(file.fileno())
        try:
            yield said
        finally:
            raw.pgconn.untrace()
        assert connection.connection is raw, "another connection was used"
        lines = (line.split("\t") for line in Path(file.name).read_text().splitlines())
        said += [" ".join(line[3:]) for line in lines if len(line) > 3 and line[1] == "F"]


def statements(messages: list[str]) -> list[str]:
    return [message for message in messages if message.split(" ", 1)[0] in SENT]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return set_scene()


@pytest.fixture
def machine(scene) -> Program:
    registration = {
        "client_id": "machine",
        "client_secret": "s",
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": ["https://x.example/cb"],
    }
    with transaction_of(scene.place.tenant):
        Client.objects.get_or_create(
            client_id="machine",
            defaults={
                "client_name": "Machine", "is_approved": True, "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "client_secret_basic", "secret_digests": [secret_digest("s")],
            },
        )  # fmt: skip
    return Program(scene.place, registration)


def test_wire_misses_nothing(scene):
    """BEGIN and COMMIT are counted, and so are the statements of a pipeline."""
    with wire() as messages, transaction_of(scene.place.tenant):
        Client.objects.count()
    said = statements(messages)
    assert len(said) == 4, said
    assert "BEGIN" in said[0]
    assert "COMMIT" in said[-1]


def test_client_credentials_is_one_statement(machine):
    ask = lambda: machine.token(grant_type="client_credentials")  # noqa: E731
    check_one(ask, "issue_token")


def test_code_exchange_is_one_statement(scene):
    codes = [(scene.code(), scene.program.verifier) for _ in range(3)]

    def ask():
        code, scene.program.verifier = codes.pop()
        return scene.program.redeem(code)

    check_one(ask, "redeem_code")


def test_refresh_is_one_statement(scene):
    tokens = [scene.tokens()["refresh_token"]]

    def ask():
        answer = scene.program.refresh(tokens.pop())
        tokens.append(answer.json()["refresh_token"])
        return answer

    check_one(ask, "rotate_refresh_token")


def test_raced_refresh_is_one_statement(scene):
    token = scene.tokens()["refresh_token"]
    check_one(lambda: scene.program.refresh(token), "rotate_refresh_token")


def test_introspection_is_one_statement(scene):
    token = scene.tokens()["access_token"]
    form, auth = {"token": token}, scene.place.server_auth
    check_one(lambda: open_web().post(f"{scene.place.issuer}/introspect", data=form, auth=auth), "token_live")


def test_introspection_of_what_was_never_a_token_is_none(scene):
    introspect(scene.place, "x")
    with wire() as said:
        assert introspect(scene.place, "a.b.c") == {"active": False}
    assert said == []


@pytest.mark.parametrize(
    "path",
    [
        "jwks",
        ".well-known/oauth-authorization-server",
        ".well-known/openid-configuration",
        "resources/mcp/metadata",
    ],
)
def test_documents_are_none(scene, path):
    web, url = open_web(), f"{scene.place.issuer}/{path}"
    assert web.get(url).status_code == 200
    with wire() as said:
        assert web.get(url).status_code == 200
    assert said == []


def check_one(ask, function: str) -> None:
    """Once to warm up: tenant, client, key and the prepared statement. Then once, and what that took."""
    for _ in range(2):
        assert ask().status_code == 200
    with wire() as said:
        answer = ask()
    assert answer.status_code == 200
    assert len(statements(said)) == 1, said
    # Prepared: its text went over before, and one Sync is one round trip and one transaction.
    assert [message.split(" ", 1)[0] for message in said] == ["Bind", "Describe", "Execute", "Sync"], said
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{function}(%"]
        )
        assert cursor.fetchone()[0] >= 1
