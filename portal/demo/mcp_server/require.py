"""What each tool and resource requires of a token: declared beside it, and nothing can be added without it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from portal.resources.scopes import covers, covers_any, is_pattern, is_scope

_ARGUMENT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call:
    """One use of a tool or a resource, and the scope without which it does not happen."""

    name: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class Requirement:
    run: Callable[..., Any]
    scope: str
    title: str
    annotations: ToolAnnotations | None = None
    uri: str = ""

    def scope_of(self, arguments: Mapping[str, object]) -> str:
        """Fill a scope such as `reports:{name}` from the call's arguments; what makes no scope needs the wildcard."""

        def fill(match: re.Match[str]) -> str:
            value = str(arguments.get(match[1]))
            return value if is_scope(value) and ":" not in value else "*"

        return _ARGUMENT.sub(fill, self.scope)


class Catalog:
    def __init__(self) -> None:
        self.tools: dict[str, Requirement] = {}
        self.resources: dict[str, Requirement] = {}
        self.scopes: tuple[str, ...] = ()
        self.default_scopes: tuple[str, ...] = ()

    def tool[**P, R](
        self, title: str, scope: str, *, default: bool = False, also: Iterable[str] = (), **hints: bool
    ) -> None: ...
