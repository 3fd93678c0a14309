"""A stranger's JSON, read strictly."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients import document


def test_loads_an_object():
    assert document.load('{"client_name": "Bücher", "n": [1, 2.5, null, true]}'.encode()) == {
        "client_name": "Bücher",
        "n": [1, 2.5, None, True],
    }


@pytest.mark.spec("RFC 7591", "3.1")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not JSON",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"1" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"a": ["\\u0000"]}',
        b'{"\\udfff": 1}',
        b'{"a": "\n"}',
        b'{"a": 1} {"b": 2}',
        b"{'a': 1}",
        b'{"a": "' + b"x" * document.MAX_BYTES + b'"}',
    ],
    ids=lambda raw: f"RG-020-{raw[:24]!r}",
)
def test_refuses(raw):
    with pytest.raises(document.InvalidMetadata) as refused:
        document.load(raw)
    assert refused.value.error == "invalid_client_metadata"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
        b'"' * 60_000,
        b'"\\' * 30_000,
        b'\\"' * 30_000,
        b'{"a":"' + b"\\" * 60_000,
    ],
    ids=lambda raw: f"RG-021-{raw[:8]!r}-{len(raw)}",
)
def test_refuses_deep_nesting_without_effort(raw):
    begun = process_time()
    with pytest.raises(document.InvalidMetadata):
        document.load(raw)
    assert process_time() - begun < 1


def test_brackets_in_strings_are_no_depth():
    text = '[{\\"' * 100
    assert document.load(f'{{"a": "{text}"}}'.encode()) == {"a": '[{"' * 100}


@given(
    st.binary()
    | st.recursive(
        st.none() | st.text() | st.floats(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ).map(lambda value: json.dumps(value).encode())
)
def test_loads_or_refuses_and_never_fails(raw):
    try:
        loaded = document.load(raw)
    except document.InvalidMetadata:
        return
    json.dumps(loaded, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("  Claude \n Code ", "Claude Code"),
        ("Claude\u202eedoC\u202c", "ClaudeedoC"),
        ("Cl\u200baude\ufeff\0\x1b[1m", "Claude[1m"),
        ("\u2066\u200d", ""),
        ("\u3164\u2800\u115f", ""),
        ("Bu\u0308cher\u2029 GmbH", "B\u00fccher GmbH"),
    ],
)
def test_shows_only_what_is_visible(written, seen):
    assert document.visible(written) == seen


@pytest.mark.spec("RFC 6749", "5.2")
def test_description_is_fit_for_the_wire():
    refused = document.InvalidMetadata("invalid_client_metadata", 'a"b\\c\nd\u00fc\u202e')
    assert refused.description == "a?b?c?d??"
