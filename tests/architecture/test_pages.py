"""What every page must be: readable by Django, without inline code, without third parties, small."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
STYLESHEETS = sorted((ROOT / "static").glob("*.css"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_compiles(path):
    get_template(name(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_page_carries_no_inline_style_script_or_handler(path):
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|javascript:", path.read_text(), re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_page_loads_nothing_from_elsewhere(path):
    assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", path.read_text())


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheet_loads_nothing(path):
    assert not re.search(r"@import|url\(", path.read_text())


def test_colours_stand_in_tokens_only():
    """A colour outside the tokens would not follow dark mode; the six tones of tiles are the same in both."""
    rules = (ROOT / "static" / "portico.css").read_text().partition("/* ---------- 3 base")[2]
    lines = [line for line in rules.splitlines() if re.search(r"#[0-9a-f]{3,8}\b", line)]
    assert all(line.startswith((".tile-1", ".tile-4", "  background: #5b6472")) for line in lines), lines


def test_stylesheet_leaves_room_for_the_page():
    """Page and stylesheet stay under 50 KB; the largest page has about 10."""
    assert len((ROOT / "static" / "portico.css").read_bytes()) < 30_000


def test_every_word_can_be_translated():
    """Text between tags stands in `translate` or `blocktranslate`."""
    for path in PAGES:
        text = re.sub(
            r"<code>.*?</code>|\{% blocktranslate.*?endblocktranslate %\}|\{#.*?#\}",
            "",
            path.read_text(),
            flags=re.DOTALL,
        )
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        words = {word.strip() for word in re.findall(r">([^<>]*[A-Za-z]{2,}[^<>]*)<", text)}
        assert words <= {"Portico", "admin"}, path  # our name, and the class of the admin's body


def test_deny_comes_before_allow():
    decision = (ROOT / "templates/consent/ask/decision.html").read_text()
    assert 0 < decision.index('value="deny"') < decision.index('value="allow"')
