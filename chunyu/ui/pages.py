"""What the staff's pages are made of. A page states its rule, loads within the post's scope, calls one action, and
shows a refusal as a sentence. See docs/reference/ui.md for examples.

    class Household(DetailPage):
        roles = READ_CASE_ROLES
        model = HardshipFile
        template_name = "hardship/household.html"

    path("households/<int:pk>/", Household.as_view(), name="household")
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render, resolve_url
from django.template.response import TemplateResponse
from django.utils.functional import Promise, cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from chunyu.accounts.access import Page, guard
from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ui.buttons import Action
from chunyu.ui.people import people_in

__all__ = ["Action", "ConfirmPage", "Crumb", "DetailPage", "FormPage", "StaffPage"]

Crumb = tuple[str, str]
Words = str | Promise
UNPROCESSABLE = 422


class StaffPage(View):
    """A page for posts with one of `roles`; `as_view()` carries the rule, so that the address states it.

    GET shows `template_name` with `context()`. POST calls `act()`, which calls an action of the room and returns where
    to go next; a `Refusal` (or a model's ValidationError) becomes an alert on the page, never a traceback.
    """

    roles: ClassVar[frozenset[Role] | str]
    title: Words = ""
    template_name: str = ""
    fresh: ClassVar[bool] = False  # a code of the second factor is asked for first, see chunyu.accounts.access
    back: str = ""  # the URL name to return to after a refusal, for addresses that only take a POST

    @classmethod
    def as_view(cls, **initial: Any) -> Page:
        return guard(super().as_view(**initial), cls.roles, cls.fresh)

    @property
    def acting(self) -> Acting:
        return self.request.acting

    # -- reading ------------------------------------------------------------------------------------------------

    def find(self, source: type[Model] | QuerySet, **lookup: Any) -> Any:
        """One object within the post's scope, else 404: what lies outside answers as if it did not exist.

        A model is narrowed by `within(acting.path)`; a queryset is taken as already narrowed.
        """
        rows = source if isinstance(source, QuerySet) else source.objects.within(self.acting.path)
        return get_object_or_404(rows, **lookup)

    def shows(self, *things: Any) -> None:
        """Say whom the page shows, for the record of who saw whom. What `answer` gave to a template and what the page
        worked out for it is said already; pages that hand people out otherwise (as a paper) say it themselves."""
        self.request.seen |= people_in(things)

    def heading(self) -> Words:
        return self.title

    def crumbs(self) -> list[Crumb]:
        """The way here: (label, address) pairs, from the top, without this page."""
        return []

    def actions(self) -> list[Action]:
        """The buttons beside the heading."""
        return []

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "page": self,
            "title": self.heading(),
            "crumbs": self.crumbs(),
            "actions": self.actions(),
            "acting": self.acting,
            **more,
        }

    def show(self, status: int = 200, **more: Any) -> HttpResponse:
        return self.answer(self.template_name, self.context(**more), status)

    def answer(self, template: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
        """The template with the context; whom it showed is put on record once it is rendered."""
        response = TemplateResponse(self.request, template, context, status=status)
        response.add_post_render_callback(lambda _: self.shows(context, vars(self)))
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.template_name:
            return HttpResponseNotAllowed(["POST"])
        return self.show()

    # -- writing ------------------------------------------------------------------------------------------------

    def act(self) -> Any:
        """Call the action; return where to go next: an address, a URL name, an object with `get_absolute_url`, or
        None for this page again."""
        raise Http404

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            goal = self.act()
        except Refusal as refusal:
            return self.refused(refusal)
        except ValidationError as error:
            return self.refused(Refusal.from_validation(error))
        return goal if isinstance(goal, HttpResponseBase) else self.go(goal)

    def say(self, sentence: Words) -> None:
        """A sentence at the top of the next page. It travels in the session: no personal value in it."""
        messages.success(self.request, sentence)

    def go(self, goal: Any = None) -> HttpResponse:
        """Redirect after a POST, so that a reload does not act twice."""
        url = resolve_url(goal) if goal is not None else self.request.get_full_path()
        if self.request.htmx:
            return HttpResponseClientRedirect(url)
        return HttpResponseRedirect(url, status=303)

    def refused(self, refusal: Refusal) -> HttpResponse:
        """The refusal's sentence: in place for htmx, on this page when it has one, else where the person came from."""
        if self.request.htmx:
            answer = render(self.request, "ui/refusal.html", {"refusal": refusal}, status=UNPROCESSABLE)
            return reswap(retarget(answer, "#said"), "innerHTML")
        if self.template_name:
            return self.show(status=UNPROCESSABLE, refusal=refusal)
        messages.error(self.request, refusal.sentence)
        return HttpResponseRedirect(self.way_back(), status=303)

    def way_back(self) -> str:
        if self.back:
            return resolve_url(self.back, **self.kwargs)
        came_from = self.request.headers.get("Referer", "")
        here = self.request.get_host()
        safe = url_has_allowed_host_and_scheme(came_from, {here}, require_https=self.request.is_secure())
        return came_from if safe else "/"


class DetailPage(StaffPage):
    """One object of `model`, found by `pk` in the address within the post's scope."""

    model: ClassVar[type[Model]]

    def rows(self) -> QuerySet:
        """What this page may show, already narrowed to the scope; add select_related and the like here."""
        return self.model.objects.within(self.acting.path)

    @cached_property
    def object(self) -> Any:
        return get_object_or_404(self.rows(), pk=self.kwargs["pk"])

    def heading(self) -> Words:
        return self.title or str(self.object)

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(object=self.object, **more)


class FormPage(StaffPage):
    """A form: `submit(form)` calls the action with what was entered and returns where to go next.

    Errors come back with everything that was entered, a summary that links to the fields, and status 422.
    """

    form_class: ClassVar[type[BaseForm]]
    template_name = "ui/form_page.html"
    submit_label: Words = _("Save")
    introduction: Words = ""

    def form_arguments(self) -> dict[str, Any]:
        """Further arguments of the form: initial, instance, acting …"""
        return {}

    def form(self) -> BaseForm:
        sent = self.request.method == "POST"
        data = {"data": self.request.POST, "files": self.request.FILES} if sent else {}
        return self.form_class(**data, **self.form_arguments())

    def cancel_url(self) -> str:
        """Where the way back leads; empty shows none."""
        return ""

    def submit(self, form: BaseForm) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what its form does.")

    def context(self, **more: Any) -> dict[str, Any]:
        more.setdefault("form", self.form() if self.request.method != "POST" else None)
        more.setdefault("cancel_url", self.cancel_url())
        return super().context(**more)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form()
        if form.is_valid():
            try:
                goal = self.submit(form)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            except ValidationError as error:
                form.add_error(None, str(Refusal.from_validation(error)))
            else:
                return goal if isinstance(goal, HttpResponseBase) else self.go(goal)
        return self.show(status=UNPROCESSABLE, form=form)


class ConfirmPage(StaffPage):
    """Asks before an act that cannot be undone: GET states what will happen, POST calls `act()`."""

    template_name = "ui/confirm_page.html"
    submit_label: Words = _("Confirm")
    style = "primary"

    def question(self) -> Words:
        """What will happen, in one sentence."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it asks.")

    def consequences(self) -> list[Words]:
        """What follows from it, one sentence each."""
        return []

    def refusal_beforehand(self) -> Refusal | None:
        """Why the act is not possible now: shown instead of the button."""
        return None

    def shown(self) -> str:
        """The digest of what the person looks at, for acts that hold for just that; it comes back as `was_shown`."""
        return ""

    @property
    def was_shown(self) -> str:
        return self.request.POST.get("shown", "")

    def cancel_url(self) -> str:
        return self.way_back()

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            # A page that comes back with a refusal shows what is there now, and asks about that.
            shown=self.shown(),
            question=self.question(),
            consequences=self.consequences(),
            barred=self.refusal_beforehand(),
            cancel_url=self.cancel_url(),
            **more,
        )
