"""A worker asks to join a union on a phone, without an account, and follows the answer with a number and a code.

Nothing is shown about anybody else: who is on record, who is a member and who has asked before look alike from here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation
from chunyu.organising.joining.actions import ask_on_the_web, withdraw_on_the_web
from chunyu.organising.joining.forms import NOT_LISTED, JoinForm
from chunyu.organising.joining.queries import OFFERED, application_of, unions_meant
from chunyu.portal.pages import PublicPage, sender_of
from chunyu.registry.membership.tables import JoinRequest
from chunyu.ui.fields import NumberAndCodeForm
from chunyu.wall.scope import take_on

Answer = JoinRequest.Answer
NUMBER = _("Number of the application")
UNKNOWN = _("No application has this number and code. Both are on the page that you saw when you applied.")
TOO_MANY = _("More than %(count)s unions have this in their name. Write more of it.")


def county_federations() -> QuerySet[Organisation]:
    rows = Organisation.objects.as_of(today()).filter(kind=Organisation.Kind.COUNTY_FEDERATION)
    return rows.order_by("region__code")


class Join(PublicPage):
    """One address: who and where, then which union when several are meant, then the number and the code."""

    title = _("Join a union")
    template_name = "portal/join.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=JoinForm(counties=county_federations()), given=None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = JoinForm(request.POST, counties=county_federations())
        if not form.is_valid():
            return self.show(status=422, form=form, given=None)
        said = form.cleaned_data
        take_on(said["county"].path)
        meant = unions_meant(said["county"], said["where"], today()) if said["where"].strip() else []
        if len(meant) > OFFERED:
            form.add_error("where", TOO_MANY % {"count": OFFERED})
            return self.show(status=422, form=form, given=None)
        if "union" not in request.POST and (len(meant) > 1 or (meant and meant[0].name != said["where"].strip())):
            asked = JoinForm(initial=request.POST.dict(), counties=county_federations(), meant=meant)
            return self.show(form=asked, given=None)
        if "union" in request.POST:
            form = JoinForm(request.POST, counties=county_federations(), meant=meant)
            if not form.is_valid():
                return self.show(status=422, form=form, given=None)
            said = form.cleaned_data
        union = self._union(said, meant)
        try:
            given, code = ask_on_the_web(union, form.person, sender=sender_of(request), day=today())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.show(status=422, form=form, given=None)
        return self.show(form=None, given=given, code=code, union=union)

    def _union(self, said: dict[str, Any], meant: list[Organisation]) -> Organisation:
        chosen = said.get("union", "")
        if chosen == NOT_LISTED or not meant:
            return said["county"]
        return next((each for each in meant if str(each.pk) == chosen), meant[0])


class FollowJoin(PublicPage):
    """What became of an application, for whoever holds its number and code. Both travel in a form, not in an
    address."""

    title = _("Your application to join")
    template_name = "portal/follow_join.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=NumberAndCodeForm(label=NUMBER), found=None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = NumberAndCodeForm(request.POST, label=NUMBER)
        if not form.is_valid():
            return self.show(status=422, form=form, found=None)
        found = application_of(form.cleaned_data["number"], form.cleaned_data["code"])
        if found is None:
            form.add_error(None, UNKNOWN)
            return self.show(status=422, form=form, found=None)
        if request.POST.get("do") == "withdraw":
            try:
                withdraw_on_the_web(found, today())
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                return self.show(status=422, form=form, found=None)
            found.refresh_from_db()
        return self.show(form=form, found=found, standing=_standing(found), open=found.answer in ("", Answer.REPEATED))


def _standing(found: JoinRequest) -> str:
    """A repeated one reads like one that waits: whether an earlier one exists is nobody else's business."""
    if found.answer == Answer.ADMITTED and found.membership is not None:
        words = {"union": found.membership.organisation.name, "day": found.membership.valid_from.isoformat()}
        return _now("You are a member of %(union)s since %(day)s.") % words
    if found.answer == Answer.REFUSED:
        return _now("The union could not admit you: %(reason)s") % {"reason": found.answer_reason}
    if found.answer == Answer.WITHDRAWN:
        return _now("You have taken the application back.")
    return _now("Your application waits for the union. Somebody will call you or answer here.")
