"""What a client says of itself, and what is registered of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients import metadata
from portal.clients.document import InvalidMetadata
from portal.clients.flows import DEVICE_CODE, JWT_BEARER

CEILING = {"mcp:tools:weather", "offline_access"}
POLICY = metadata.Policy(narrow_scope=lambda asked: " ".join(sorted(CEILING.intersection(asked.split()))))
REDIRECT = "https://client.example/cb"


def read(**document):
    return metadata.read({"redirect_uris": [REDIRECT], **document}, policy=POLICY)


def refusal(**document):
    with pytest.raises(InvalidMetadata) as refused:
        read(**document)
    assert refused.value.description.isascii()
    assert refused.value.description.isprintable()
    return refused.value.error


REAL_CLIENTS = {
    "python-mcp": {
        "redirect_uris": ["http://localhost:3030/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "mcp:tools:weather offline_access",
        "client_name": "Journey",
        "application_type": "native",
    },
    "cursor": {
        "client_name": "Cursor",
        "redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    "vscode": {
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    "inspector": {
        "redirect_uris": ["http://127.0.0.1:6276/oauth/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "client_name": "MCP Inspector",
        "client_uri": "https://github.com/modelcontextprotocol/inspector",
        "scope": "",
    },
    "mcp-remote": {
        "redirect_uris": ["http://localhost:3335/oauth/callback"],
        "token_endpoint_auth_method": "none",
        "client_name": "MCP CLI Client",
        "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        "software_version": "0.15.1",
        "scope": "mcp:read offline_access",
        "application_type": "native",
    },
    "claude": {
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "client_name": "Claude",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    },
}


@pytest.mark.parametrize("document", REAL_CLIENTS.values(), ids=REAL_CLIENTS)
def test_registers_real_clients(document):
    registered = metadata.read(document, policy=POLICY)
    response = registered.as_response()
    assert response["redirect_uris"] == document["redirect_uris"]
    assert response["client_name"] == document["client_name"]
    assert response["token_endpoint_auth_method"] == document.get(
        "token_endpoint_auth_method", "client_secret_basic"
    )
    assert set(response["grant_types"]) <= {"authorization_code", "refresh_token"}
    assert response["response_types"] == ["code"]
    loopback = any("localhost" in uri or "127.0.0.1" in uri for uri in document["redirect_uris"])
    assert response["application_type"] == ("native" if loopback else "web")
    assert not [name for name, value in response.items() if value in (None, "", [], ())]
    assert json.loads(json.dumps(response)) == response


@pytest.mark.spec("RFC 7591", "2")
def test_fills_in_the_defaults_of_the_standard():
    assert read().as_response() == {
        "client_name": "client.example",
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "web",
    }


@pytest.mark.parametrize("nothing", [None, "", []])
def test_reads_nothing_where_clients_write_nothing(nothing):
    names = (
        "client_name",
        "client_uri",
        "logo_uri",
        "tos_uri",
        "policy_uri",
        "scope",
        "software_id",
        "jwks_uri",
    )
    lists = ("grant_types", "response_types", "contacts")
    chosen = lists if nothing == [] else (*names, "token_endpoint_auth_method", "application_type")
    assert read(**dict.fromkeys(chosen, nothing)) == read()


@pytest.mark.parametrize("document", [None, [], "text", 1, True], ids=lambda value: f"RG-020-{value!r}")
def test_refuses_what_is_no_object(document):
    with pytest.raises(InvalidMetadata) as refused:
        metadata.read(document, policy=POLICY)
    assert refused.value.error == "invalid_client_metadata"


@pytest.mark.parametrize(
    "uris",
    [None, [], "https://client.example/cb", {}, 1, [None], [1], [[REDIRECT]], [""], [REDIRECT, ""]],
    ids=lambda value: f"RG-001-{value!r}",
)
def test_refuses_redirect_uris_that_are_none(uris):
    assert refusal(redirect_uris=uris) == "invalid_redirect_uri"


def test_redirect_uris_are_required():
    with pytest.raises(InvalidMetadata) as refused:
        metadata.read({}, policy=POLICY)
    assert refused.value.error == "invalid_redirect_uri"


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "http://evil.example/cb",
        f"{REDIRECT}#",
        "java\tscript:x",
        "myapp://cb",
        "\u202e\0",
    ],
    ids=lambda uri: f"RG-002-{uri!a}",
)
def test_one_bad_redirect_uri_refuses_all_and_is_named(uri):
    assert refusal(redirect_uris=[REDIRECT, uri]) == "invalid_redirect_uri"
    with pytest.raises(InvalidMetadata, match=r"redirect_uris\[1\]"):
        read(redirect_uris=[REDIRECT, uri])


def test_counts_redirect_uris():
    many = [f"https://client.example/{n}" for n in range(21)]
    assert read(redirect_uris=many[:20]).redirect_uris == tuple(many[:20])
    assert refusal(redirect_uris=many) == "invalid_redirect_uri"
    assert read(redirect_uris=[REDIRECT, REDIRECT]).redirect_uris == (REDIRECT,)


@pytest.mark.parametrize(
    ("declared", "uris", "outcome"),
    [
        ("web", ["http://localhost:1/cb"], "invalid_redirect_uri"),
        ("web", [REDIRECT, "cursor://host/cb"], "invalid_redirect_uri"),
        ("native", [REDIRECT], "native"),
        (None, [REDIRECT, "http://localhost:1/cb"], "native"),
        (None, [REDIRECT], "web"),
        ("mobile", [REDIRECT], "invalid_client_metadata"),
        (1, [REDIRECT], "invalid_client_metadata"),
    ],
    ids=lambda value: f"RG-008-{value}",
)
def test_application_type_fits_the_redirects(declared, uris, outcome):
    document = {"application_type": declared, "redirect_uris": uris}
    if outcome in {"web", "native"}:
        assert read(**document).application_type == outcome
    else:
        assert refusal(**document) == outcome


@pytest.mark.parametrize(
    "member",
    [
        *("client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at"),
        *("tenant", "registration_source", "registration_access_token", "skip_authorization"),
        *("is_approved", "client_name#de", "unknown"),
    ],
    ids=lambda name: f"RG-011-{name}",
)
def test_ignores_what_only_we_decide(member):
    assert read(**{member: "x"}) == read()
    assert read(**{member: {"deep": [1]}}).as_response() == read().as_response()


@pytest.mark.parametrize(
    "method",
    ["client_secret_jwt", "private_key_jwt", "tls_client_auth", "NONE", "none ", 1, ["none"]],
    ids=lambda method: f"RG-012-{method}",
)
def test_refuses_other_ways_to_authenticate(method):
    assert refusal(token_endpoint_auth_method=method) == "invalid_client_metadata"


@pytest.mark.parametrize(
    "grants",
    [
        ["password"],
        ["implicit", "authorization_code"],
        ["authorization_code", "client_credentials"],
        ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"],
        ["authorization_code", "unknown\u202e"],
        ["refresh_token"],
        [DEVICE_CODE],
        [JWT_BEARER],
        "authorization_code",
        [None],
    ],
    ids=lambda grants: f"RG-013-{grants!a}",
)
def test_refuses_other_grants(grants):
    assert refusal(grant_types=grants) == "invalid_client_metadata"


@pytest.mark.spec("RFC 7591", "2.1")
@pytest.mark.parametrize(
    "types",
    [["token"], ["id_token"], ["code token"], ["code", "token"], ["none"], "code", [1]],
    ids=lambda types: f"RG-013-{types}",
)
def test_refuses_other_response_types(types):
    assert refusal(response_types=types) == "invalid_client_metadata"


def test_leaves_out_grants_that_clients_copied_from_our_metadata():
    grants = ["authorization_code", DEVICE_CODE, JWT_BEARER]
    assert read(grant_types=grants).grant_types == ("authorization_code",)


def test_device_code_is_kept_where_the_tenant_allows_it():
    policy = metadata.Policy(narrow_scope=str, grant_types=POLICY.grant_types | {DEVICE_CODE})
    document = {"redirect_uris": [REDIRECT], "grant_types": [DEVICE_CODE]}
    assert metadata.read(document, policy=policy).response_types == ()
    with pytest.raises(InvalidMetadata):
        metadata.read({**document, "response_types": ["code"]}, policy=policy)


def test_scope_is_narrowed_and_echoed():
    assert read(scope="admin * mcp:tools:weather").as_response()["scope"] == "mcp:tools:weather"
    assert "scope" not in read(scope="admin *").as_response()
    assert refusal(scope=["mcp:tools:weather"]) == "invalid_client_metadata"


def test_refuses_a_scope_that_cannot_be_read():
    def narrow(asked):
        raise ValueError(f"scope has a bad character: {asked}")

    with pytest.raises(InvalidMetadata, match="bad character") as refused:
        metadata.read(
            {"redirect_uris": [REDIRECT], "scope": "a\tb"}, policy=metadata.Policy(narrow_scope=narrow)
        )
    assert refused.value.error == "invalid_client_metadata"
    assert refused.value.description == "scope has a bad character: a?b"


@pytest.mark.parametrize("member", ["logo_uri", "client_uri", "tos_uri", "policy_uri"])
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:image/svg+xml,x",
        "http://client.example/",
        "//client.example/",
        "client.example",
        "https://a@client.example/",
        "https://client.example/#\n<b>",
        "https://",
        "HTTPS://x\0",
        1,
        ["https://x/"],
    ],
    ids=lambda uri: f"RG-016-{uri!a}",
)
def test_refuses_links_that_are_not_https(member, uri):
    assert refusal(**{member: uri}) == "invalid_client_metadata"
    assert getattr(read(**{member: "https://client.example/x?y#z"}), member) == "https://client.example/x?y#z"


@pytest.mark.parametrize(
    "statement", ["eyJhbGciOiJub25lIn0.e30.", {"a": 1}], ids=["RG-023-none", "RG-023-object"]
)
def test_refuses_software_statements(statement):
    assert refusal(software_statement=statement) == "invalid_software_statement"


def test_name_is_cleaned_and_bounded():
    assert read(client_name="Claude\u202e\n Code").client_name == "Claude Code"
    assert read(client_name="\u200b\u202e").client_name == "client.example"
    assert read(redirect_uris=["cursor://x/cb"]).client_name == "cursor"
    long = read(client_name="n" * 1000)
    assert len(long.client_name) == 200
    assert long.shown_name == "n" * 59 + "…"
    assert read(client_name="n" * 60).shown_name == "n" * 60
    assert refusal(client_name=["Claude"]) == "invalid_client_metadata"


def test_contacts_are_texts():
    assert read(contacts=["a@client.example", "\u202e"]).contacts == ("a@client.example",)
    assert refusal(contacts="a@client.example") == "invalid_client_metadata"
    assert refusal(contacts=[1]) == "invalid_client_metadata"
    assert refusal(contacts=[str(n) for n in range(21)]) == "invalid_client_metadata"


def test_digest_follows_what_people_recognise():
    key = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}
    one = read(client_name="Claude", redirect_uris=[REDIRECT, "https://b.example/"]).digest()
    assert one == read(client_name="Claude", redirect_uris=["https://b.example/", REDIRECT]).digest()
    assert read().digest() == read(scope="x", contacts=["y"], tos_uri="https://x.example").digest()
    changed = [
        read(client_name="Other"),
        read(redirect_uris=["https://b.example/"]),
        read(logo_uri="https://x.example/logo.png"),
        read(jwks=key),
        read(jwks_uri="https://x.example/jwks"),
    ]
    assert len({read().digest(), *(client.digest() for client in changed)}) == 6


members = st.sampled_from([*metadata.ClientMetadata.__dataclass_fields__, "software_statement", "client_id"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from([REDIRECT, "none", "code", "keys"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("keys"), inner, max_size=3)
    ),
)


@given(st.dictionaries(members, values))
def test_reads_or_refuses_and_never_fails(document):
    try:
        registered = metadata.read({"redirect_uris": [REDIRECT], **document}, policy=POLICY)
    except InvalidMetadata:
        return
    assert not [value for value in registered.as_response().values() if not value]
    assert metadata.read(registered.as_response(), policy=POLICY) == registered
