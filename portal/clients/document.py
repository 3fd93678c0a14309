"""A client's description of itself as JSON, read so strictly that all who read it agree on what it says.

A stranger wrote it. Two members of one name, a lone surrogate, `Infinity` or a thousand opening brackets each make some
parser, some database or some page behave differently: none of them gets past this module.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

from portal.clients import redirect_uri

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16

# A string is taken whole, also an unterminated one, so that brackets in it don't count and no position is read twice.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
# Neither PostgreSQL's text nor UTF-8 can hold these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
# Letters and symbols by their category, but nothing to be seen: a name of them would look like no name.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


class InvalidMetadata(ValueError):  # noqa: N818 - named after the wire's error, invalid_client_metadata
    """What to answer to the client's developer: RFC 7591 §3.2.2's code, and what to change, in ASCII."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        # RFC 6749 §5.2: error_description may not hold quotes, backslashes or anything outside of visible ASCII.
        self.description = re.sub(r'[^\x20-\x7e]|["\\]', "?", description)


def refuse(description: str) -> NoReturn:
    raise InvalidMetadata("invalid_client_metadata", description)


def load(raw: bytes, *, most: int = MAX_BYTES) -> dict[str, object]:
    """Read a JSON object."""
    if len(raw) > most:
        refuse(f"The document has more than {most} bytes.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        refuse("The document is not UTF-8.")
    _check_depth(text)
    try:
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except InvalidMetadata:
        raise
    except ValueError:
        refuse("The document is not JSON.")
    if not isinstance(document, dict):
        refuse("The document must be a JSON object.")
    if any(_UNSTORABLE.search(text) for text in _texts(document)):
        refuse("The document has a NUL or half of a surrogate pair in a string.")
    return document


def _check_depth(text: str) -> None:
    depth = 0
    for token in _STRUCTURE.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            refuse(f"The document is nested more than {MAX_DEPTH} deep.")


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        refuse("The document has two members of the same name.")
    return found


def _no_constant(_: str) -> NoReturn:
    refuse("The document is not JSON: NaN and Infinity are no numbers there.")


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        refuse("The document has a number that is too large.")
    return number


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)


def visible(text: str) -> str:
    """Return the text without what is invisible or turns the direction of writing, on one line."""
    spaced = (" " if char.isspace() else char for char in unicodedata.normalize("NFC", text))
    seen = (char for char in spaced if unicodedata.category(char) not in _INVISIBLE and char not in _BLANK)
    return " ".join("".join(seen).split())


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of a document by type. Real clients send null, '' and [] where they mean nothing: so it is read."""

    document: Mapping[str, object]

    def string(self, name: str) -> str:
        value = self.document.get(name)
        if value is not None and not isinstance(value, str):
            refuse(f"{name} must be a string.")
        return value or ""

    def text(self, name: str, *, limit: int) -> str:
        """Read what people are shown, cut to the limit."""
        return visible(self.string(name)[: 4 * limit])[:limit].rstrip()

    def strings(self, name: str, *, limit: int) -> tuple[str, ...]:
        """Read a list of strings, each once, in the order given."""
        value = self.document.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            refuse(f"{name} must be a list of strings.")
        if len(value) > limit:
            refuse(f"{name} may list at most {limit}.")
        return tuple(dict.fromkeys(value))

    def texts(self, name: str, *, limit: int) -> tuple[str, ...]:
        return tuple(text for item in self.strings(name, limit=limit) if (text := visible(item[:255])))

    def https(self, name: str) -> str:
        value = self.string(name)
        if value and not redirect_uri.is_https(value):
            refuse(f"{name} must be an https address.")
        return value
