"""The page for a request that can't go on: what happened, that nothing was shared, what to do, a reference."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _


@dataclass(frozen=True, kw_only=True)
class Trouble:
    error: str
    rule: str
    reference: str
    client_id: str = ""
    client_name: str = ""
    unknown_client: bool = False
    over: bool = False
    """There is nothing left to answer: what was answered stands."""
    back_url: str = ""
    back_host: str = ""


def show_error(request: HttpRequest, trouble: Trouble, *, status: int = 400) -> HttpResponse:
    context = {
        **vars(trouble),
        "title": _title(trouble),
        "what": _what(trouble),
        "advice": _advice(trouble),
        "at": timezone.now(),
    }
    response = render(request, "oauth/error.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _title(trouble: Trouble) -> str:
    if trouble.over:
        return _("There is nothing left to answer")
    if trouble.unknown_client:
        return _("This app is not known here any more")
    return _("This request can’t go on")


def _what(trouble: Trouble) -> str:
    if trouble.over:
        return _("It was answered before, is over half an hour old, or began in another browser.")
    if trouble.unknown_client:
        return _(
            "The program named itself by an identifier that nobody has here. It may have been removed, or the program mixed up two places."
        )
    if trouble.error == "invalid_target":
        return _("The program asked for a server that is not one of those protected here.")
    if trouble.error == "invalid_scope":
        return _("The program asked for something that can’t be given to it here.")
    return _("The program sent a request that doesn’t follow the rules for asking, so we stopped.")


def _advice(trouble: Trouble) -> list[str]:
    if trouble.unknown_client:
        return [
            _("Remove the connection in the app and add it anew."),
            _("Update the app, if that doesn’t help."),
        ]
    if trouble.over:
        return [_("Start again from the app, if it still waits for you.")]
    return [_("Start again from the app."), _("Update the app, if that doesn’t help.")]
