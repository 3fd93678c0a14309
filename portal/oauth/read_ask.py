"""From the parameters of an authorization request to an ask, or to the reason why not.

oauthlib checks client, redirect URI, response type and the presence of PKCE; then come the rules that it hasn't got.
"""

import re
from typing import Any

from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from portal.clients.locate import MAX_LENGTH
from portal.clients.models import Client
from portal.clients.resolve import find_client
from portal.consent.ask import Ask
from portal.grants.limit import within_ceiling
from portal.oauth.server import validate_authorization_request
from portal.resources import scopes
from portal.resources.catalog import Server, catalog, find_server
from tenants.models import Tenant
from tenants.refusal import Refusal

# RFC 7636 §4.2: a SHA-256 digest, base64url without padding, is always 43 characters.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_PROMPTS = {"none", "login", "consent", "select_account"}
_LONGEST = {"state": 4096, "nonce": 1024, "login_hint": 254, "scope": 8192}

WORDS = {
    "MissingClientIdError": "Send client_id.",
    "InvalidClientIdError": "No client of this name is known here. Register again, or check the client_id and the issuer.",
    "MismatchingRedirectURIError": "redirect_uri must equal a registered one, character by character; only a loopback port may differ.",
    "InvalidRedirectURIError": "redirect_uri is not an absolute URI.",
    "MissingRedirectURIError": "Send redirect_uri: it can be left out only where exactly one is registered, and it is not a loopback one.",
    "MissingResponseTypeError": "Send response_type=code.",
    "UnsupportedResponseTypeError": "Only response_type=code exists here.",
    "UnauthorizedClientError": "Only response_type=code exists here.",
    "MissingCodeChallengeError": "Send code_challenge: PKCE is required for every client.",
    "UnsupportedCodeChallengeMethodError": "Send code_challenge_method=S256.",
}


class RefusedAsk(Exception):  # noqa: N818 (it is an answer, not a failure of ours)
    """`redirect_uri` is set once it was found among the client's own: only then may an error go there."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        client_id: str = "",
        client: Client | None = None,
        redirect_uri: str = "",
        state: str = "",
    ) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.client_id = client_id
        self.client = client
        self.redirect_uri = redirect_uri
        self.state = state


def read_ask(tenant: Tenant, parameters: dict[str, str], *, document_refused: str = "") -> Ask:
    """Raises RefusedAsk; so too if the client's document was refused, though there is a client of that name."""
    client_id = parameters.get("client_id", "")[:MAX_LENGTH]
    if document_refused:
        raise RefusedAsk("invalid_request", document_refused, client_id=client_id)
    client = find_client(tenant, client_id)
    try:
        try:
            request = validate_authorization_request(parameters)
            return _ask(tenant, parameters, request.client, request.redirect_uri)
        except FatalClientError as error:
            raise RefusedAsk("invalid_request", _words(error), client_id=client_id, client=client) from error
        except OAuth2Error as error:
            if error.error == "unauthorized_client" and parameters["response_type"] == "code":
                # RFC 6749 §4.1.2.1
                raise Refusal(error.error, "This client is not registered for authorization_code.") from error
            # oauthlib has one word for a client that may not use `code` and for a response type that isn't ours.
            code = "unsupported_response_type" if error.error == "unauthorized_client" else str(error.error)
            raise Refusal(code, _words(error)) from error
    except Refusal as refusal:
        # oauthlib checked the client and its redirect URI before anything that can be refused like this.
        raise RefusedAsk(
            refusal.error,
            refusal.description,
            client_id=client_id,
            client=client,
            redirect_uri=parameters.get("redirect_uri") or (client.redirect_uris if client else ""),
            state=parameters.get("state", "")[: _LONGEST["state"]],
        ) from refusal


def _ask(tenant: Tenant, parameters: dict[str, str], client: Any, redirect_uri: Any) -> Ask:
    _check_unsupported(parameters)
    if not _CHALLENGE.fullmatch(parameters["code_challenge"]):
        raise Refusal(
            "invalid_request",
            "code_challenge must be 43 characters: SHA-256 of the verifier, base64url without padding.",
        )
    prompt = tuple(parameters.get("prompt", "").split())
    if not set(prompt) <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise Refusal(
            "invalid_request", "prompt knows none, login, consent and select_account; none stands alone."
        )
    server = find_server(tenant, parameters.get("resource"))
    wanted = _wanted(tenant, parameters.get("scope", ""), server)
    allowed = within_ceiling(tenant, client, server, wanted)
    if not allowed:
        raise Refusal("invalid_scope", "None of these scopes is open to this client.")
    return Ask(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        redirect_uri_sent="redirect_uri" in parameters,
        resource=server.resource,
        scope=allowed,
        asked=scopes.parse(parameters.get("scope", "")),
        barred=scopes.missing(allowed, wanted),
        state=parameters.get("state", ""),
        code_challenge=parameters["code_challenge"],
        nonce=parameters.get("nonce", ""),
        prompt=prompt,
        login_hint=parameters.get("login_hint", ""),
    )


def _check_unsupported(parameters: dict[str, str]) -> None:
    for name, most in _LONGEST.items():
        if len(parameters.get(name, "")) > most:
            raise Refusal("invalid_request", f"{name} is longer than {most} characters.")
    if not _SECONDS.fullmatch(parameters.get("max_age", "0")):
        # OpenID Connect Core §3.1.2.1
        raise Refusal("invalid_request", "max_age is a number of seconds.")
    if "request" in parameters:
        # OpenID Connect Core §6.1
        raise Refusal("request_not_supported", "Send the parameters themselves, not a request object.")
    if "request_uri" in parameters:
        raise Refusal("request_uri_not_supported", "Send the parameters themselves, not a request_uri.")
    if parameters.get("response_mode", "query") != "query":
        raise Refusal("invalid_request", "Only response_mode=query exists here.")


def _wanted(tenant: Tenant, parameter: str, server: Server) -> tuple[str, ...]:
    """The scopes asked for, all of them known at this resource; none named: its defaults (decision 15)."""
    try:
        wanted = scopes.parse(parameter)
    except scopes.InvalidScope as error:
        raise Refusal("invalid_scope", str(error)) from error
    known = (*server.names, *scopes.IDENTITY)
    # Clients that take scopes_supported of the issuer for granted name other servers' scopes too: those are left out.
    elsewhere = (name for other in catalog(tenant) for name in other.names)
    unknown = scopes.unknown(wanted, (*known, *elsewhere))
    if unknown:
        raise Refusal("invalid_scope", f"Unknown here: {' '.join(unknown)[:200]}.")
    if not set(wanted) - set(scopes.IDENTITY):
        defaults = tuple(scope.name for scope in server.scopes if scope.is_default or scope.is_required)
        wanted = scopes.canonical((*wanted, *defaults))
    # A wildcard that the catalog doesn't list as such stands for what it lists below it.
    return scopes.narrow(wanted, known)


def _words(error: OAuth2Error) -> str:
    return WORDS.get(type(error).__name__, error.description or "The request can't be read.")
