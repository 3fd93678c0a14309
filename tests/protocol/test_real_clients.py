"""What real MCP clients send, and what they choke on, request by request as they were seen to do it."""

import base64
from urllib.parse import quote, urlsplit

import pytest

from portal.clients.models import Client
from tenants.current import transaction_of
from tests import programs
from tests.people import PASSWORD, make_person
from tests.programs import Program, answer_of, open_web
from tests.registry import change
from tests.trail import rows

PYTHON_MCP = {
    "redirect_uris": ["http://localhost:3030/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "mcp:tools:score",
    "client_name": "Python MCP",
    "application_type": "native",
}
FASTMCP = {
    **PYTHON_MCP, "client_name": "FastMCP Client", "redirect_uris": ["http://localhost:50123/callback"],
    "token_endpoint_auth_method": "none",
}  # fmt: skip
MCP_REMOTE = {
    "redirect_uris": ["http://localhost:3335/oauth/callback"], "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "client_name": "MCP CLI Client", "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
    "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", "software_version": "0.15.1",
    "scope": "mcp:tools:score offline_access", "application_type": "native",
}  # fmt: skip
CLAUDE = {
    "client_name": "Claude", "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_post", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
    "scope": "mcp:tools:score",
}  # fmt: skip
CLAUDE_CODE = {
    "client_name": "Claude Code", "redirect_uris": ["http://localhost:3118/callback"], "application_type": "native",
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none",
}  # fmt: skip
VS_CODE = {
    "client_name": "Visual Studio Code", "client_uri": "https://code.visualstudio.com",
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native",
    "redirect_uris": [
        "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/",
    ],
}  # fmt: skip
CURSOR = {
    "client_name": "Cursor", "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "redirect_uris": [
        "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
    ],
}  # fmt: skip
INSPECTOR = {
    "redirect_uris": ["http://localhost:6274/oauth/callback"], "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "client_name": "MCP Inspector",
    "client_uri": "https://github.com/modelcontextprotocol/inspector", "scope": "", "application_type": "native",
}  # fmt: skip
CODEX = {
    "client_name": "Codex", "redirect_uris": ["http://127.0.0.1:61000/callback/a1b2c3"], "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "application_type": "native",
}  # fmt: skip
CHATGPT = {
    "client_name": "ChatGPT", "redirect_uris": ["https://chatgpt.com/connector/oauth/abc123"],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none",
}  # fmt: skip
OPENCODE = {
    "client_name": "OpenCode", "client_uri": "https://opencode.ai", "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none",
}  # fmt: skip
COPILOT = {
    "client_name": "Copilot",
    "redirect_uris": ["https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect"],
}
CLINE = {
    "client_name": "Cline", "token_endpoint_auth_method": "none",
    "redirect_uris": [f"http://127.0.0.1:{port}/mcp/oauth/callback" for port in range(1456, 1462)],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
}  # fmt: skip
ALL = {
    name.lower(): value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, dict)
}


def register(place, document):
    response = open_web().post(f"{place.issuer}/register", json=document)
    assert response.status_code == 201, response.text
    return Program(place, response.json())


@pytest.mark.parametrize("name", ALL)
def test_registers_signs_in_refreshes(place, name):
    """Each by its own document, through every redirect URI that it registered."""
    document = ALL[name]
    program, person = register(place, document), make_person(place)
    assert program.registration["redirect_uris"] == document["redirect_uris"]
    wanted = document.get("token_endpoint_auth_method", "client_secret_basic")
    assert program.registration["token_endpoint_auth_method"] == wanted
    assert ("client_secret" in program.registration) == (wanted != "none")
    for uri in document["redirect_uris"]:
        back = person.answer(
            program.ask(redirect_uri=uri, scope="mcp:tools:score offline_access", prompt="consent")
        )
        assert back.headers["location"].startswith(uri + "?")
        answer = answer_of(back)
        assert answer["iss"] == place.issuer
        tokens = program.redeem(answer["code"], redirect_uri=uri).json()
        assert None not in tokens.values()
    if "refresh_token" in document.get("grant_types", []):
        assert program.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("name", ALL)
