"""A person's account is shut: no sign-in, no session, and everything they had allowed ends with it (decision 23)."""

from uuid import UUID

from allauth.usersessions.models import UserSession

from portal.audit.events import Event
from portal.audit.record import NOWHERE, Origin, record
from portal.grants.revoke import revoke_all_grants
from portal.users.models import User


def deactivate_user(user: User, *, actor_id: UUID | None, reason: str, origin: Origin = NOWHERE) -> bool:
    """Once it has answered, no refresh in flight survives. False if the account was shut before."""
    if not User.objects.filter(id=user.id, is_active=True).update(is_active=False):
        return False
    for session in UserSession.objects.filter(user_id=user.id):
        session.end()
    revoke_all_grants(user, actor_id=actor_id, reason=reason, origin=origin)
    actor = str(actor_id) if actor_id else None
    record(
        Event.USER_CHANGED,
        user_id=user.id,
        origin=origin,
        reason=reason,
        data={"actor": actor, "is_active": False},
    )
    return True
