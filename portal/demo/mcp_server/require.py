"""What each tool and resource requires of a token: declared beside it, and nothing can be served without it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mcp.server import MCPServer
from mcp.shared.uri_template import UriTemplate
from mcp_types import ToolAnnotations

from portal.resources.scopes import covers, covers_any, is_scope

Function = TypeVar("Function", bound=Callable[..., object])

_ARGUMENT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call:
    """One use of a tool or a resource, and the scope without which it does not happen."""

    name: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class Requirement:
    function: Callable[..., object]
    title: str
    scope: str
    annotations: ToolAnnotations | None = None

    def name_scope(self, arguments: Mapping[str, object]) -> str:
        """Fill a scope such as `reports:{name}` from the call; an argument that makes no segment needs the wildcard."""

        def fill(match: re.Match[str]) -> str:
            value = arguments.get(match[1])
            return value if isinstance(value, str) and is_scope(value) and ":" not in value else "*"

        return _ARGUMENT.sub(fill, self.scope)


class Catalog:
    def __init__(self) -> None:
        self.scopes: tuple[str, ...] = ()
        self.default_scopes: tuple[str, ...] = ()
        self._tools: dict[str, Requirement] = {}
        self._resources: dict[str, Requirement] = {}

    def tool(
        self,
        title: str,
        scope: str,
        *,
        default: bool = False,
        also: Iterable[str] = (),
        annotations: ToolAnnotations | None = None,
    ) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            self._tools[function.__name__] = Requirement(
                function=function, title=title, scope=scope, annotations=annotations
            )
            self._add_scopes((_ARGUMENT.sub("*", scope), *also), default=default)
            return function

        return declare

    def resource(self, uri: str, title: str, scope: str) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            self._resources[uri] = Requirement(function=function, title=title, scope=scope)
            self._add_scopes((scope,), default=False)
            return function

        return declare

    def _add_scopes(self, names: Iterable[str], *, default: bool) -> None:
        new = tuple(name for name in names if name not in self.scopes)
        self.scopes += new
        self.default_scopes += new if default else ()

    def serve_on(self, server: MCPServer) -> None:
        for tool in self._tools.values():
            server.add_tool(tool.function, title=tool.title, annotations=tool.annotations)
        for uri, resource in self._resources.items():
            server.resource(uri, title=resource.title, mime_type="application/json")(resource.function)

    def find_call(self, method: object, params: object) -> Call | None:
        """Say which protected thing a JSON-RPC request uses. None: it only needs a valid token, or does not exist."""
        if not isinstance(params, Mapping):
            return None
        if method == "tools/call":
            return self._find_tool(params.get("name"), params.get("arguments"))
        if method == "resources/read":
            return self._find_resource(params.get("uri"))
        return None

    def _find_tool(self, name: object, arguments: object) -> Call | None:
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None or not isinstance(name, str):
            return None
        return Call(name, tool.name_scope(arguments if isinstance(arguments, Mapping) else {}))

    def _find_resource(self, uri: object) -> Call | None:
        for template, resource in self._resources.items():
            if isinstance(uri, str) and UriTemplate.parse(template).match(uri) is not None:
                # The template's name, not the URI: whose data was read is not the audit trail's to keep.
                return Call(resource.function.__name__, resource.scope)
        return None

    def name_missing(self, calls: Iterable[Call], held: Iterable[str]) -> tuple[str, ...]:
        held = tuple(held)
        wanted = (call.scope for call in calls if not covers_any(held, call.scope))
        return tuple(dict.fromkeys(self._name_offered(scope) for scope in wanted))

    def _name_offered(self, scope: str) -> str:
        """Ask only for what the portal's catalog offers: the scope itself, else the narrowest wildcard above it."""
        if scope in self.scopes:
            return scope
        above = [name for name in self.scopes if covers(name, scope)]
        return max(above, key=len, default=scope)