def test_a_registration_passes_the_typescript_sdks_schema(place, name):
    """zod: no null anywhere, redirect_uris there, times are numbers; strings where strings belong."""
    body = register(place, ALL[name]).registration
    assert None not in body.values()
    assert isinstance(body["client_id_issued_at"], int)
    assert isinstance(body.get("client_secret_expires_at", 0), int)
    for member in (
        "client_id",
        "client_secret",
        "client_name",
        "client_uri",
        "scope",
        "token_endpoint_auth_method",
    ):
        assert isinstance(body.get(member, ""), str)
    for member in ("redirect_uris", "grant_types", "response_types", "contacts"):
        assert all(isinstance(item, str) for item in body.get(member, []))
    if "client_uri" in ALL[name]:
        assert body["client_uri"] == ALL[name]["client_uri"]
    assert body["application_type"] in {"native", "web"}


def test_vs_code_gets_what_exists_of_its_grants(place):
    body = register(place, VS_CODE).registration
    assert body["grant_types"] == ["authorization_code", "refresh_token"]


def test_python_mcp_uses_basic_with_quoted_parts_and_names_itself_in_the_body(place, member):
    program = register(place, PYTHON_MCP)
    code = answer_of(member.answer(program.ask(redirect_uri="http://localhost:4040/callback")))["code"]
    parts = [quote(program.registration[name], safe="") for name in ("client_id", "client_secret")]
    response = program.web.post(
        f"{place.issuer}/token",
        data={
            "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:4040/callback",
            "code_verifier": program.verifier, "client_id": program.client_id, "resource": place.resource,
        },
        headers={"Authorization": "Basic " + base64.b64encode(":".join(parts).encode()).decode()},
    )  # fmt: skip
    assert response.status_code == 200
    body = response.json()
    assert body["token_type"].lower() == "bearer"
    assert isinstance(body["expires_in"], int)


def test_a_client_of_basic_that_sends_its_secret_in_the_body_is_refused(place, member):
    program = register(place, PYTHON_MCP)
    form = {"grant_type": "refresh_token", "refresh_token": "rt_x", "client_id": program.client_id}
    form["client_secret"] = program.registration["client_secret"]
    response = program.web.post(f"{place.issuer}/token", data=form)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_a_client_that_opened_a_popup_is_not_cut_off_from_it(place, member):
    """A Cross-Origin-Opener-Policy anywhere on the way would take window.opener from the client's page at its end."""
    program = register(place, INSPECTOR)
    way = [member.browser.get(program.ask())]
    while way[-1].is_redirect:
        way.append(member.browser.get(str(way[-1].url.join(way[-1].headers["location"]))))
    way.append(member.submit(way[-1], login=member.user.email, password=PASSWORD))
    way.append(member.submit(way[-1], decision="allow"))
    assert "code" in answer_of(way[-1])
    assert not [page.url for page in way if "cross-origin-opener-policy" in page.headers]


def test_fastmcp_looks_at_the_same_url_first_without_a_browser(place, visitor):
    """Its look must be a redirect, leave nothing behind, and not spoil the browser's visit."""
    program, person = register(place, FASTMCP), make_person(place)
    url = program.ask(redirect_uri="http://localhost:50999/callback")
    before = rows(place)
    with open_web() as look:
        first = look.get(url)
    assert first.status_code in {200, 302, 303, 307, 308}
    assert rows(place) == before
    back = person.answer(url)
    code = answer_of(back)["code"]
    assert program.redeem(code, redirect_uri="http://localhost:50999/callback").status_code == 200


def test_fastmcp_takes_400_for_a_client_that_is_gone(place, visitor):
    program = register(place, FASTMCP)
    change(program, status="suspended")
    assert visitor.get(program.ask()).status_code == 400
    with transaction_of(place.tenant):
        Client.objects.filter(client_id=program.client_id).delete()
    change(program)
    assert visitor.get(program.ask()).status_code == 400


def test_mcp_remote_asks_for_json_to_learn_that_its_client_is_gone(place, visitor):
    program = register(place, MCP_REMOTE)
    json = {"Accept": "application/json"}
    assert visitor.get(program.ask(), headers=json).status_code in {302, 303}
    gone = visitor.get(program.ask(client_id="c_" + "0" * 32), headers=json)
    assert gone.status_code == 400
    assert gone.headers["content-type"] == "application/json"
    assert gone.json()["error"] == "invalid_client"
    assert gone.json()["error_description"].isascii()
    assert "no-store" in gone.headers["cache-control"]
    assert "access-control-allow-origin" not in gone.headers
    other = visitor.get(program.ask(redirect_uri="https://evil.example/"), headers=json)
    assert (other.status_code, other.json()["error"]) == (400, "invalid_request")
    browser = visitor.get(
        program.ask(client_id="c_x"), headers={"Accept": "text/html,application/json;q=0.9,*/*;q=0.8"}
    )
    assert browser.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("name", ["claude", "python_mcp", "chatgpt"])
