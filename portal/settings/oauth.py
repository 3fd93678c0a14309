"""What django-oauth-toolkit is told: our models, and each of its gates shut.

Nothing that differs between tenants is read from here; `tenants.Tenant` and `resources.Scope` hold it.
"""

OAUTH2_PROVIDER_APPLICATION_MODEL = "clients.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "grants.AuthorizationCode"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "grants.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "grants.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "grants.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "grants.DeviceCode"

# The toolkit's own migrations build its own tables, none of which is used.
MIGRATION_MODULES = {"oauth2_provider": None}

OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "portal.oauth.server.ResourceProtection",
    "OAUTH2_VALIDATOR_CLASS": "portal.oauth.validator.Validator",
    "SCOPES_BACKEND_CLASS": "portal.resources.backend.CatalogScopes",
    "DEFAULT_SCOPES": [],
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOW_URI_WILDCARDS": False,
    # The schemes of redirect URIs are a tenant's policy; this is only what the toolkit's own forms would accept.
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
