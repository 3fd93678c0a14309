"""allauth, told what a tenant is."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from tenants.current import current_tenant


class AccountAdapter(DefaultAccountAdapter):
    """Links in mails begin with the issuer, never with a request's Host header."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("Your account has this address already."),
        "email_password_mismatch": _("Email or password is wrong."),
        "email_taken": _("An account has this address already."),
        "enter_current_password": _("The password is wrong."),
        "incorrect_code": _("This code is wrong."),
        "incorrect_password": _("The password is wrong."),
        "invalid_login": _("Email or password is wrong."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
        "same_as_current": _("This is what it is now."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "unverified_primary_email": _("Confirm the address first: a link is in the mail we sent there."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        return current_tenant().signup_open

    def get_login_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 (allauth's signature)
        return reverse("home")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "tenant": current_tenant()})

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        return absolute("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        user, _dash, token = key.partition("-")
        return absolute("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})


def absolute(name: str, **kwargs: Any) -> str:
    """A page of the current tenant under its issuer, wherever this runs: `reverse` begins with the prefix of a request."""
    path = reverse(name, **kwargs).removeprefix(get_script_prefix())
    return f"{current_tenant().issuer}/{path}"
