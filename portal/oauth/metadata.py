"""RFC 8414 and OpenID Connect Discovery: what this issuer can do, and nothing that it can't."""

from typing import Any

from portal.oauth.token import GRANT_TYPES
from portal.resources.catalog import catalog
from portal.resources.scopes import IDENTITY
from tenants.models import Tenant

CLAIMS = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "email", "email_verified"]
AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]


def server_metadata(tenant: Tenant) -> dict[str, Any]:
    """One document for both standards: clients ask for either and read it the same way."""
    documents = {"client_id_metadata_document_supported": True} if tenant.documents_open else {}
    return {"issuer": tenant.issuer, **_places(tenant), **_abilities(tenant), **documents}


def _places(tenant: Tenant) -> dict[str, str]:
    issuer = tenant.issuer
    places = {
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
    }
    if tenant.registration == Tenant.Registration.OPEN:
        places["registration_endpoint"] = f"{issuer}/register"
    if tenant.privacy_uri:
        places["op_policy_uri"] = tenant.privacy_uri
    if tenant.terms_uri:
        places["op_tos_uri"] = tenant.terms_uri
    return places


def _abilities(tenant: Tenant) -> dict[str, Any]:
    return {
        "scopes_supported": [*IDENTITY, *_scopes(tenant)],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS[1:],
        # MCP: clients refuse to go on where this is absent.
        "code_challenge_methods_supported": ["S256"],
        # RFC 9207 §3
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [tenant.signing_algorithm],
        "claims_supported": CLAIMS,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _scopes(tenant: Tenant) -> list[str]:
    return sorted({name for server in catalog(tenant) for name in server.names})


def resource_metadata(tenant: Tenant, slug: str) -> dict[str, Any] | None:
    """RFC 9728 §2: the document that a tenant's MCP server serves, ready made."""
    for server in catalog(tenant):
        if server.server.slug == slug:
            return {
                "resource": server.resource,
                "authorization_servers": [tenant.issuer],
                "scopes_supported": list(server.names),
                "bearer_methods_supported": ["header"],
                "resource_name": server.server.name,
            }
    return None
