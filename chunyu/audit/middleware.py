"""Puts on record who was shown on a page, and who came in and went out, once the page has been answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from chunyu.accounts.acting import Acting
from chunyu.accounts.middleware import acting_of
from chunyu.audit.models import Entry
from chunyu.audit.record import shown
from chunyu.wall.scope import beyond_scope

SHOWN_BELOW = 500  # answers from here on are faults, which show nobody
AT_ONCE = 10_000  # people to an entry: a file may hold a whole province
NOBODY_ELSE = ""


class TakenAway(set[UUID]):
    """The people in a file as they are written into it; put on record in portions, the last by `close`."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        self.request = request

    def update(self, *people: Iterable[UUID]) -> None:
        super().update(*people)
        if len(self) >= AT_ONCE:
            self.close()

    def close(self) -> None:
        if self.request.acting is not None:
            shown(self.request.acting, page_of(self.request), self, taken_away=True)
        self.clear()


def page_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


class Record:
    """Pages name the people they show in `request.seen` and those they hand out as a file in `request.taken_away`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.seen, request.taken_away = set(), TakenAway(request)
        before, acting = request.user.pk, request.acting
        response = self.get_response(request)
        if response.status_code < SHOWN_BELOW and acting is not None:
            shown(acting, page_of(request), request.seen)
            request.taken_away.close()
        if request.user.pk != before:
            _came_or_went(request, before, acting)
        return response


def _came_or_went(request: HttpRequest, before: int | None, acting: Acting | None) -> None:
    for user_id, event in ((before, "accounts.signed_out"), (request.user.pk, "accounts.signed_in")):
        if user_id is not None:
            through = acting if event == "accounts.signed_out" else acting_of(request)
            with beyond_scope("record"):  # the request began with another scope, or with none
                Entry.objects.create(
                    user_id=user_id,
                    post=through.post if through else None,
                    event=event,
                    subject=f"accounts.User:{user_id}",
                    scope_path=through.path if through else NOBODY_ELSE,
                )
