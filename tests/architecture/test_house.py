"""The house's rules: where things stand, how large they may grow, and that the README tells the truth."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text() if (ROOT / "README.md").exists() else ""
IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()] + [".git"]


def walk(folder: Path) -> Iterator[str]:
    """Every file that is the project's own, as .gitignore tells; git itself need not be here."""
    for path in sorted(folder.iterdir()):
        if any(fnmatch(path.name, pattern) for pattern in IGNORED):
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield str(path.relative_to(ROOT))


TRACKED = list(walk(ROOT))
SOURCES = sorted(
    ROOT / name
    for name in TRACKED
    if name.endswith(".py") and "/migrations/" not in name and not name.startswith("tests/")
)
TESTS = sorted(ROOT / name for name in TRACKED if name.startswith("tests/") and name.endswith(".py"))
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "manage.py", "portal", "pyproject.toml",
    "static", "templates", "tenants", "tests", "uv.lock",
}  # fmt: skip
JUNK_DRAWERS = {"utils", "helpers", "common", "core", "services", "misc"}


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_only_named_things_stand_at_the_top_level():
    assert {name.split("/")[0] for name in TRACKED} == TOP_LEVEL


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_source_file_is_at_most_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_test_file_is_at_most_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_function_is_at_most_40_lines(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 40, node.name


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=short)
def test_package_says_what_it_is_for_and_nothing_else(path):
    module = ast.parse(path.read_text())
    assert ast.get_docstring(module)
    assert len(module.body) == 1
    assert len(path.read_text().splitlines()) <= 15


def test_there_are_no_junk_drawers():
    assert not [path for path in SOURCES if {path.stem, *path.relative_to(ROOT).parts} & JUNK_DRAWERS]


def test_imports_only_go_down():
    """The contracts stand in pyproject.toml."""
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout


def test_migrations_say_what_the_models_say():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_readme_shows_the_house_as_it_is():
    """The tree in the README names every folder of source, and no other."""
    tree = README.partition("## The house")[2].partition("```")[2].partition("```")[0]
    named = set()
    for line in tree.splitlines():
        match = re.match(r"^( *)([a-z_]+)/ ", line)
        if match:
            named.add(("portal/" if match[1] else "") + match[2])
    packages = {short(path.parent) for path in SOURCES if path.name == "__init__.py"}
    folders = {name for name in packages if name.count("/") <= 1 and not name.startswith("tests")}
    assert named == folders | {"templates", "static", "tests"}


def test_every_setting_is_documented():
    """Whatever is read from the environment stands in the README's table."""
    reads = r"(?:required|listed|number|environ\.get|getenv)\(\s*\"([A-Z][A-Z_]+)\""
    settings = [path for path in SOURCES if "settings" in path.parts]
    read = {name for path in settings for name in re.findall(reads, path.read_text())}
    assert read
    assert not {name for name in read if f"`{name}`" not in README}


def test_every_audit_event_is_documented():
    from portal.audit.events import Event

    assert all(event.meaning for event in Event)
    assert not [event.value for event in Event if f"`{event.value}`" not in README]


def test_sql_writes_only_events_of_the_catalogue():
    from portal.audit.events import Event

    known = {event.value for event in Event}
    prefixes = {name.split(".")[0] for name in known}
    for path in ROOT.glob("portal/*/sql/*.sql"):
        named = {
            name
            for name in re.findall(r"'([a-z_]+\.[a-z_]+)'", path.read_text())
            if name.split(".")[0] in prefixes
        }
        assert named <= known, path
