"""A protocol module that cites a standard's section has a test that stands for that section."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("oauth", "consent", "clients", "grants", "resources", "keys")
    for pattern in ("*.py", "*.sql")
    for path in (HOUSE / "portal" / folder).rglob(pattern)
    if "migrations" not in path.parts
]
STANDARD = r"RFC \d+|OAuth 2\.1|OpenID Connect [A-Z][a-z]+"
#: `RFC 7591 §2/3.2.2` would hide the second section: each is written as its own `§`.
CITATION = re.compile(rf"(?P<standard>{STANDARD}),? (?P<sections>§[\d.]*\d(?:(?: and|,) §[\d.]*\d)*)")


def citations(text: str) -> Iterator[tuple[str, str]]:
    for found in CITATION.finditer(text):
        for section in re.findall(r"§([\d.]*\d)", found["sections"]):
            yield found["standard"], section


@cache
def marked() -> set[tuple[str, str]]:
    """Every (standard, section) that a test is marked with."""
    found = set()
    for path in (HOUSE / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.spec":
                standard, section = (ast.literal_eval(argument) for argument in node.args)
                found.add((standard, section))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_cites_only_what_a_test_stands_for(path):
    cited = set(citations(path.read_text(encoding="utf-8")))
    assert not sorted(cited - marked())


def test_reads_citations_as_they_are_written():
    text = "# RFC 6749 §3.1.2, RFC 8252 §7.\nRFC 7636 §4.4 and §4.6; OpenID Connect Core §2: it"
    assert list(citations(text)) == [
        ("RFC 6749", "3.1.2"), ("RFC 8252", "7"), ("RFC 7636", "4.4"), ("RFC 7636", "4.6"), ("OpenID Connect Core", "2"),
    ]  # fmt: skip
