"""The grammar of scopes and the one matcher, as examples and as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.resources import scopes

# Few segments from a small alphabet, so that random scopes really do cover one another.
segment = st.sampled_from(["a", "b", "c-1", "d.e", "f_g"])
concrete = st.lists(segment, min_size=1, max_size=5).map(":".join)
wildcard = concrete.map(lambda name: f"{name}:*")
scope = concrete | wildcard
many = st.lists(scope, max_size=6)

SENTIMENT = "mcp:tools:sentiment:score"
DAILY = "mcp:exec:workflows:daily-report"
WORKFLOWS = "mcp:exec:workflows:*"
CATALOG = (SENTIMENT, "mcp:tools:weather", "mcp:resources:customer-data:read", WORKFLOWS, DAILY)


@pytest.mark.parametrize(
    "name",
    ["mcp:tools:weather", "mcp:resources:customer-data:read", WORKFLOWS, "a:*", "a_b.c-1", *scopes.IDENTITY],
)
def test_is_a_scope(name):
    assert scopes.is_scope(name)
    assert scopes.check(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*",
        ":",
        ":*",
        "*:a",
        "a:",
        ":a",
        "a::b",
        "a:*:b",
        "a:*:*",
        "a:b*",
        "a:**",
        "Mcp:tools",
        "a b",
        "a\n",
        "a:b\n",
        "ä:b",
        "a:b\u200b",
        "a/b",
        "a" * 256,
        ":".join("a" * 17),
        ":".join("a" * 16) + ":*",
    ],
)
def test_is_no_scope(name):
    assert not scopes.is_scope(name)
    assert not scopes.covers(name, name)
    with pytest.raises(scopes.InvalidScope, match=r"^[\x20-\x7e]+$"):
        scopes.check(name)


def test_limits_are_inclusive():
    assert scopes.is_scope("a" * 255)
    assert scopes.is_scope(":".join("a" * 16))
    assert scopes.is_scope(":".join("a" * 15) + ":*")


@pytest.mark.parametrize("wanted", ["a:b:c", "a:b:c:d", "a:b:c:*", "a:b:*"])
def test_wildcard_covers_everything_below(wanted):
    assert scopes.covers("a:b:*", wanted)


@pytest.mark.parametrize(
    "wanted", ["a:b", "a:*", "a", "a:bc", "a:bc:d", "b:a:b:c", "*", "a:b:", "a:b:C", "a:b:c:"]
)
def test_wildcard_covers_nothing_else(wanted):
    assert not scopes.covers("a:b:*", wanted)


@pytest.mark.parametrize("held", ["*", ":*", "a*", "a:b*", "a:b", "a:b:c:d", "a:b:c:*", "**", ""])
def test_what_is_no_wildcard_above_covers_nothing_below(held):
    assert not scopes.covers(held, "a:b:c")


@pytest.mark.spec("RFC 6749", "3.3")
@pytest.mark.parametrize(
    ("parameter", "tokens"),
    [
        ("", ()),
        ("   ", ()),
        ("b a", ("a", "b")),
        (" a  b a ", ("a", "b")),
        ("User.Read https://graph.example/.default", ("User.Read", "https://graph.example/.default")),
    ],
    ids=["AZ-032-empty", "AZ-032-spaces", "order", "repeated", "foreign"],
)
def test_parses_a_scope_parameter(parameter, tokens):
    assert scopes.parse(parameter) == tokens


@pytest.mark.spec("RFC 6749", "3.3")
@pytest.mark.parametrize(
    "parameter",
    ["a\tb", "a\0", "a\nb", 'a"b', "a\\b", "a\u00a0b", "a\u2028b", "\U0001f600", "a\x7fb"],
    ids=lambda value: f"AZ-033-{value!a}",
)
def test_refuses_characters_outside_of_the_standard(parameter):
    with pytest.raises(scopes.InvalidScope, match=r"^[\x20-\x7e]+$") as refused:
        scopes.parse(parameter)
    assert not set('"\\').intersection(str(refused.value))


def test_refuses_more_scopes_than_a_person_can_read():
    assert len(scopes.parse(" ".join(f"a:{n}" for n in range(200)))) == 200
    with pytest.raises(scopes.InvalidScope):
        scopes.parse(" ".join(f"a:{n}" for n in range(201)))


def test_token_lists_the_wildcard_and_what_the_catalog_has_below_it():
    assert scopes.expand([WORKFLOWS, "mcp:tools:weather"], CATALOG) == (WORKFLOWS, DAILY, "mcp:tools:weather")


def test_token_lists_a_name_that_the_catalog_has_only_as_a_wildcard():
    assert scopes.expand(["mcp:exec:workflows:weekly"], CATALOG) == ("mcp:exec:workflows:weekly",)


def test_token_leaves_out_what_the_catalog_lost():
    assert scopes.expand(["mcp:tools:gone", "mcp:gone:*", "mcp:tools:weather"], CATALOG) == (
        "mcp:tools:weather",
    )


def test_wider_wildcard_lists_narrower_ones():
    assert scopes.expand(["mcp:exec:*"], CATALOG) == ("mcp:exec:*", WORKFLOWS, DAILY)


def test_names_what_is_missing():
    assert scopes.missing([WORKFLOWS], [DAILY, "mcp:tools:weather"]) == ("mcp:tools:weather",)
    assert scopes.unknown(["openid", DAILY, "admin"], CATALOG) == ("admin", "openid")


def test_wildcard_beyond_the_ceiling_gives_way_to_what_is_within():
    ceiling = ["mcp:tools:*", "mcp:resources:customer-data:read"]
    assert scopes.narrow(["mcp:*", "mcp:tools:weather", "admin"], ceiling) == (
        "mcp:resources:customer-data:read",
        "mcp:tools:*",
        "mcp:tools:weather",
    )


@pytest.mark.parametrize(
    "asked", ["*", "admin", "mcp:tools:weather:*", "a:*"], ids=lambda name: f"RG-014-{name}"
)
def test_nothing_beyond_the_ceiling_is_kept(asked):
    assert scopes.narrow([asked], ["mcp:tools:weather", "b:*"]) == ()


@given(scope)
def test_covers_is_reflexive(name):
    assert scopes.covers(name, name)


@given(scope, scope, scope)
def test_covers_is_transitive(first, second, third):
    if scopes.covers(first, second) and scopes.covers(second, third):
        assert scopes.covers(first, third)


@given(scope, scope)
def test_two_scopes_that_cover_each_other_are_one(first, second):
    if scopes.covers(first, second) and scopes.covers(second, first):
        assert first == second


@given(concrete, scope)
def test_concrete_scope_covers_only_itself(held, wanted):
    assert scopes.covers(held, wanted) == (held == wanted)


@given(concrete, scope)
def test_wildcard_covers_exactly_what_is_below_it(above, wanted):
    below = wanted.split(":")[: above.count(":") + 1] == above.split(":") and wanted != above
    assert scopes.covers(f"{above}:*", wanted) == below


@given(many, many)
def test_expand_agrees_with_covers(held, catalog):
    listed = scopes.expand(held, catalog)
    assert scopes.covers_all(held, listed)
    assert {entry for entry in catalog if scopes.covers_any(held, entry)} <= set(listed)
    assert set(listed) <= {*held, *catalog}
    assert scopes.expand(listed, catalog) == listed


@given(many, many, scope)
def test_exact_verifier_agrees_with_the_matcher_on_the_catalog(held, catalog, wanted):
    if wanted in catalog:
        assert (wanted in scopes.expand(held, catalog)) == scopes.covers_any(held, wanted)


@given(many, many, scope)
def test_narrow_is_the_intersection(wanted, ceiling, probe):
    kept = scopes.narrow(wanted, ceiling)
    both = scopes.covers_any(wanted, probe) and scopes.covers_any(ceiling, probe)
    assert scopes.covers_any(kept, probe) == both


@given(many, many)
def test_ceiling_never_widens(wanted, ceiling):
    kept = scopes.narrow(wanted, ceiling)
    assert scopes.covers_all(wanted, kept)
    assert scopes.covers_all(ceiling, kept)
    assert scopes.narrow(kept, ceiling) == kept


@given(many, many)
def test_nothing_is_missing_exactly_if_all_is_covered(held, wanted):
    lacking = scopes.missing(held, wanted)
    assert scopes.covers_all(held, wanted) == (not lacking)
    assert scopes.covers_all([*held, *lacking], wanted)


@given(many)
def test_parse_reads_what_join_wrote(names):
    assert scopes.parse(scopes.join(names)) == scopes.canonical(names)


@given(st.text())
def test_parse_never_fails_otherwise(parameter):
    try:
        tokens = scopes.parse(parameter)
    except scopes.InvalidScope:
        return
    assert scopes.parse(" ".join(tokens)) == tokens


def test_narrowing_keeps_a_wildcard_that_is_inside_and_nothing_below_it():
    assert scopes.narrow(["a:*"], ["a:*", "a:b"]) == ("a:*",)
    assert scopes.narrow(["a:*"], ["a:b", "a:c", "d"]) == ("a:b", "a:c")
