"""All that a tenant gives out: each thing as it is on the wire, with an unknown one of the same make beside it."""

import base64
import json
import re
import secrets
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import jwt
from django.conf import settings

from portal.consent.ask import new_reference
from portal.grants.models import Grant
from portal.users.sessions import cookie_name
from tenants.current import transaction_of
from tests.people import PASSWORD, Person, make_person
from tests.places import Place, open_place
from tests.programs import Program, answer_of, introspect, register


@dataclass(frozen=True)
class Thing:
    name: str
    value: str
    unknown: str


@dataclass
class Household:
    """A tenant in use: people, programs, and what they hold."""

    place: Place
    person: Person
    program: Program
    desk: Program
    """A confidential program."""
    tokens: dict[str, str]
    code: str
    cookie: str
    csrf: str
    reference: str
    reset: str
    confirmation: str
    grant: Grant = field(init=False)

    def __post_init__(self) -> None:
        with transaction_of(self.place.tenant):
            self.grant = Grant.objects.select_related("client", "user").get(
                client__client_id=self.program.client_id
            )

    def things(self) -> Iterator[Thing]:
        yield Thing("code", self.code, "ac_" + remade(self.code[3:]))
        yield Thing(
            "refresh token", self.tokens["refresh_token"], "rt_" + remade(self.tokens["refresh_token"][3:])
        )
        yield Thing("access token", self.tokens["access_token"], forged(self.tokens["access_token"]))
        yield Thing("ID token", self.tokens["id_token"], forged(self.tokens["id_token"]))
        for name, program in (("client_id", self.program), ("confidential client_id", self.desk)):
            yield Thing(name, program.client_id, f"c_{uuid4().hex}")
        pair = (self.desk.client_id, self.desk.registration["client_secret"])
        yield Thing("client credentials", ":".join(pair), f"c_{uuid4().hex}:{remade(pair[1])}")
        yield Thing("client secret", pair[1], remade(pair[1]))
        yield Thing(
            "resource server credentials",
            ":".join(self.place.server_auth),
            f"rs_{secrets.token_hex(8)}:{secrets.token_urlsafe(32)}",
        )
        yield Thing("resource", self.place.resource, f"https://mcp.t{secrets.token_hex(6)}.example/mcp")
        yield Thing("resource server slug", self.place.server.slug, f"mcp-{secrets.token_hex(4)}")
        yield Thing("consent reference", self.reference, new_reference())
        yield Thing("session cookie", self.cookie, remade(self.cookie))
        yield Thing("CSRF token", self.csrf, remade(self.csrf))
        yield Thing("password reset link", self.reset, altered(self.reset))
        yield Thing("email confirmation link", self.confirmation, altered(self.confirmation))
        yield Thing("email", self.person.user.email, f"p{secrets.token_hex(6)}@people.example")
        yield Thing("sub", self.person.user.sub, "u_" + secrets.token_hex(12))
        claims = introspect(self.place, self.tokens["access_token"])
        yield Thing("token id", claims["jti"], secrets.token_hex(16))
        for name, value in (
            ("grant id", self.grant.id), ("family id", claims["family_id"]), ("user id", self.person.user.id),
            ("client's id", self.grant.client_id), ("resource server's id", self.place.server.id),
        ):  # fmt: skip
            yield Thing(name, str(value), str(uuid4()))


def forged(token: str) -> str:
    """The same token as if from elsewhere: another key, another name of it, another number."""
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    parts = [{**header, "kid": secrets.token_urlsafe(32)}, {**claims, "jti": secrets.token_hex(16)}]
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()
        for part in parts
    ]
    return ".".join([*encoded, base64.urlsafe_b64encode(secrets.token_bytes(64)).rstrip(b"=").decode()])


def remade(value: str) -> str:
    """Another of the same shape: a route may depend on where the dashes are."""
    return "".join(secrets.choice(string.ascii_letters) if c.isalnum() else c for c in value)


def altered(value: str) -> str:
    """The same but for its last characters, which are its proof."""
    return value[:-6] + ("aaaaaa" if value[-6:] != "aaaaaa" else "bbbbbb")


def settle(**fields: object) -> Household:
    place = open_place(signup_open=True, code_seconds=600, **fields)
    place.server.slug = f"mcp-{secrets.token_hex(4)}"
    with transaction_of(place.tenant):
        place.server.save()
    person, program = make_person(place, role="admin"), register(place)
    desk = register(place, token_endpoint_auth_method="client_secret_basic")
    asked = "openid mcp:tools:score mcp:tools:weather"
    tokens = program.connect(person, scope=asked)
    code = answer_of(person.answer(program.ask(scope=asked)))["code"]
    page = person.follow(person.browser.get(register(place).ask()))
    return Household(
        place, person, program, desk, tokens, code,
        cookie=person.browser.cookies[cookie_name(place.tenant)],
        csrf=re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[-1],
        reference=page.url.path.rsplit("/", 1)[-1],
        reset=_mailed(place, person.user.email, "account/password/reset/key/", lambda: _forget(person)),
        confirmation=_mailed(place, f"new-{secrets.token_hex(6)}@people.example", "account/confirm-email/", None),
    )  # fmt: skip


def _forget(person: Person) -> None:
    stranger = Person(person.place, person.user, type(person.browser)(transport=person.browser._transport))
    page = stranger.browser.get(f"{person.place.issuer}/account/password/reset/")
    stranger.submit(page, email=person.user.email)


def _mailed(place: Place, address: str, path: str, ask: Callable[[], None] | None) -> str:
    """The key in the link that was mailed to the address."""
    if ask is None:
        stranger = make_person(place)
        page = stranger.browser.get(f"{place.issuer}/account/signup/")
        stranger.submit(page, email=address, password1=PASSWORD, password2=PASSWORD)
    else:
        ask()
    mails = Path(settings.EMAIL_FILE_PATH).read_text(encoding="utf-8").split(f"\n{'-' * 79}\n")
    (mail,) = [mail for mail in mails if f"To: {address}" in mail]
    return re.findall(rf"{re.escape(place.issuer)}/{path}(\S+)/", mail)[0]
