"""What an account's changes mean for its grants and for the trail: receivers of Django's and allauth's signals."""

from datetime import timedelta
from typing import Any

from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    user_signed_up,
)
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import NOWHERE, Origin, record
from portal.grants.models import Grant, TokenFamily
from portal.grants.revoke import revoke_all_grants, revoke_grant
from portal.users.models import User


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.USER_SIGNED_IN, user_id=user.pk, origin=origin_of(request.META))


@receiver(user_login_failed)
def sign_in_failed(request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        record(Event.USER_SIGN_IN_FAILED, origin=origin_of(request.META))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is None:
        return
    # The account first, then its session and grants: as a yes in another tab takes them.
    User.objects.select_for_update().filter(id=user.pk).first()
    origin = origin_of(request.META)
    _end_with_session(Grant.objects.filter(user=user, session_key=request.session.session_key or "-"), origin)
    record(Event.USER_SIGNED_OUT, user_id=user.pk, origin=origin)


@receiver(post_delete, sender=UserSession)
def ended_elsewhere(instance: UserSession, **_: Any) -> None:
    """From the list of sessions, or found to be over."""
    _end_with_session(Grant.objects.filter(user_id=instance.user_id, session_key=instance.session_key))


def _end_with_session(grants: QuerySet[Grant], origin: Origin = NOWHERE) -> None:
    """What was allowed for a session only ends with it."""
    for grant in (
        grants.exclude(session_key="").filter(revoked_at=None).select_related("client").order_by("id")
    ):
        revoke_grant(grant, actor_id=grant.user_id, reason="the session ended", origin=origin)


@receiver(user_signed_up)
def signed_up(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.USER_CREATED, user_id=user.pk, origin=origin_of(request.META), reason="signed up")


@receiver(email_added)
@receiver(email_changed)
@receiver(email_confirmed)
@receiver(email_removed)
def changed_email(request: HttpRequest, signal: Any, **about: Any) -> None:
    """A mailbox opens an account: whatever happens to an address is on the trail, without the address."""
    what = {
        email_added: "added",
        email_changed: "primary",
        email_confirmed: "confirmed",
        email_removed: "removed",
    }
    user = about.get("user") or about["email_address"].user
    record(Event.USER_EMAIL_CHANGED, user_id=user.pk, origin=origin_of(request.META), reason=what[signal])


@receiver(password_changed)
def set_password(request: HttpRequest, user: User, **_: Any) -> None:
    """The sessions elsewhere are over, and this one goes on under another key."""
    origin = origin_of(request.META)
    record(Event.USER_PASSWORD_CHANGED, user_id=user.pk, origin=origin)
    _end_with_session(Grant.objects.filter(user=user), origin)


@receiver(password_reset)
def reset_password(request: HttpRequest, user: User, **_: Any) -> None:
    """Decision 23: after a theft-like reuse a reset password ends every connection."""
    origin = origin_of(request.META)
    record(Event.USER_PASSWORD_CHANGED, user_id=user.pk, origin=origin, reason="reset by mail")
    _end_with_session(Grant.objects.filter(user=user), origin)
    since = timezone.now() - timedelta(days=30)
    if TokenFamily.objects.filter(
        user=user, revoked_reason="refresh token reused", revoked_at__gt=since
    ).exists():
        revoke_all_grants(
            user, actor_id=user.pk, reason="password reset after a theft warning", origin=origin
        )
