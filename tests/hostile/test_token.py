"""Rows TK of the hostile corpus that are about the request: its body, its client, its parameters.

What codes and refresh tokens go through stands in test_codes.py and test_refresh_tokens.py.
"""

import base64
from datetime import timedelta
from urllib.parse import quote, urlencode

import jwt
import pytest

from tests.programs import REDIRECT, answer_of, open_web, register
from tests.registry import change, enrol
from tests.trail import denied, last_event, nothing_stored

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def machine(place):
    return enrol(
        place, grant_types=["client_credentials"], scope="mcp:tools:score mcp:tools:weather", redirect_uris=""
    )


@pytest.fixture(scope="module")
def post(place):
    """POST these bytes to /token, as this kind."""
    web = open_web()

    def send(body, kind=FORM, **options):
        headers = {"Content-Type": kind, **options.pop("headers", {})}
        content = body if isinstance(body, (bytes, str)) else urlencode(body)
        return web.post(f"{place.issuer}/token", content=content, headers=headers, **options)

    return send


def assert_error(response, error, *, status=400):
    """RFC 6749 §5.2, and never a cookie."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    assert "set-cookie" not in response.headers
    body = response.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] == error
    assert body["error_description"].isascii()
    assert body["error_description"].isprintable()
    assert not set('"\\') & set(body["error_description"])
    assert ("www-authenticate" in response.headers) == (status == 401)


def credentials(program):
    return (program.client_id, program.registration["client_secret"])


MACHINE = {"grant_type": "client_credentials"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_tk_001_only_post(place, visitor, machine, method):
    with nothing_stored(place):
        response = visitor.request(method, f"{place.issuer}/token", params=MACHINE, auth=credentials(machine))
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("application/json", id="TK-002"),
        pytest.param("multipart/form-data; boundary=x", id="TK-003"),
        pytest.param("", id="TK-004-absent"),
        pytest.param("text/plain", id="TK-004-plain"),
        pytest.param(f"application/json, {FORM}", id="TK-004-two"),
        pytest.param(f"{FORM}, application/json", id="TK-004-two-turned"),
        pytest.param(f"{FORM},{FORM}", id="TK-004-twice"),
        pytest.param(f"{FORM}; charset=utf-7", id="TK-004-utf-7"),
        pytest.param(f"{FORM}; charset=iso-8859-1", id="TK-004-latin"),
        pytest.param(f"{FORM}; charset=utf-8; charset=utf-7", id="TK-004-two-charsets"),
        pytest.param(f"{FORM}x", id="TK-004-longer"),
    ],
)
def test_only_a_url_encoded_form(place, post, machine, kind):
    with denied(place, "token.denied", "application/x-www-form-urlencoded"):
        assert_error(post(MACHINE, kind, auth=credentials(machine)), "invalid_request")


@pytest.mark.parametrize(
    "kind",
    [FORM, FORM.upper(), f"{FORM};charset=UTF-8", f"{FORM}; charset=utf-8", f'{FORM}; charset="utf-8"'],
)
def test_forms_are_read_however_their_kind_is_spelled(post, machine, kind):
    assert post(MACHINE, kind, auth=credentials(machine)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("grant_type=client_credentials&x=%zz", 400, id="TK-005-escape"),
        pytest.param("grant_type=client_credentials&x=%", 400, id="TK-005-percent"),
        pytest.param(b"grant_type=client_credentials&x=\xff", 400, id="TK-005-ff"),
        pytest.param("grant_type=client_credentials&x=%ff", 400, id="TK-005-escaped-ff"),
        pytest.param("grant_type=client_credentials&x=%ed%a0%80", 400, id="TK-005-surrogate"),
        pytest.param("grant_type=client_credentials&x=%c0%80", 400, id="TK-005-overlong-nul"),
        pytest.param("grant_type=client_credentials&x=é".encode(), 400, id="TK-005-raw-utf-8"),
        pytest.param(
            "grant_type=client_credentials&" + "&".join(f"f{n}=1" for n in range(1001)), 400, id="TK-005-1001"
        ),
        pytest.param(b"grant_type=client_credentials&x=" + b"a" * 11_000_000, 413, id="TK-005-11-MB"),
        pytest.param("grant_type=client_credentials&" + "&" * 50_000, 400, id="TK-005-ampersands"),
        pytest.param(b'{"grant_type":"client_credentials"}', 400, id="json-in-a-form"),
        pytest.param("", 400, id="empty"),
        pytest.param("\x00", 400, id="nul"),
    ],
)
def test_refuses_a_body_that_can_not_be_read(place, post, machine, body, status):
    with denied(place, "token.denied"):
        assert_error(post(body, auth=credentials(machine)), "invalid_request", status=status)


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "99999999999999999999", "٣", ""])
def test_refuses_a_length_that_is_none(place, machine, length):
    from io import BytesIO

    from portal.wsgi import application

    told = []
    basic = base64.b64encode(":".join(credentials(machine)).encode()).decode()
    environ = {
        "REQUEST_METHOD": "POST", "HTTP_HOST": "localhost:8000", "PATH_INFO": f"{place.tenant.prefix}/token",
        "CONTENT_TYPE": FORM, "CONTENT_LENGTH": length, "wsgi.input": BytesIO(b"grant_type=client_credentials"),
        "REMOTE_ADDR": "127.0.0.9", "wsgi.url_scheme": "http", "HTTP_AUTHORIZATION": f"Basic {basic}",
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "QUERY_STRING": "",
    }  # fmt: skip
    body = b"".join(application(environ, lambda status, _: told.append(status)))
    assert told[0].startswith("4"), told
    assert b"invalid_request" in body


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({}, "invalid_request", id="TK-006-absent"),
        pytest.param({"grant_type": ""}, "invalid_request", id="TK-006-empty"),
        pytest.param({"grant_type": "unknown"}, "unsupported_grant_type", id="TK-006-unknown"),
        pytest.param({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type", id="TK-006-password"),
        pytest.param({"grant_type": "implicit"}, "unsupported_grant_type", id="TK-006-implicit"),
        pytest.param({"grant_type": "Authorization_Code"}, "unsupported_grant_type", id="TK-006-case"),
        pytest.param({"grant_type": "authorization_code "}, "unsupported_grant_type", id="TK-006-space"),
        pytest.param({"grant_type": "refresh_token"}, "invalid_request", id="refresh-without-token"),
        pytest.param({"grant_type": "authorization_code"}, "invalid_request", id="code-without-code"),
        pytest.param({"grant_type": "client_credentials"}, "unauthorized_client", id="not-registered-for-it"),
    ],
)  # fmt: skip
def test_refuses_a_grant_type(place, approved, form, error):
    with denied(place, "token.denied", error):
        assert_error(approved.token(**form), error)


@pytest.mark.parametrize("kind", ["public", "registered"])
def test_clients_that_registered_themselves_get_nothing_for_themselves(request, place, public, kind):
    program = (
        public if kind == "public" else register(place, token_endpoint_auth_method="client_secret_basic")
    )
    change(program, grant_types=["client_credentials", "authorization_code"])
    with denied(place, "token.denied", "unauthorized_client"):
        assert_error(program.token(**MACHINE), "unauthorized_client")


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "code_verifier", "redirect_uri", "resource", "client_id", "x"]
)
def test_tk_007_repeated_parameters_spend_nothing(place, regular, approved, post, name):
    code = answer_of(regular.answer(approved.ask()))["code"]
    form = [
        ("grant_type", "authorization_code"), ("code", code), ("code_verifier", approved.verifier),
        ("redirect_uri", REDIRECT), ("resource", place.resource), ("x", "y"), ("client_id", approved.client_id),
    ]  # fmt: skip
    with denied(place, "token.denied", "more than once"):
        assert_error(post([*form, (name, "refresh_token")], auth=credentials(approved)), "invalid_request")
    assert post(form, auth=credentials(approved)).status_code == 200


def test_tk_009_parameters_in_the_url_are_refused(place, visitor, machine):
    with denied(place, "token.denied", "in the body"):
        response = visitor.post(
            f"{place.issuer}/token", params=MACHINE, data=MACHINE, auth=credentials(machine)
        )
    assert_error(response, "invalid_request")


@pytest.mark.parametrize(
    ("how", "row"), [("absent", "TK-044"), ("wrong", "TK-044"), ("empty", "TK-044"), ("body", "TK-045")]
)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_confidential_client_fails_to_authenticate(place, regular, post, method, how, row):
    program = enrol(place, token_endpoint_auth_method=method)
    code = answer_of(regular.answer(program.ask(), decision="allow"))["code"]
    name, secret = credentials(program)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": program.verifier,
        "redirect_uri": REDIRECT,
    }
    basic = method == "client_secret_basic"
    body, auth = {
        "absent": ({"client_id": name}, None),
        "wrong": ({}, (name, "wrong")) if basic else ({"client_id": name, "client_secret": "wrong"}, None),
        "empty": ({}, (name, "")) if basic else ({"client_id": name, "client_secret": ""}, None),
        "body": ({"client_id": name, "client_secret": secret}, None) if basic else ({}, (name, secret)),
    }[how]
    with denied(place, "client.auth_failed"):
        assert_error(post({**form, **body}, auth=auth), "invalid_client", status=401)
    assert last_event(place).client == name
    assert program.redeem(code).status_code == 200, "the code was not spent by who could not authenticate"


def test_tk_046_two_methods_at_once(place, post, machine):
    name, secret = credentials(machine)
    both = {**MACHINE, "client_id": name, "client_secret": secret}
    with denied(place, "token.denied", "Authenticate once"):
        assert_error(post(both, auth=credentials(machine)), "invalid_request")
    assertion = {**MACHINE, "client_assertion": "x", "client_assertion_type": "y"}
    assert_error(post(assertion, auth=credentials(machine)), "invalid_request")
    assert_error(post({**MACHINE, "client_id": "c_other"}, auth=credentials(machine)), "invalid_request")
    # What Python's mcp sends: Basic, and its own client_id in the body once more.
    assert post({**MACHINE, "client_id": name}, auth=credentials(machine)).status_code == 200


def basic(text, scheme="Basic"):
    raw = text if isinstance(text, bytes) else text.encode()
    return f"{scheme} {base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    "header",
    [
        "Basic", "Basic ", "Basic !!!", "Basic =", "Basic " + "A" * 5, basic("nocolon"), basic(b"\xff\xfe:\xff"),
        basic("c_\x00x:secret"), basic("c_x:sec\x00ret"), basic("c_x:\r\nX: y"), basic("%00:%00"), basic("c_%00:x"),
        basic("%ff%fe:x"), basic("%ed%a0%80:x"), basic(":"), basic(":secret"), basic("c" * 10_000 + ":x"), "Bearer abc",
        "Digest x", "Basic Zm9v Zm9v", basic("c_x:y") + ", " + basic("c_x:y"), " ", basic("é:é"),
        basic("<script>:x"), basic("c_\u202ex:y"),
    ],
)  # fmt: skip
def test_tk_048_credentials_that_can_not_be_read(place, post, header):
    with denied(place, "client.auth_failed"):
        response = post(MACHINE, headers={"Authorization": header})
    assert_error(response, "invalid_client", status=401)
    assert response.headers["www-authenticate"] == f'Basic realm="{place.issuer}"'


@pytest.mark.parametrize("scheme", ["Basic", "bAsIc", "basic", "BASIC"])
@pytest.mark.parametrize("spelled", [str, lambda part: quote(part, safe="")])
def test_tk_048_any_case_of_the_scheme_and_both_spellings(post, machine, scheme, spelled):
    header = basic(":".join(map(spelled, credentials(machine))), scheme)
    assert post(MACHINE, headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize("how", ["body", "basic"])
def test_tk_049_a_public_client_sends_a_secret(place, regular, public, post, how):
    code = answer_of(regular.answer(public.ask()))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": public.verifier,
        "redirect_uri": REDIRECT,
    }
    body = {**form, "client_id": public.client_id, "client_secret": "x"} if how == "body" else form
    auth = None if how == "body" else (public.client_id, "x")
    with denied(place, "client.auth_failed"):
        assert_error(post(body, auth=auth), "invalid_client", status=401)
    # An empty one is left out, as RFC 6749 §3.2 says of any parameter without a value.
    assert post({**form, "client_id": public.client_id, "client_secret": ""}).status_code == 200


@pytest.mark.parametrize(
    "name", ["code", "client_id", "refresh_token", "code_verifier", "redirect_uri", "resource", "scope"]
)
@pytest.mark.parametrize("poison", ["\x00", "a\x00b", "\r\n", "\x1b[2J", "\u0085", "\x7f"])
def test_tk_050_control_characters(place, public, post, name, poison):
    form = {
        "grant_type": "authorization_code",
        "code": "c",
        "code_verifier": "v" * 43,
        "client_id": public.client_id,
    }
    with denied(place, "token.denied", "control character"):
        assert_error(post({**form, name: poison}), "invalid_request")


@pytest.mark.parametrize("value", ["\u202e", "\ufeff", "😀" * 500, "é", "'; --", "x" * 60_000])
def test_odd_but_readable_values_are_just_wrong(place, public, post, value):
    form = {
        "grant_type": "authorization_code",
        "code": value,
        "code_verifier": value[:999],
        "client_id": public.client_id,
    }
    if len(urlencode(form)) < 65_536:
        with denied(place, "token.denied", "code unknown"):
            assert_error(post(form), "invalid_grant")
    with denied(place, "client.auth_failed"):
        assert_error(post({**form, "client_id": value[:999], "code": "x"}), "invalid_client", status=401)


def test_tk_053_a_session_cookie_means_nothing(place, regular):
    with denied(place, "client.auth_failed"):
        response = regular.browser.post(f"{place.issuer}/token", data=MACHINE)
    assert_error(response, "invalid_client", status=401)


def test_tk_055_tk_058_what_an_access_token_says(place, regular, approved):
    from tenants.current import transaction_of

    code = answer_of(regular.answer(approved.ask()))["code"]
    response = approved.redeem(code)
    tokens = response.json()
    keys = jwt.PyJWKSet.from_dict(approved.web.get(f"{place.issuer}/jwks").json())
    header = jwt.get_unverified_header(tokens["access_token"])
    assert header.keys() == {"alg", "kid", "typ"}
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    claims = jwt.decode(
        tokens["access_token"], keys[header["kid"]].key, algorithms=["ES256"], audience=place.resource,
        issuer=place.issuer, options={"require": ["iss", "aud", "sub", "client_id", "exp", "iat", "jti"]},
    )  # fmt: skip
    assert claims["aud"] == place.resource
    assert claims["client_id"] == approved.client_id
    assert claims["sub"] == regular.user.sub
    assert claims["scope"] == tokens["scope"] == "mcp:tools:score mcp:tools:weather"
    assert tokens["expires_in"] == claims["exp"] - claims["iat"] == place.tenant.access_token_seconds
    assert regular.user.email not in str(claims)
    with transaction_of(place.tenant):
        from portal.grants.models import TokenFamily

        family = TokenFamily.objects.get(id=claims["family_id"])
    assert family.expires_at > family.created + timedelta(days=20)
    assert_stores_nothing_readable(place, tokens, code)


def assert_stores_nothing_readable(place, tokens, code):
    from django.db import connection

    from tenants.current import transaction_of
    from tests.trail import TABLES

    secrets = [tokens["access_token"], tokens["refresh_token"], code]
    with transaction_of(place.tenant), connection.cursor() as cursor:
        for table in [model._meta.db_table for model in TABLES] + ["audit_auditevent"]:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text = " ".join(row[0] for row in cursor.fetchall())
            assert not [secret for secret in secrets if secret in text], table
