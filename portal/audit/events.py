"""The catalogue: every kind of event, and what it means. Names are noun, dot, what was done to it."""

from enum import StrEnum
from typing import Self


class Event(StrEnum):
    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    AUTHORIZE_DENIED = "authorize.denied", "A request to /authorize was refused."
    CONSENT_GRANTED = "consent.granted", "The user allowed what the client asked, or part of it."
    CONSENT_REMEMBERED = "consent.remembered", "What the client asked was allowed before: no page was shown."
    CONSENT_DENIED = "consent.denied", "The user denied what the client asked."
    CODE_ISSUED = "code.issued", "An authorization code left for the client."
    CODE_REPLAYED = (
        "code.replayed",
        "A spent code came again from its own client: what it had led to was revoked.",
    )
    TOKEN_ISSUED = "token.issued", "Tokens were issued for a code, or to a client for itself."
    TOKEN_REFRESHED = "token.refreshed", "A refresh token was replaced, and an access token issued."
    TOKEN_RACED = "token.raced", "Two copies of a client renewed at once: both got the same pair."
    TOKEN_DENIED = "token.denied", "A request to /token, /revoke, /introspect or /userinfo was refused."
    TOKEN_REUSED = "token.reused", "A refresh token replaced long before came again: its family was revoked."
    TOKEN_REVOKED = "token.revoked", "A client revoked an access token, or a refresh token with its family."
    GRANT_REVOKED = "grant.revoked", "What a user had allowed was ended, with all that was issued on it."
    CLIENT_REGISTERED = "client.registered", "A client registered itself, or an admin made it."
    CLIENT_CHANGED = "client.changed", "An admin changed a client."
    CLIENT_REGISTER_DENIED = "client.register_denied", "A registration was refused."
    RATE_LIMITED = (
        "ratelimit.hit",
        "A rate limit was reached: what follows in the same window is not recorded.",
    )
    CIMD_FETCHED = "cimd.fetched", "A client's metadata document was fetched, and is what it should be."
    CIMD_DENIED = "cimd.denied", "A client's metadata document was refused, or could not be had."
    CLIENT_AUTH_FAILED = "client.auth_failed", "A client or resource server did not prove who it is."
    RESOURCE_SERVER_CHANGED = (
        "resource_server.changed",
        "An admin made or changed a resource server or its catalog.",
    )
    ACCESS_ALLOWED = "access.allowed", "A resource server reports: a token was used."
    ACCESS_DENIED = "access.denied", "A resource server reports: a token did not reach."
    KEY_CREATED = "key.created", "A signing key was made."
    USER_CREATED = "user.created", "A person has an account here now."
    USER_SIGNED_IN = "user.signed_in", "A person signed in."
    USER_SIGN_IN_FAILED = "user.sign_in_failed", "Somebody tried to sign in, and failed."
    USER_SIGNED_OUT = "user.signed_out", "A person signed out."
    USER_PASSWORD_CHANGED = "user.password_changed", "A person set another password."
    USER_EMAIL_CHANGED = (
        "user.email_changed",
        "A person's address was added, confirmed, made the first one, or removed.",
    )
    USER_CHANGED = "user.changed", "An admin changed a person's account."
    ADMIN_DENIED = "admin.denied", "Somebody signed in asked for an admin page that is not theirs."
    TENANT_CREATED = "tenant.created", "The tenant was made."
    TENANT_CHANGED = "tenant.changed", "The tenant's settings were changed."
