"""A sign-in ends by itself: after a time in which nothing was done, and at the latest after a working day.

A desk that somebody walked away from must not stay open. Typing counts as doing something: the page says so now and
then in the background, so that a long form is not lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from chunyu.accounts.access import signed_in

SESSION_BEGUN, SESSION_SEEN = "signed_in_at", "seen_at"  # seconds
LONGEST = 12 * 3600  # seconds that one sign-in lasts, whatever is done
NOTED = 60  # seconds from one note of being seen to the next


def begin(request: HttpRequest) -> None:
    """The person has just signed in."""
    request.session[SESSION_BEGUN] = request.session[SESSION_SEEN] = time.time()


class EndsByItself:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = request.session.get(SESSION_SEEN)
        if seen is not None and request.user.is_authenticated:
            now, idle = time.time(), settings.IDLE_MINUTES * 60
            if now - request.session[SESSION_BEGUN] > LONGEST:
                self._end(request, _("You were signed out: a sign-in lasts at most twelve hours."))
            elif now - seen > idle:
                self._end(request, _idle(settings.IDLE_MINUTES))
            elif now - seen > NOTED:
                request.session[SESSION_SEEN] = now
        return self.get_response(request)

    def _end(self, request: HttpRequest, sentence: str) -> None:
        logout(request)
        messages.info(request, sentence)


def _idle(minutes: int) -> str:
    return ngettext(
        "You were signed out: nothing was done for %(minutes)s minute.",
        "You were signed out: nothing was done for %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


@signed_in
@require_safe
def here(request: HttpRequest) -> HttpResponse:
    """Somebody is typing; that this was asked for is all that counts."""
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