def test_a_client_that_is_gone_is_told_to_register_again(place, name):
    """invalid_client, 401: the SDKs wipe what they know and register; anything else leaves them stuck."""
    program = register(place, ALL[name])
    with transaction_of(place.tenant):
        Client.objects.filter(client_id=program.client_id).delete()
    change(program)
    response = program.refresh("rt_x")
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_claude_code_names_the_origin_or_nothing_as_resource(place, member):
    from portal.resources.models import ResourceServer
    from tenants.cache import forget

    origin = "{0.scheme}://{0.netloc}".format(urlsplit(place.resource))
    with transaction_of(place.tenant):
        ResourceServer.objects.update(aliases=[origin])
    forget(place.tenant)
    program = register(place, CLAUDE_CODE)
    for resource in (origin, origin + "/", place.resource, None):
        uri = "http://localhost:49152/callback"
        back = member.answer(program.ask(resource=resource, redirect_uri=uri))
        tokens = program.redeem(answer_of(back)["code"], redirect_uri=uri).json()
        assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"


def test_step_up_asks_for_more_than_was_registered(place, member):
    """Clients register with the first challenge's scopes, and come back for more with the same client_id."""
    program = register(place, {**FASTMCP, "scope": "mcp:tools:score"})
    first = program.connect(member, scope="mcp:tools:score")
    assert first["scope"] == "mcp:tools:score"
    page = member.follow(member.browser.get(program.ask(scope="mcp:tools:score mcp:tools:write")))
    back = member.submit(page, decision="allow", scope=["mcp:tools:write"])
    assert program.redeem(answer_of(back)["code"]).json()["scope"] == "mcp:tools:score mcp:tools:write"


def test_python_mcp_1_asks_only_for_the_new_scope(place, member):
    """The grant holds both, the token what it asked for: its server has to name all scopes that a call needs."""
    program = register(place, PYTHON_MCP)
    program.connect(member, scope="mcp:tools:score")
    page = member.follow(member.browser.get(program.ask(scope="mcp:tools:write")))
    back = member.submit(page, decision="allow", scope=["mcp:tools:write"])
    assert program.redeem(answer_of(back)["code"]).json()["scope"] == "mcp:tools:write"


def test_wildcards_are_asked_for_like_anything_else(place, member):
    program = register(place, INSPECTOR)
    page = member.sign_in(program.ask(scope="mcp:tools:score mcp:exec:workflows:*"))
    back = member.submit(page, decision="allow")
    scope = program.redeem(answer_of(back)["code"]).json()["scope"].split()
    assert scope == ["mcp:exec:workflows:*", "mcp:exec:workflows:daily", "mcp:tools:score"]


def test_no_answer_holds_a_null(place, member):
    program = register(place, MCP_REMOTE)
    tokens = program.connect(member, scope="openid email profile offline_access mcp:tools:score")
    web, bearer = program.web, {"Authorization": f"Bearer {tokens['access_token']}"}
    answers = [
        tokens, program.refresh(tokens["refresh_token"]).json(), web.get(f"{place.issuer}/userinfo", headers=bearer).json(),
        web.get(f"{place.issuer}/.well-known/openid-configuration").json(), web.get(f"{place.issuer}/jwks").json()["keys"][0],
        web.get(f"{place.issuer}/resources/mcp/metadata").json(), program.refresh("x").json(),
    ]  # fmt: skip
    assert not [answer for answer in answers if None in answer.values()]


def test_mcp_remote_repeats_all_it_asked_for_with_each_refresh(tenant, person):
    """The person left something out; the client, which never learns of it, is not locked out for that."""
    program = programs.register(tenant)
    asked = "mcp:tools:score mcp:tools:weather mcp:tools:write offline_access"
    tokens = program.connect(person, scope=asked, tick=("mcp:tools:weather",))
    renewed = program.refresh(tokens["refresh_token"], scope=asked)
    assert renewed.status_code == 200, renewed.text
    assert set(renewed.json()["scope"].split()) == {"mcp:tools:score", "mcp:tools:weather", "offline_access"}
    wider = program.refresh(
        renewed.json()["refresh_token"], scope="mcp:tools:score mcp:resources:customer-data:read"
    )
    assert wider.json()["error"] == "invalid_scope"
