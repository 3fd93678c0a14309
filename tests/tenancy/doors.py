"""Every way in which something can be shown to a tenant: endpoints, documents, and each page there is a route to."""

import re
from collections.abc import Callable, Iterator
from html import escape
from itertools import count, takewhile
from urllib.parse import quote, quote_plus, urlencode

import httpx
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, get_resolver

from portal.urls.tenant import ENDPOINTS
from portal.users.sessions import cookie_name
from tests.tenancy.things import Household

Door = Callable[[Household, str], httpx.Response]

_addresses = count(1)


def visitor() -> httpx.Client:
    """Somebody new, at an address of their own: nobody's limits are used up by another."""
    from portal.wsgi import application

    number = next(_addresses)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    transport = httpx.WSGITransport(app=application, remote_addr=address)
    return httpx.Client(transport=transport, base_url="http://localhost:8000")


def routes(patterns: list[object] | None = None, before: str = "") -> Iterator[str]:
    """The path of every page, with <name> where something is filled in."""
    for pattern in get_resolver("portal.urls.tenant").url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield simplify_regex(path).lstrip("/")
        else:
            yield from routes(pattern.url_patterns, path)


OPEN_ROUTES = sorted({route for route in routes() if "<" not in route})
KEYED_ROUTES = sorted({re.sub(r"<\w+:", "<", route) for route in routes() if "<" in route})


def filled(route: str, value: str) -> str:
    """The route with the value in its place; what stands before it in the same segment is part of the value."""
    return re.sub(r"<[^/]*>", quote(value, safe=""), route)


# -- what programs do


def _form(house: Household, endpoint: str, form: dict[str, str], **request: object) -> httpx.Response:
    return visitor().post(f"{house.place.issuer}/{endpoint}", data=form, **request)


def _pair(value: str) -> tuple[str, str]:
    name, _, secret = value.partition(":")
    return (name, secret or "secret")


def _as_program(house: Household, endpoint: str, **form: str) -> httpx.Response:
    return _form(house, endpoint, {"client_id": house.program.client_id, **form})


def _redeem(house: Household, **form: str) -> httpx.Response:
    known = {
        "redirect_uri": house.program.redirect_uri,
        "code_verifier": house.program.verifier,
        "code": "ac_none",
    }
    return _as_program(house, "token", grant_type="authorization_code", **{**known, **form})


def _refresh(house: Household, **form: str) -> httpx.Response:
    return _as_program(house, "token", **{"grant_type": "refresh_token", "refresh_token": "rt_none", **form})


def _bearer(house: Household, value: str, endpoint: str, method: str = "POST") -> httpx.Response:
    header = {"Authorization": f"Bearer {value}"}
    return visitor().request(method, f"{house.place.issuer}/{endpoint}", headers=header)


def _report(house: Household, **members: str) -> httpx.Response:
    event = {"id": "e", "at": "2026-11-23T09:00:00Z", "outcome": "allowed", "tool": "score", **members}
    url = f"{house.place.issuer}/access-events"
    return visitor().post(url, json={"events": [event]}, auth=house.place.server_auth)


PROGRAMS: dict[str, Door] = {
    "token: code": lambda b, v: _redeem(b, code=v),
    "token: code_verifier": lambda b, v: _redeem(b, code_verifier=v),
    "token: redirect_uri": lambda b, v: _redeem(b, redirect_uri=v),
    "token: resource of a code": lambda b, v: _redeem(b, resource=v),
    "token: refresh_token": lambda b, v: _refresh(b, refresh_token=v),
    "token: resource of a refresh": lambda b, v: _refresh(b, resource=v),
    "token: scope of a refresh": lambda b, v: _refresh(b, scope=v),
    "token: client_id": lambda b, v: _redeem(b, client_id=v),
    "token: grant_type": lambda b, v: _refresh(b, grant_type=v),
    "introspect: token": lambda b, v: _form(b, "introspect", {"token": v}, auth=b.place.server_auth),
    "revoke: token": lambda b, v: _as_program(b, "revoke", token=v),
    "revoke: client_id": lambda b, v: _form(b, "revoke", {"token": "rt_none", "client_id": v}),
    "userinfo: GET": lambda b, v: _bearer(b, v, "userinfo", "GET"),
    "access-events: grant_id": lambda b, v: _report(b, grant_id=v),
    "access-events: family_id": lambda b, v: _report(b, family_id=v),
    "access-events: jti": lambda b, v: _report(b, jti=v),
    "access-events: sub": lambda b, v: _report(b, sub=v),
    **{f"{name}: Bearer": lambda b, v, name=name: _bearer(b, v, name) for name in ENDPOINTS},
    **{
        f"{name}: Basic": lambda b, v, name=name: _form(
            b, name, {"token": "rt_none", "grant_type": "client_credentials"}, auth=_pair(v)
        )
        for name in ENDPOINTS
    },
    **{
        f"{name}: secret in the body": lambda b, v, name=name: _form(
            b,
            name,
            {
                "token": "rt_none",
                "grant_type": "client_credentials",
                "client_id": _pair(v)[0],
                "client_secret": _pair(v)[1],
            },
        )
        for name in ENDPOINTS
    },
    **{
        f"{name}/…": lambda b, v, name=name: visitor().get(f"{b.place.issuer}/{name}/{quote(v, safe='')}")
        for name in (*ENDPOINTS, "jwks", "resources")
    },
    "resource metadata": lambda b, v: visitor().get(
        f"{b.place.issuer}/resources/{quote(v, safe='')}/metadata"
    ),
}

