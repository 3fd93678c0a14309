"""Scopes: their grammar, and the one matcher.

RFC 6749 §3.3 says which characters a scope may have; we say what it means. A scope is segments of
`[a-z0-9._-]` joined by colons; a last segment `*` stands for everything below it, at any depth, and never
for what stands above: `a:b:*` covers `a:b:c`, `a:b:c:d`, `a:b:c:*` and itself, not `a:b`.

Registration, ceiling, consent, issue, introspection, the API and the demo MCP server all ask here. Nothing is
imported, so that a resource server can take this file as it is.
"""

import re
from collections.abc import Iterable

#: Scopes of OpenID Connect Core §5.4 and §11. No catalog lists them: whoever compares with a catalog adds them.
IDENTITY = ("openid", "profile", "email", "offline_access")

MAX_LENGTH = 255
MAX_SEGMENTS = 16
#: More scopes than a person can read on one page are not a request but an attack.
MAX_REQUESTED = 200

# RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
_PARAMETER = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")
_SEGMENT = r"[a-z0-9._-]+"
_SCOPE = re.compile(rf"{_SEGMENT}(?::{_SEGMENT}){{0,{MAX_SEGMENTS - 2}}}(?::(?:\*|{_SEGMENT}))?")
_BELOW = ":*"


class InvalidScope(ValueError):  # noqa: N818 - named after the wire's error, invalid_scope
    """The text is no scope, or no list of scopes. The message is fit for `error_description`."""


def is_scope(name: str) -> bool:
    """Say whether this is a scope of our grammar, concrete or wildcard."""
    return len(name) <= MAX_LENGTH and _SCOPE.fullmatch(name) is not None


def is_wildcard(name: str) -> bool:
    """Say whether this is a wildcard scope."""
    return name.endswith(_BELOW) and is_scope(name)


def check(name: str) -> str:
    """Return the scope, or say what is wrong with it: for catalogs, where a person typed it."""
    if len(name) > MAX_LENGTH:
        raise InvalidScope(f"A scope has at most {MAX_LENGTH} characters.")
    if name.count(":") >= MAX_SEGMENTS:
        raise InvalidScope(f"A scope has at most {MAX_SEGMENTS} segments.")
    if name == "*":
        raise InvalidScope("A wildcard needs a segment before it, as in 'mcp:tools:*'.")
    if "*" in name and (name.count("*") > 1 or not name.endswith(_BELOW)):
        raise InvalidScope("A wildcard is the whole last segment, as in 'mcp:tools:*'.")
    if not is_scope(name):
        raise InvalidScope(
            "A scope is segments joined by colons, each of lower-case letters, digits, dots, hyphens and "
            "underscores, as in 'mcp:tools:weather'."
        )
    return name


def canonical(scopes: Iterable[str]) -> tuple[str, ...]:
    """Each scope once, in the one order that equal sets share."""
    return tuple(sorted(set(scopes)))


def join(scopes: Iterable[str]) -> str:
    """Write the scopes as the wire wants them."""
    return " ".join(canonical(scopes))


def parse(parameter: str) -> tuple[str, ...]:
    """Read a `scope` parameter into canonical order; an empty one asks for nothing.

    Surplus spaces are forgiven, since real clients join lists with empty members. A token outside of our
    grammar is kept: it is no syntax error, only a scope that no catalog knows and nothing covers.
    """
    # RFC 6749 §3.3: a list of space-delimited, case-sensitive strings, whose order does not matter.
    if _PARAMETER.fullmatch(parameter) is None:
        raise InvalidScope(
            "scope may hold only visible ASCII characters and single spaces, no quotes or backslashes."
        )
    tokens = canonical(token for token in parameter.split(" ") if token)
    if len(tokens) > MAX_REQUESTED:
        raise InvalidScope(f"scope may list at most {MAX_REQUESTED} scopes.")
    return tokens


def covers(held: str, wanted: str) -> bool:
    """Say whether whoever holds the first scope may do all that the second allows."""
    if held == wanted:
        return is_scope(wanted)
    # Whatever is wrong with a held wildcard is wrong with everything that begins like it, so one check is enough.
    return held.endswith(_BELOW) and wanted.startswith(held[:-1]) and is_scope(wanted)


def covers_any(held: Iterable[str], wanted: str) -> bool:
    """Say whether one of the held scopes covers the wanted one."""
    return any(covers(scope, wanted) for scope in held)


def covers_all(held: Iterable[str], wanted: Iterable[str]) -> bool:
    """Say whether every wanted scope is covered by one of the held."""
    return not missing(held, wanted)


def missing(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted scopes, those that nothing held covers."""
    held = tuple(held)
    return canonical(scope for scope in wanted if not covers_any(held, scope))


def is_known(scope: str, catalog: Iterable[str]) -> bool:
    """Say whether the catalog has this scope, has it below a wildcard, or has something below it."""
    return any(covers(entry, scope) or covers(scope, entry) for entry in catalog)


def unknown(wanted: Iterable[str], catalog: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted scopes, those that the catalog knows nothing about."""
    catalog = tuple(catalog)
    return canonical(scope for scope in wanted if not is_known(scope, catalog))


def expand(held: Iterable[str], catalog: Iterable[str]) -> tuple[str, ...]:
    """What a token lists: every catalog scope that is covered, and what is held itself, wildcards too.

    So a verifier that compares strings exactly works as well as one with our matcher. What has gone from the
    catalog since it was granted is left out.
    """
    held, catalog = tuple(held), tuple(catalog)
    covered = (entry for entry in catalog if covers_any(held, entry))
    return canonical((*covered, *(scope for scope in held if is_known(scope, catalog))))


def narrow(wanted: Iterable[str], ceiling: Iterable[str]) -> tuple[str, ...]:
    """Keep of the wanted scopes what lies within the ceiling.

    A wildcard that the ceiling does not cover as a whole gives way to the ceiling's scopes below it.
    """
    wanted, ceiling = tuple(wanted), tuple(ceiling)
    within = [scope for scope in wanted if covers_any(ceiling, scope)]
    beyond = [scope for scope in wanted if scope not in within]
    below = (limit for limit in ceiling if covers_any(beyond, limit))
    return canonical((*within, *below))
