"""A person is given an account by somebody else: they choose their password by a link that only their mailbox gets."""

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from portal.users.models import User


def invite_user(request: HttpRequest, user: User) -> None:
    """Save a new account of the current tenant, without a password, and mail the link."""
    user.email = User.objects.normalize_email(user.email).lower()
    user.set_unusable_password()
    user.save(force_insert=True)
    # Verified: the only way in is the link in the mail.
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    mail_password_link(request, user)


def mail_password_link(request: HttpRequest, user: User) -> None:
    form = ResetPasswordForm(data={"email": user.email})
    if form.is_valid():
        form.save(request)


def is_taken(email: str) -> bool:
    """Whether an account of this tenant has this address, or has it as a second one."""
    return (
        User.objects.filter(email__iexact=email).exists()
        or EmailAddress.objects.filter(email__iexact=email).exists()
    )