# -- what people's browsers do


def _authorize(name: str) -> Door:
    def door(house: Household, value: str) -> httpx.Response:
        known = {
            "response_type": "code", "client_id": house.program.client_id, "code_challenge": "x" * 43, "state": "s",
            "redirect_uri": house.program.redirect_uri, "code_challenge_method": "S256",
        }  # fmt: skip
        return house.person.browser.get(f"{house.place.issuer}/authorize?{urlencode({**known, name: value})}")

    return door


def _page(route: str, method: str) -> Door:
    def door(house: Household, value: str) -> httpx.Response:
        url = f"{house.place.issuer}/{filled(route, value)}"
        csrf = {"X-CSRFToken": house.csrf, "Referer": url}
        return house.person.browser.request(method, url, headers=csrf if method == "POST" else {})

    return door


def _cookie(route: str, *, named: str) -> Door:
    """The value as the cookie of this tenant, or under another tenant's name (all begin alike)."""

    def door(house: Household, value: str) -> httpx.Response:
        name = cookie_name(house.place.tenant) if named == "here" else "portico_" + "0" * 12
        return visitor().get(
            f"{house.place.issuer}/{route}", headers={"Cookie": f"{name}={quote(value, safe='')}"}
        )

    return door


def _field(route: str, name: str, **others: str) -> Door:
    """The value in a form of somebody who is not signed in."""

    def door(house: Household, value: str) -> httpx.Response:
        browser, url = visitor(), f"{house.place.issuer}/{route}"
        page = browser.get(url)
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[-1]
        return browser.post(
            url, data={"csrfmiddlewaretoken": token, **others, name: value}, headers={"Referer": url}
        )

    return door


PEOPLE: dict[str, Door] = {
    **{
        f"authorize: {name}": _authorize(name)
        for name in (
            "client_id",
            "redirect_uri",
            "resource",
            "scope",
            "id_token_hint",
            "login_hint",
            "request_uri",
            "request",
            "nonce",
        )
    },
    **{f"{method} {route}": _page(route, method) for route in KEYED_ROUTES for method in ("GET", "POST")},
    **{
        f"cookie at /{route}": _cookie(route, named="here")
        for route in ("", "apps/", "admin/", "account/email/")
    },
    "cookie under another name": _cookie("apps/", named="elsewhere"),
    "sign in: email": _field("account/login/", "login", password="correct horse battery"),
    "sign in: CSRF token": _field("account/login/", "csrfmiddlewaretoken", login="a@b.example", password="x"),
    "reset: email": _field("account/password/reset/", "email"),
    "sign in: next": lambda b, v: visitor().get(f"{b.place.issuer}/account/login/?{urlencode({'next': v})}"),
}

_PASSING = [
    (r"portico_\w{12}=[^;\s]*", "COOKIE"),
    (r"expires[:=] ?[^;]*GMT", "EXPIRES"),
    (r'value="\w{64}"', "CSRF"),
    (r"[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", "REFERENCE"),
    (r"content-length: \d+", "LENGTH"),
    (r"\d\d:\d\d UTC", "TIME"),
]


def heard(answer: httpx.Response, value: str) -> str:
    """All that the answer tells, without what the asker said and what changes from answer to answer."""
    headers = "\n".join(f"{name}: {content}" for name, content in sorted(answer.headers.multi_items()))
    text = f"{answer.status_code}\n{headers}\n\n{answer.text}"
    # First what passes: a short part of the value may stand in the middle of a random token.
    for pattern, word in _PASSING:
        text = re.sub(pattern, word, text)
    for part in filter(None, (value, *value.partition(":"))):
        for form in (part, quote(part, safe=""), quote(part), quote_plus(part), escape(part)):
            text = _without(text, form)
    return text


def _without(text: str, said: str) -> str:
    """A page may show only the beginning of what was said."""
    if len(said) < 24:
        return text.replace(said, "VALUE") if len(said) > 1 else text
    first, *pieces = text.split(said[:24])
    rest = [
        "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(piece, said[24:], strict=False)))
        for piece in pieces
    ]
    return first + "".join(
        "VALUE" + piece.removeprefix(again) for piece, again in zip(pieces, rest, strict=True)
    )
