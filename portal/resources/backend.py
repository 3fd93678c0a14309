"""The toolkit's question for scopes, answered by the current tenant's catalog. Named in settings, never imported."""

from typing import Any

from portal.resources.catalog import catalog
from portal.resources.scopes import IDENTITY
from tenants.current import current_tenant


class CatalogScopes:
    def get_all_scopes(self) -> dict[str, str]:
        listed = {scope.name: scope.title for server in catalog(current_tenant()) for scope in server.scopes}
        return {**dict.fromkeys(IDENTITY, ""), **listed}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *_: Any, **__: Any
    ) -> list[str]:
        return list(self.get_all_scopes())

    def get_default_scopes(
        self, application: Any = None, request: Any = None, *_: Any, **__: Any
    ) -> list[str]:
        return [
            scope.name for server in catalog(current_tenant()) for scope in server.scopes if scope.is_default
        ]
