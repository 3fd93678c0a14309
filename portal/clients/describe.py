"""Client ID Metadata Document drafts 00 to 02, §4.1: from a fetched document to what it says of the client.

The document is written for every authorization server at once: what we don't offer is left out of it, where a
registration, which is for us alone, would be refused.
"""

from portal.clients import document, metadata
from portal.clients.document import Fields, InvalidMetadata, refuse
from portal.clients.locate import NoDocument
from portal.clients.metadata import ClientMetadata
from tenants.models import Tenant

GRANT_TYPES = ("authorization_code", "refresh_token")
_SHARED_SECRETS = ("client_secret", "client_secret_expires_at")


def describe(raw: bytes, *, url: str, tenant: Tenant) -> ClientMetadata:
    """Raises NoDocument."""
    try:
        return _read(document.load(raw), url=url, tenant=tenant)
    except InvalidMetadata as error:
        raise NoDocument(error.description) from error


def _read(content: dict[str, object], *, url: str, tenant: Tenant) -> ClientMetadata:
    # Simple string comparison: another case, slash or query is another client.
    if content.get("client_id") != url:
        refuse("The document's client_id is not the URL that it stands at.")
    if any(name in content for name in _SHARED_SECRETS):
        refuse("The document has a client_secret, which everybody could read.")
    fields = Fields(content)
    # MCP: client_name is required. A name of invisible characters is none.
    if not fields.text("client_name", limit=metadata.MAX_NAME):
        refuse("client_name is missing.")
    _check_auth_method(fields)
    kept = {
        **content,
        "token_endpoint_auth_method": "none",
        "grant_types": _grant_types(fields),
        "response_types": [kind for kind in fields.strings("response_types", limit=20) if kind == "code"],
        # Scopes are the tenant's business: its ceiling holds (decision 13).
        "scope": "",
    }
    schemes = frozenset(tenant.private_use_schemes)
    return metadata.read(kept, policy=metadata.Policy(narrow_scope=str, private_use_schemes=schemes))


def _check_auth_method(fields: Fields) -> None:
    """A client that can do without proof at /token is public here, whatever it would rather use (ChatGPT)."""
    method = fields.string("token_endpoint_auth_method")
    methods = fields.strings("token_endpoint_auth_methods_supported", limit=20)
    if method.startswith("client_secret"):
        # Drafts §4.1: no method that is based on a shared symmetric secret.
        refuse("token_endpoint_auth_method must not be one with a shared secret.")
    if method != "none" and "none" not in (methods if method or methods else ("none",)):
        refuse(
            "token_endpoint_auth_method must be none, or none stand in token_endpoint_auth_methods_supported."
        )


def _grant_types(fields: Fields) -> list[str]:
    named = fields.strings("grant_types", limit=20)
    kept = [name for name in named if name in GRANT_TYPES]
    if named and "authorization_code" not in kept:
        refuse("grant_types must have authorization_code.")
    # Decision 16: whoever connects stays connected; a document that names none leaves it to us.
    return kept or list(GRANT_TYPES)
