"""Change requests on the screen: those that wait, and one with what it would change of the decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import READ_CASE_ROLES
from chunyu.hardship.changes import actions
from chunyu.hardship.changes.effect import effect_of, line_shown
from chunyu.registry.asking.answering import ANSWERING_ROLES
from chunyu.registry.asking.tables import Asked
from chunyu.registry.changes import actions as changes
from chunyu.registry.changes.queries import lines, requests_visible_to
from chunyu.registry.models import ChangeRequest
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage

State = Asked.State
TONES = {State.ASKED: "amber", State.APPROVED: "rain", State.REFUSED: "seal", State.WITHDRAWN: "plain"}
STATE = Column("state", _("State"), kind="tag", tone=lambda row: TONES[State(row.state)])


class AnswerForm(forms.Form):
    """Why a request is refused; nothing else is entered with an answer."""

    note = forms.CharField(label=_("Why it is refused"), max_length=200, required=False)


class ChangeRequests(ListPage):
    roles = READ_CASE_ROLES
    title = _("Change requests")
    model = ChangeRequest
    columns = (
        Column("household__file_number", _("File number"), link="hardship:change"),
        Column("facts", pgettext_lazy("change request", "Facts"), kind="number"),
        Column("reason", _("Reason"), sort=False),
        Column("asked_by__user__full_name", _("Asked by")),
        Column("asked_on", _("Asked on"), kind="date"),
        STATE,
        Column("household__organisation__name", _("Union")),
    )
    search = ("household__file_number", "reason", "asked_by__user__full_name")
    search_hint = _("File number, reason or who asked")
    filters = ("state",)
    sort = "-asked_on"
    exports = ()
    empty = Empty(
        _("No change was asked for"),
        _("Stating something else of a family that a decision or a payment rests on becomes a request."),
    )

    def rows(self) -> QuerySet[ChangeRequest]:
        return requests_visible_to(self.acting)

    def crumbs(self) -> list[Crumb]:
        return [(_now("Households"), reverse("hardship:households"))]


class RequestPage(DetailPage):
    """One request that another person answers; `do` in the POST says which answer."""

    roles = READ_CASE_ROLES
    asked_sentence = _("Asked by %(name)s on %(day)s: %(reason)s")

    def context(self, **more: Any) -> dict[str, Any]:
        request = self.object
        return super().context(
            state=request.get_state_display(),
            tone=TONES[State(request.state)],
            household_url=reverse("hardship:household", args=[request.household_id]),
            own=request.asked_by.user_id == self.acting.user_id,
            may_answer=request.waits and self.acting.role in ANSWERING_ROLES,
            waits=request.waits,
            form=AnswerForm(),
            asked=str(self.asked_sentence)
            % {
                "name": request.asked_by.user.full_name,
                "day": request.asked_on.isoformat(),
                "reason": request.reason,
            },
            **more,
        )

    def note(self) -> str:
        return self.request.POST.get("note", "")[:200]


class ChangeRequestPage(RequestPage):
    model = ChangeRequest
    template_name = "hardship/change.html"

    def rows(self) -> QuerySet[ChangeRequest]:
        return requests_visible_to(self.acting)

    def heading(self) -> str:
        return _now("Change of %(file)s") % {"file": self.object.household.file_number}

    def crumbs(self) -> list[Crumb]:
        return [(str(ChangeRequests.title), reverse("hardship:changes"))]

    def actions(self) -> list[Action]:
        return [Action(_now("Open the household"), reverse("hardship:household", args=[self.object.household_id]))]

    @cached_property
    def lines(self) -> list[Any]:
        return lines(self.object, self.acting.day)

    def context(self, **more: Any) -> dict[str, Any]:
        request = self.object
        pack = rulebook_of(request.household.organisation, self.acting.day)
        rows = [line_shown(each, pack) for each in self.lines]
        # What was answered long ago is read as it stands: the decision of that day is on the household's page.
        effect = effect_of(request, [each.proposed for each in self.lines], self.acting.day) if request.waits else None
        return super().context(
            rows=rows,
            seen=[row["key"] for row in rows],
            approve_label=_now("Approve and state it"),
            effect=effect,
            conflicts=[row for row in rows if request.waits and (row["conflict"] or row["gone"])],
            rests_on=list(actions.rests_on(request.household)) if request.waits else [],
            **more,
        )

    def act(self) -> str:
        doing, request = self.request.POST.get("do", ""), self.object
        if doing == "approve":
            seen = [UUID(key) for key in self.request.POST.getlist("seen") if _is_key(key)]
            actions.approve_change(self.acting, request, seen=seen)
            self.say(_now("Stated, and the household was decided again."))
        elif doing == "refuse":
            changes.refuse_change(self.acting, request, note=self.note())
            self.say(_now("Refused. What is on file stays."))
        elif doing == "withdraw":
            changes.withdraw_change(self.acting, request)
            self.say(_now("Withdrawn."))
        return reverse("hardship:change", args=[request.pk])


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
