"""When something cannot be shown: what happened and what to do, in plain words, with nothing personal on the page."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, sentences: list[str]) -> HttpResponse:
    return render(request, "ui/fault.html", {"title": title, "status": status, "sentences": sentences}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        400,
        _("This request cannot be read"),
        [_("Part of the address or of the form is damaged. Go back, reload the page and try once more.")],
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        403,
        _("Your post does not include this page"),
        [
            _("Rights follow the post. If you hold another post, change to it and open the page again."),
            _("If this page belongs to your work, ask the system keeper of your federation."),
        ],
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is no such page"),
        [
            _("The address may be mistyped, or what it led to lies outside your organisation."),
            _("Start from the workbench, or search for the name or the number."),
        ],
    )


def broken(request: HttpRequest) -> HttpResponse:
    """No menu and no query here: whatever broke may break again."""
    if isinstance(sys.exc_info()[1], LOST):
        return _broken(request, 503, _("The connection to the database was lost"), _unsure(request))
    sentences = [
        _("The fault is ours, and it has been written to the log. What you had saved before is safe."),
        _("Try again in a few minutes. If it happens again, tell the system keeper what you did and when."),
    ]
    return _broken(request, 500, _("The system could not answer"), sentences)


# The database is out of reach, or hung up in the middle: whether it did what it was asked, nobody knows here.
LOST = (OperationalError, InterfaceError)


def _unsure(request: HttpRequest) -> list[str]:
    if request.method in ("GET", "HEAD"):
        return [_("Nothing was changed. Open the page again in a minute.")]
    return [
        _("It is not certain whether what you just sent was taken in. What you had saved before is safe."),
        _("Go back in a minute, open the page again and look; if it is not there, send the same form once more."),
    ]


def _broken(request: HttpRequest, status: int, title: str, sentences: list[str]) -> HttpResponse:
    told = {"title": title, "status": status, "sentences": sentences}
    return render(request, "ui/broken.html", told, status=status)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token did not match: a page left open over night, or cookies that the browser refuses."""
    return _page(
        request,
        403,
        _("This form has expired"),
        [
            _("Nothing was changed. Go back, reload the page and send the form again."),
            _("If it keeps happening, allow this site's cookies in the browser."),
        ],
    )
