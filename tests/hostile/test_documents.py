"""Rows CI of the hostile corpus: URLs that name no client, and documents that turn. What is asked, kept and recorded."""

from urllib.parse import quote

import pytest
from django.db import OperationalError

from portal.clients import learn
from portal.clients.models import Client, Document
from tenants.current import transaction_of
from tests.documents import come, make_due
from tests.people import make_person
from tests.places import open_place
from tests.programs import open_web
from tests.publisher import Publisher, answer
from tests.trail import denied, events, nothing_stored

BASE = "https://www.publisher.example"


@pytest.fixture(scope="module")
def publisher():
    return Publisher()


def assert_unknown(response) -> None:
    assert response.status_code == 400, response.text[:500]
    assert "location" not in response.headers
    assert "This app is not known here any more" in response.text


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://www.publisher.example/c", id="CI-001-http"),
        pytest.param("https://www.publisher.example", id="CI-001-no-path"),
        pytest.param("https://www.publisher.example/", id="CI-001-slash"),
        pytest.param("https://www.publisher.example:0/c", id="CI-001-port-0"),
        pytest.param("https://www.publisher.example:65536/c", id="CI-001-port-65536"),
        pytest.param("https://www.publisher.example:22/c", id="CI-001-port-22"),
        pytest.param("https://www.publisher.example:/c", id="CI-001-port-empty"),
        pytest.param("https://", id="CI-001-no-host"),
        pytest.param("https:///c", id="CI-001-empty-host"),
        pytest.param("https:/www.publisher.example/c", id="CI-001-one-slash"),
        pytest.param("HTTPS://www.publisher.example/c", id="CI-001-scheme-case"),
        pytest.param("https://www.publisher.example/c#frag", id="CI-002-fragment"),
        pytest.param("https://www.publisher.example/c#", id="CI-002-empty-fragment"),
        pytest.param("https://user:pw@www.publisher.example/c", id="CI-002-user"),
        pytest.param("https://user@www.publisher.example/c", id="CI-002-user-alone"),
        pytest.param("https://www.publisher.example/a/../b", id="CI-004-dots"),
        pytest.param("https://www.publisher.example/./b", id="CI-004-dot"),
        pytest.param("https://www.publisher.example/a/%2e%2e/b", id="CI-004-encoded"),
        pytest.param("https://www.publisher.example/a/..;/b", id="CI-004-semicolon"),
        pytest.param(" https://www.publisher.example/c", id="CI-006-space-before"),
        pytest.param("https://www.publisher.example/c ", id="CI-006-space-after"),
        pytest.param("https://www.publisher.example\\@evil.example/c", id="CI-006-backslash"),
        pytest.param("https://www.publisher.exämple/c", id="CI-006-unicode"),
        pytest.param("https://2130706433/c", id="CI-009-number"),
        pytest.param("https://0x7f.1/c", id="CI-009-hex"),
        pytest.param("https://0177.0.0.1/c", id="CI-009-octal"),
        pytest.param("https://127.0.0.1/c", id="CI-009-loopback"),
        pytest.param("https://93.184.215.14/c", id="CI-009-public"),
        pytest.param("https://[::ffff:169.254.169.254]/c", id="CI-009-mapped"),
        pytest.param("https://[64:ff9b::a9fe:a9fe]/c", id="CI-009-nat64"),
        pytest.param("https://[2002:a9fe:a9fe::]/c", id="CI-009-6to4"),
        pytest.param("https://[fe80::1%25eth0]/c", id="CI-009-zone"),
        pytest.param("https://localhost/c", id="CI-009-localhost"),
        pytest.param("https://intranet/c", id="CI-009-no-dot"),
        pytest.param("https://www.publisher.example./c", id="CI-009-dot-at-end"),
        pytest.param("https://www.publisher.example/" + "c" * 2048, id="long"),
    ],
)
def test_url_that_may_name_nobody_is_never_asked(place, visitor, publisher, url):
    before = publisher.accepted
    with denied(place, "cimd.denied", "URL"):
        response = visitor.get(come(place, url).ask())
    assert_unknown(response)
    assert publisher.accepted == before
    with transaction_of(place.tenant):
        assert not Document.objects.filter(url=url).exists()


