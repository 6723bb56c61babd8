"""The one address of the self-check. GET begins; every answer travels in the body of a POST and is kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.views.decorators.debug import sensitive_post_parameters

from chunyu.accounts.access import only_reading
from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.theme import COOKIE, THEMES, YEAR
from chunyu.portal.pages import PublicPage
from chunyu.portal.self_check.answers import MOST_PEOPLE, Answers, Unreadable, opened
from chunyu.portal.self_check.forms import WISHES, PlaceForm, QuestionsForm
from chunyu.portal.self_check.outcome import Outcome, names_of
from chunyu.portal.self_check.screens import STEPS, TITLES, Rules, Screen, before, counties, rules_at, screen_of
from chunyu.ui.pages import UNPROCESSABLE


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SelfCheck(PublicPage):
    """Where one is follows from the answers alone; `do` says which button was pressed.

    A forged request could do nothing here, since nothing is written and nobody is signed in: the page does without the
    token against forgery, and so without its cookie.
    """

    template_name = "portal/self_check/questions.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.answers = Answers()
        self.cookies: dict[str, str] = {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with only_reading():
            response = self.answer(request.POST.get("do", "next"))
            response.render()
        for name, value in self.cookies.items():
            response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
        return response

    @cached_property
    def day(self) -> Any:
        return today()

    # -- where we are -------------------------------------------------------------------------------------------

    def rules(self) -> Rules | None:
        return rules_at(self.answers.place, self.day) if self.answers.place else None

    def form(self, rules: Rules | None, screen: Screen, **more: Any) -> Any:
        if screen.kind == "result":
            return None
        if rules is None or screen.kind == "place":
            return PlaceForm(counties=counties(self.day), answers=self.answers, **more)
        return QuestionsForm(rules=rules, screen=screen, answers=self.answers, **more)

    def answer(self, pressed: str) -> TemplateResponse:
        """What follows from the button: another page, the same one with its faults, or the beginning."""
        verb, _dash, what = pressed.partition("-")
        if verb == "again":
            return self.shown()
        try:
            self.answers = opened(self.request.POST.get("answers", ""))
        except Unreadable:
            fault = _now("This page was open too long or changed. Please begin again.")
            return self.shown(fault=fault, status=UNPROCESSABLE)
        rules = self.rules()
        screen = screen_of(rules, self.answers)
        if verb == "change":
            self.answers = replace(self.answers, at=what)
            return self.shown(rules)
        if verb == "back":
            self.answers = before(rules, self.answers, screen) or self.answers
            return self.shown(rules)
        if verb in ("language", "theme"):
            self.switch(verb, what)
        if verb in ("add", "remove") and screen.kind == "people":
            return self.another_size(rules, verb, what)
        if verb != "next":
            return self.shown(rules, typed=self.request.POST)
        return self.taken(rules, screen)

    def taken(self, rules: Rules | None, screen: Screen) -> TemplateResponse:
        form = self.form(rules, screen, data=self.request.POST)
        if form is None:
            return self.shown(rules)
        if not form.is_valid():
            return self.shown(rules, form=form, status=UNPROCESSABLE)
        self.answers = form.taken(self.answers)
        return self.shown()

    def another_size(self, rules: Rules | None, verb: str, what: str) -> TemplateResponse:
        """One more or one less at home; what was typed into the others stays."""
        size, typed = len(self.answers.people), self.request.POST
        if verb == "add" and size < MOST_PEOPLE:
            self.answers = self.answers.resized(size + 1)
        elif verb == "remove" and what.isdigit() and 1 < int(what) <= size:
            gone = int(what)
            self.answers = self.answers.without(gone - 1)
            typed = moved_up(typed, gone)
        return self.shown(rules, typed=typed)

    def switch(self, verb: str, what: str) -> None:
        """Language and theme, the only two things that a browser remembers."""
        if verb == "theme" and what in THEMES:
            self.cookies[COOKIE] = self.request.COOKIES[COOKIE] = what
        elif verb == "language" and what in dict(settings.LANGUAGES):
            self.cookies[settings.LANGUAGE_COOKIE_NAME] = what
            translation.activate(what)

    # -- showing ------------------------------------------------------------------------------------------------

    def shown(
        self,
        rules: Rules | None = None,
        *,
        form: forms.Form | None = None,
        typed: QueryDict | None = None,
        fault: str = "",
        status: int = 200,
    ) -> TemplateResponse:
        try:
            rules = rules or self.rules()
            screen = screen_of(rules, self.answers)
            form = form or self.form(rules, screen, **({"initial": as_initial(typed)} if typed else {}))
        except Refusal as refusal:  # no rulebook today
            return self.page("portal/self_check/closed.html", 200, title=TITLES["place"], sentence=str(refusal))
        shared = {
            "title": TITLES[screen.kind],
            "screen": screen,
            "sealed": self.answers.sealed(),
            "step": screen.step,
            "steps": STEPS,
            "fault": fault,
            "first": screen.kind == "place",
        }
        if rules is not None and screen.kind == "result":
            outcome = Outcome(rules, self.answers)
            return self.page("portal/self_check/result.html", status, outcome=outcome, **shared)
        people = rules is not None and screen.kind == "people"
        parts = {
            "people": people_of(self.answers, form) if people else [],
            "groups": [] if rules is None or people or screen.kind == "place" else groups_of(rules, self.answers, form),
        }
        return self.page(self.template_name, status, form=form, **parts, **shared)

    def page(self, template: str, status: int, **more: Any) -> TemplateResponse:
        return TemplateResponse(self.request, template, self.context() | more, status=status)


def people_of(answers: Answers, form: QuestionsForm) -> list[dict[str, Any]]:
    """The people with their fields, for a page with a card for each."""
    called = [_now("You"), *(_now("Person %(number)s") % {"number": n} for n in range(2, len(answers.people) + 1))]
    return [
        {"number": position + 1, "name": name, "fields": form.of_person(position)}
        for position, name in enumerate(called)
    ]


def groups_of(rules: Rules, answers: Answers, form: QuestionsForm) -> list[dict[str, Any]]:
    """The fields of any other page: the household's, then each person's."""
    names = names_of(rules, answers)
    groups = [("", form.of_household()), *((name, form.of_person(position)) for position, name in enumerate(names))]
    return [{"name": name, "fields": fields} for name, fields in groups if fields]


def as_initial(typed: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown again: the wishes as a list, everything else as it is."""
    return typed.dict() | {WISHES: typed.getlist(WISHES)}


def moved_up(typed: QueryDict, gone: int) -> QueryDict:
    """What was typed, once person `gone` (from 1) has left and those after them have moved up."""
    found = QueryDict(mutable=True)
    for name, values in typed.lists():
        stem, dash, number = name.rpartition("-")
        if not (dash and number.isdigit()) or int(number) < gone:
            found.setlist(name, values)
        elif int(number) > gone:
            found.setlist(f"{stem}-{int(number) - 1}", values)
    return found
