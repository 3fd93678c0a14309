"""Whatever two colours a tenant gives, text in them and on them can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.users.colour import DARK, LIGHT, READABLE, contrast, palette

colours = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_text_can_be_read_in_light(accent):
    check(palette(accent, dark=False), LIGHT)


@given(colours)
def test_text_can_be_read_in_dark(accent):
    check(palette(accent, dark=True), DARK)


def check(tokens, ground):
    assert contrast(tokens["on-accent"], tokens["accent"]) >= READABLE
    for under in (ground["page"], ground["surface"], ground["danger_soft"], tokens["accent-soft"]):
        assert contrast(tokens["accent-ink"], under) >= READABLE, under
    for text in (ground["ink"], ground["muted"]):
        assert contrast(text, tokens["accent-soft"]) >= READABLE


@pytest.mark.parametrize("accent", ["#0b6e69", "#ffc400"])
def test_keeps_the_fill_as_given_in_light(accent):
    assert palette(accent, dark=False)["accent"] == accent


def test_bars_of_a_red_brand_are_not_red():
    assert palette("#d01020", dark=False)["data"] == "var(--info)"