@pytest.mark.parametrize("char", ["\t", "\n", "\x00", "\x85", "\x7f"])
def test_ci_006_control_characters_go_no_further(place, visitor, publisher, char):
    before = publisher.accepted
    with nothing_stored(place):
        response = visitor.get(come(place, f"{BASE}/c{char}").ask())
    assert (response.status_code, publisher.accepted) == (400, before)


@pytest.mark.parametrize(
    "host", ["10-0-0-1", "127-0-0-1", "169-254-169-254", "100-64-0-1", "0-0-0-0", "192-0-2-1"]
)
def test_ci_008_name_of_a_private_address_opens_no_socket(place, visitor, publisher, host):
    before = publisher.accepted
    with denied(place, "cimd.denied", "not public"):
        response = visitor.get(come(place, f"https://{host}.publisher.example/c").ask())
    assert_unknown(response)
    assert publisher.accepted == before
    # What strangers may not learn is on the trail alone.
    assert "not public" not in response.text


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(answer(b"", status="302 Found", Location=f"{BASE}/good"), "302", id="CI-012"),
        pytest.param(answer(b"{}", status="404 Not Found"), "404", id="CI-013"),
        pytest.param(answer(b" " * 20_000), "KiB", id="CI-014"),
        pytest.param(answer(b"{}", Content_Encoding="gzip"), "compressed", id="CI-015"),
        pytest.param(answer(b"{}", Content_Type="text/html"), "not JSON", id="CI-020"),
        pytest.param(answer(b'{"client_id": "https://elsewhere.example/c"}'), "client_id", id="CI-021"),
        pytest.param(answer(b"<script>"), "JSON", id="no-json"),
    ],
)
def test_bad_document_makes_no_client_and_its_host_is_left_alone(
    place, visitor, publisher, page, reason, request
):
    url = f"{BASE}/bad/{request.node.callspec.id}"
    publisher.pages[url] = page
    with denied(place, "cimd.denied", reason):
        assert_unknown(visitor.get(come(place, url).ask()))
    with nothing_stored(place):
        for _ in range(5):
            assert_unknown(visitor.get(come(place, url).ask()))
    assert publisher.visits(url) == 1


def test_document_that_is_mended_is_taken_when_the_pause_is_over(place, visitor, publisher):
    url = f"{BASE}/mended"
    assert_unknown(visitor.get(come(place, url).ask()))
    publisher.publish(url)
    assert_unknown(visitor.get(come(place, url).ask()))
    make_due(place, url)
    assert visitor.get(come(place, url).ask()).status_code == 302
    with transaction_of(place.tenant):
        assert Document.objects.get(url=url).failures == 0


def test_ci_026_name_of_another_shows_whose_document_it_is(place, publisher):
    url = publisher.publish(
        "https://attacker.publisher.example/c",
        client_name="Claude",
        redirect_uris=["https://attacker.example/cb"],
    )
    person = make_person(place)
    person.sign_in()
    page = person.follow(person.browser.get(come(place, url, "https://attacker.example/cb").ask())).text
    assert '<span class="host">attacker.publisher.example</span>' in page
    assert '<span class="host">attacker.example</span>' in page
    assert "Not checked" in page
    assert "Any program can use this name" in page


def test_ci_027_loopback_is_warned_of_and_never_answered_without_asking(place, publisher):
    url = publisher.publish(f"{BASE}/native", redirect_uris=["http://127.0.0.1/cb"])
    person, client = make_person(place), come(place, url, "http://127.0.0.1:4000/cb")
    client.connect(person)
    page = person.follow(person.browser.get(client.ask())).text
    assert 'name="decision"' in page
    assert "A program that runs on the computer you’re using" in page


