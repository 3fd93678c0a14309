"""When the person last proved who they are, in this session."""

from django.contrib.sessions.backends.base import SessionBase


def signed_in_at(session: SessionBase) -> float:
    """Seconds since 1970; 0 if nobody has. allauth notes each proof, signing in again included (OpenID Connect Core
    §2: `auth_time`)."""
    proofs = session.get("account_authentication_methods", [])
    return max((float(proof["at"]) for proof in proofs), default=0.0)
