"""RFC 7591, OAuth 2.0 Dynamic Client Registration, §2: what a client says of itself, and what we make of it.

Anyone may say anything here, so the result has nothing that was not understood: unknown members are ignored, and so is
whatever only we decide (client_id, client_secret, its times, trust). Refused is what would be dangerous or would surely
not work; what real clients merely write differently is accepted.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from portal.clients import flows, public_keys, redirect_uri
from portal.clients.document import Fields, InvalidMetadata, refuse
from portal.clients.redirect_uri import ApplicationType, InvalidRedirectURI

MAX_REDIRECT_URIS = 20
MAX_NAME = 200
MAX_SHOWN_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a tenant lets a client that nobody has approved have.

    `narrow_scope` takes the `scope` member and returns what of it lies within the ceiling; it may raise a ValueError
    with a sentence. It is handed in because scopes belong to the resources, which clients do not know.
    """

    narrow_scope: Callable[[str], str]
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    private_use_schemes: frozenset[str] = redirect_uri.DEFAULT_SCHEMES


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetadata:
    """What is registered. Members that the client left empty are empty here, never None, but for `jwks`."""

    client_name: str
    redirect_uris: tuple[str, ...]
    token_endpoint_auth_method: str
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    application_type: ApplicationType
    scope: str = ""
    client_uri: str = ""
    logo_uri: str = ""
    tos_uri: str = ""
    policy_uri: str = ""
    contacts: tuple[str, ...] = ()
    software_id: str = ""
    software_version: str = ""
    jwks: dict[str, object] | None = None
    jwks_uri: str = ""

    @property
    def shown_name(self) -> str:
        """The name, short enough that nothing else is pushed off a page."""
        return (
            self.client_name
            if len(self.client_name) <= MAX_SHOWN_NAME
            else f"{self.client_name[:59].rstrip()}…"
        )

    def as_response(self) -> dict[str, object]:
        """RFC 7591 §3.2.1: everything registered, without nulls and empty members, which clients choke on."""
        members = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in members.items()
            if value
        }

    def digest(self) -> str:
        return digest(
            client_name=self.client_name,
            redirect_uris=self.redirect_uris,
            logo_uri=self.logo_uri,
            jwks=self.jwks,
            jwks_uri=self.jwks_uri,
        )


def digest(
    *,
    client_name: str,
    redirect_uris: Iterable[str],
    logo_uri: str = "",
    jwks: dict[str, object] | None = None,
    jwks_uri: str = "",
) -> str:
    """Digest what people recognise a client by: if it changes, their consent is asked again."""
    recognised = [client_name, sorted(redirect_uris), logo_uri, jwks, jwks_uri]
    return hashlib.sha256(json.dumps(recognised, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read(document: object, *, policy: Policy) -> ClientMetadata:
    """Return what this document registers under the policy, or say what its author must change."""
    if not isinstance(document, dict):
        refuse("The document must be a JSON object.")
    fields = Fields(document)
    if fields.document.get("software_statement"):
        raise InvalidMetadata(
            "invalid_software_statement", "Software statements are not accepted; leave it out."
        )
    grant_types = flows.read_grant_types(fields, allowed=policy.grant_types)
    redirect_uris, application_type = _read_redirects(fields, policy)
    jwks, jwks_uri = public_keys.read(fields)
    return ClientMetadata(
        client_name=fields.text("client_name", limit=MAX_NAME)
        or redirect_uri.host_of(redirect_uris[0])[:MAX_NAME],
        redirect_uris=redirect_uris,
        token_endpoint_auth_method=flows.read_auth_method(fields),
        grant_types=grant_types,
        response_types=flows.read_response_types(fields, grant_types=grant_types),
        application_type=application_type,
        scope=_read_scope(fields, policy),
        client_uri=fields.https("client_uri"),
        logo_uri=fields.https("logo_uri"),
        tos_uri=fields.https("tos_uri"),
        policy_uri=fields.https("policy_uri"),
        contacts=fields.texts("contacts", limit=20),
        software_id=fields.text("software_id", limit=255),
        software_version=fields.text("software_version", limit=255),
        jwks=jwks,
        jwks_uri=jwks_uri,
    )


def _read_redirects(fields: Fields, policy: Policy) -> tuple[tuple[str, ...], ApplicationType]:
    try:
        uris = fields.strings("redirect_uris", limit=MAX_REDIRECT_URIS)
    except InvalidMetadata as reason:
        raise InvalidMetadata("invalid_redirect_uri", reason.description) from None
    if not uris:
        # RFC 7591 §2: clients of redirect-based flows MUST register their redirect URIs.
        raise InvalidMetadata("invalid_redirect_uri", "redirect_uris must list at least one redirect URI.")
    declared = fields.string("application_type")
    if declared not in {"", "web", "native"}:
        refuse("application_type must be web or native.")
    kind = cast("ApplicationType", declared) if declared else _derive_application_type(uris)
    for index, uri in enumerate(uris):
        try:
            redirect_uri.check(uri, application_type=kind, schemes=policy.private_use_schemes)
        except InvalidRedirectURI as reason:
            # One bad redirect URI refuses the whole: a client must not find out later which of them work.
            raise InvalidMetadata(
                "invalid_redirect_uri", f"redirect_uris[{index}] ({uri[:100]}) {reason}"
            ) from None
    return uris, kind


def _derive_application_type(uris: tuple[str, ...]) -> ApplicationType:
    try:
        return redirect_uri.application_type_of(uris)
    except InvalidRedirectURI:
        return "native"  # The check that follows says which of them is wrong.


def _read_scope(fields: Fields, policy: Policy) -> str:
    try:
        return policy.narrow_scope(fields.string("scope"))
    except InvalidMetadata:
        raise
    except ValueError as reason:
        refuse(str(reason))
