"""RFC 7636, Proof Key for Code Exchange: for every client, and by S256 alone."""

import pytest

from tests.programs import answer_of

# Appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture(params=["public", "approved"])
def program(request):
    return request.getfixturevalue(request.param)


@pytest.mark.spec("RFC 7636", "4.2")
def test_the_standards_own_example(regular, program):
    code = answer_of(regular.answer(program.ask(code_challenge=CHALLENGE)))["code"]
    assert program.redeem(code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.spec("RFC 7636", "4.2")
@pytest.mark.parametrize("method", ["plain", None, "S512"])
def test_nothing_but_s256(visitor, approved, method):
    answer = answer_of(visitor.get(approved.ask(code_challenge_method=method)))
    assert answer["error"] == "invalid_request"
    assert "S256" in answer["error_description"]


@pytest.mark.spec("RFC 7636", "4.4.1")
def test_a_request_without_a_challenge_is_refused_and_says_so(visitor, approved):
    answer = answer_of(visitor.get(approved.ask(code_challenge=None)))
    assert answer["error"] == "invalid_request"
    assert "code_challenge" in answer["error_description"]


@pytest.mark.spec("RFC 7636", "4.6")
@pytest.mark.spec("RFC 7636", "4.4")
@pytest.mark.parametrize("verifier", ["v" * 43, VERIFIER[:-1] + "l", VERIFIER + "A", CHALLENGE])
def test_another_verifier_gets_nothing(regular, program, verifier):
    code = answer_of(regular.answer(program.ask(code_challenge=CHALLENGE)))["code"]
    response = program.redeem(code, code_verifier=verifier)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@pytest.mark.spec("RFC 9700", "4.8")
@pytest.mark.spec("RFC 7636", "4.6")
def test_without_a_verifier_nothing_is_given_and_nothing_spent(regular, program):
    code = answer_of(regular.answer(program.ask()))["code"]
    assert program.redeem(code, code_verifier=None).json()["error"] == "invalid_grant"
    assert program.redeem(code).status_code == 200
