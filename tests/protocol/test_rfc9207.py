"""RFC 9207, Authorization Server Issuer Identification: on success and on error, to the byte."""

import pytest

from tests.people import make_person
from tests.places import open_place
from tests.programs import answer_of
from tests.registry import enrol


@pytest.mark.spec("RFC 9207", "2")
def test_success_and_every_error_name_the_issuer(place, member, visitor, approved):
    yes = answer_of(member.answer(approved.ask()))
    no = answer_of(member.answer(approved.ask(prompt="consent"), decision="deny"))
    early = answer_of(visitor.get(approved.ask(response_type="token")))
    silent = answer_of(visitor.get(approved.ask(prompt="none")))
    assert [answer["iss"] for answer in (yes, no, early, silent)] == [place.issuer] * 4
    assert [answer.get("error") for answer in (yes, no, early, silent)] == [
        None, "access_denied", "unsupported_response_type", "login_required",
    ]  # fmt: skip


@pytest.mark.spec("RFC 9207", "3")
@pytest.mark.parametrize("issuer", ["http://{slug}.localhost:8000", "https://auth.{slug}.example"])
def test_metadata_says_so_and_iss_is_its_issuer(issuer):
    import secrets

    slug = "i" + secrets.token_hex(5)
    place = open_place(slug=slug, issuer=issuer.format(slug=slug))
    program, person = enrol(place), make_person(place)
    metadata = program.web.get(f"{place.issuer}/.well-known/oauth-authorization-server").json()
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert answer_of(person.answer(program.ask()))["iss"] == metadata["issuer"] == place.issuer