@pytest.mark.parametrize(
    "members",
    [
        {"client_name": "Your bank"},
        {"redirect_uris": ["https://client.example/callback", "https://new.example/cb"]},
        {"logo_uri": "https://www.publisher.example/bank.png"},
        {"jwks_uri": "https://www.publisher.example/jwks.json"},
    ],
    ids=lambda members: next(iter(members)),
)
def test_ci_029_changed_document_is_asked_for_again(place, publisher, members):
    url = publisher.publish(f"{BASE}/turning/{next(iter(members))}")
    person, client = make_person(place), come(place, url)
    tokens = client.connect(person)
    publisher.publish(url, **members)
    make_due(place, url)
    page = person.follow(person.browser.get(client.ask()))
    assert 'name="decision"' in page.text
    # What was allowed goes on until the person is asked.
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_ci_029_redirect_that_was_taken_out_is_refused(place, visitor, publisher):
    url = publisher.publish(f"{BASE}/fewer", redirect_uris=["https://a.example/cb", "https://b.example/cb"])
    assert visitor.get(come(place, url, "https://b.example/cb").ask()).status_code == 302
    publisher.publish(url, redirect_uris=["https://a.example/cb"])
    make_due(place, url)
    assert visitor.get(come(place, url, "https://b.example/cb").ask()).status_code == 400


def test_ci_033_switched_off_asks_nobody(publisher, visitor):
    url = publisher.publish(f"{BASE}/off")
    closed = open_place(documents_open=False)
    before = publisher.accepted
    with nothing_stored(closed):
        assert_unknown(visitor.get(come(closed, url).ask()))
    assert publisher.accepted == before


def test_ci_034_tenants_know_the_same_client_apart(place, elsewhere, visitor, publisher):
    url = f"{BASE}/shared"
    assert_unknown(visitor.get(come(place, url).ask()))
    publisher.publish(url)
    assert visitor.get(come(elsewhere, url).ask()).status_code == 302
    # The failure at one place is no failure at the other, and the other way round.
    assert_unknown(visitor.get(come(place, url).ask()))
    for somewhere, count in ((place, 0), (elsewhere, 1)):
        with transaction_of(somewhere.tenant):
            assert Client.objects.filter(client_id=url).count() == count


@pytest.mark.parametrize("limit", ["PER_TENANT", "PER_HOST", "PER_ASKER"])
def test_ci_035_flood_is_turned_away_and_the_known_go_on(publisher, monkeypatch, limit):
    here = open_place()
    known = publisher.publish(f"{BASE}/flood/known")
    web = open_web("203.0.113.9")
    assert web.get(come(here, known).ask()).status_code == 302
    monkeypatch.setattr(learn, limit, 3)
    before = publisher.accepted
    answers = [web.get(come(here, f"{BASE}/flood/{n}").ask()) for n in range(20)]
    assert publisher.accepted == before + 2
    assert [response.status_code for response in answers] == [400] * 2 + [429] * 18
    assert answers[-1].headers["retry-after"] == "60"
    assert "budget" in events(here, "cimd.denied")[-1].reason
    make_due(here, known)
    assert web.get(come(here, known).ask()).status_code == 302
    with transaction_of(here.tenant):
        assert Document.objects.count() == 3


def test_nothing_is_fetched_but_at_authorize(place, visitor, publisher):
    url, before = publisher.publish(f"{BASE}/elsewhere"), publisher.accepted
    form = {"grant_type": "authorization_code", "client_id": url, "code": "ac_x", "code_verifier": "v" * 43}
    for name in ("token", "revoke", "introspect"):
        assert visitor.post(f"{place.issuer}/{name}", data=form).status_code in {400, 401}
    visitor.get(f"{place.issuer}/account/login/?client_id={quote(url)}")
    visitor.get(f"{place.issuer}/x/authorize?client_id={quote(url)}")
    visitor.get(f"http://unknown.example/authorize?client_id={quote(url)}")
    assert publisher.accepted == before


def test_machine_that_looks_first_reads_why(place, visitor):
    response = visitor.get(come(place, f"{BASE}/nothing").ask(), headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client"
    assert "404" in response.json()["error_description"]


def test_nothing_is_fetched_while_the_budgets_can_not_be_counted(place, visitor, publisher, monkeypatch):
    url, before = publisher.publish(f"{BASE}/unavailable"), publisher.accepted

    def fail(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(learn, "_claim", fail)
    response = visitor.get(come(place, url).ask())
    assert (response.status_code, publisher.accepted) == (503, before)
    assert response.headers["retry-after"]
