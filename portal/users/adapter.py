"""allauth, told what a tenant is."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from tenants.current import current_tenant


class AccountAdapter(DefaultAccountAdapter):
    """Links in mails begin with the issuer, never with a request's Host header."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        return current_tenant().signup_open

    def get_login_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 (allauth's signature)
        return reverse("home")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "tenant": current_tenant()})

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        return absolute("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        user, _, token = key.partition("-")
        return absolute("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})


def absolute(name: str, **kwargs: Any) -> str:
    """A page of the current tenant under its issuer. `reverse` begins with the mount's path, which the issuer has too."""
    tenant = current_tenant()
    return tenant.issuer.removesuffix(tenant.prefix) + reverse(name, **kwargs)
