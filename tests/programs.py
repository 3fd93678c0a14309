"""A program that asks for access: registers, sends people to /authorize, redeems, refreshes."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.places import Place

REDIRECT = "https://client.example/callback"


def open_web(address: str = "127.0.0.9") -> httpx.Client:
    from portal.wsgi import application

    transport = httpx.WSGITransport(app=application, remote_addr=address)
    return httpx.Client(transport=transport, base_url="http://localhost:8000")


@dataclass
class Program:
    place: Place
    registration: dict[str, Any]
    web: httpx.Client = field(default_factory=open_web)
    verifier: str = ""

    @property
    def client_id(self) -> str:
        return str(self.registration["client_id"])

    @property
    def redirect_uri(self) -> str:
        return str(self.registration["redirect_uris"][0])

    def ask(self, **parameters: str | None) -> str:
        """The URL to which it sends a person; a parameter set to None is left out."""
        self.verifier = secrets.token_urlsafe(48)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        )
        every: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "resource": self.place.resource,
            "state": "st-" + secrets.token_hex(4),
            "scope": "mcp:tools:score mcp:tools:weather",
            **parameters,
        }
        kept = {name: value for name, value in every.items() if value is not None}
        return f"{self.place.issuer}/authorize?{urlencode(kept)}"

    def token(self, **form: str) -> httpx.Response:
        return self.web.post(f"{self.place.issuer}/token", data=self._proved(form), auth=self._basic())

    def revoke(self, token: str) -> httpx.Response:
        return self.web.post(
            f"{self.place.issuer}/revoke", data=self._proved({"token": token}), auth=self._basic()
        )

    def redeem(self, code: str, **form: str) -> httpx.Response:
        every = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **form,
        }
        return self.token(**{name: value for name, value in every.items() if value is not None})

    def refresh(self, refresh_token: str, **form: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **form)

    def connect(self, person: Any, *, tick: tuple[str, ...] = (), **parameters: str | None) -> dict[str, Any]:
        """The whole way, to tokens."""
        back = person.answer(self.ask(**parameters), **({"scope": list(tick)} if tick else {}))
        response = self.redeem(answer_of(back)["code"])
        assert response.status_code == 200, response.text
        return dict(response.json())

    def _proved(self, form: dict[str, str]) -> dict[str, str]:
        if self.registration["token_endpoint_auth_method"] == "client_secret_post":
            return {**form, "client_id": self.client_id, "client_secret": self.registration["client_secret"]}
        if self.registration["token_endpoint_auth_method"] == "none":
            return {**form, "client_id": self.client_id}
        return form

    def _basic(self) -> tuple[str, str] | None:
        if self.registration["token_endpoint_auth_method"] == "client_secret_basic":
            return (self.client_id, self.registration["client_secret"])
        return None


def register(place: Place, **members: object) -> Program:
    body = {
        "client_name": "A program",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        **members,
    }
    response = open_web().post(f"{place.issuer}/register", json=body)
    assert response.status_code == 201, response.text
    return Program(place, response.json())


def answer_of(response: httpx.Response) -> dict[str, str]:
    """What a redirect back tells the client; each member must be there once."""
    assert response.is_redirect, response.text[:2000]
    members = parse_qs(urlsplit(response.headers["location"]).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in members.values()), members
    return {name: values[0] for name, values in members.items()}


def introspect(place: Place, token: str) -> dict[str, Any]:
    response = open_web().post(f"{place.issuer}/introspect", data={"token": token}, auth=place.server_auth)
    assert response.status_code == 200, response.text
    return dict(response.json())
