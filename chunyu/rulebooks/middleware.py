"""One page, one timetable: however often a page asks which rulebook is in force, the database is asked once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chunyu.rulebooks.in_force import one_timetable


class OneTimetable:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with one_timetable():
            return self.get_response(request)
