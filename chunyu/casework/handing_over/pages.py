"""Offering a case from its page; the receipts of the sender; what is offered here, and the answer to it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.casework.entry_pages import CaseForm
from chunyu.casework.handing_over import actions, queries
from chunyu.casework.handing_over.forms import AcceptForm, OfferForm, RefuseForm
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models import Case
from chunyu.ui.beyond import LooksBeyond
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, FormPage

ROLES = EVERY_CASE_ROLE
ANSWERING = EVERY_CASE_ROLE - {Role.AUDITOR, Role.FINANCE_OFFICER}
TONES = {"accepted": "rain", "refused": "seal", "withdrawn": "plain"}


def answer_words(row: Handover) -> str:
    return row.get_answer_display() if row.answer else gettext("awaits an answer")


class HandoverFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("answer"), choices=[("open", _("awaits an answer")), *Handover.Answer.choices], method="by_answer"
    )

    class Meta:
        model = Handover
        fields = ("kind", "state")

    def by_answer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(answer="" if value == "open" else value)


class Handovers(LooksBeyond, ListPage):
    """What the two lists share. The case of an offer lies with another union, or has gone there."""

    looks_beyond = "handed-over"

    roles = ROLES
    model = Handover
    columns = (
        Column("case__number", pgettext_lazy("case", "case number"), link="casework:handover", note="case__title"),
        Column("short_kind", pgettext_lazy("handover", "kind"), sort="kind"),
        Column("organisation__name", pgettext_lazy("case", "from")),
        Column("to__name", pgettext_lazy("handover", "to")),
        Column("sent_on", pgettext_lazy("handover", "sent on"), kind="date"),
        Column(
            "answer", _("answer"), kind="tag", value=answer_words, tone=lambda row: TONES.get(row.answer, "amber"),
            sort="answer",
        ),
        Column("answered_on", _("answered on"), kind="date"),
    )  # fmt: skip
    search = ("case__number", "case__title", "to__name", "organisation__name")
    filter_class = HandoverFilters
    sort = "-sent_on"


class Sent(Handovers):
    title = _("Handed over to others")
    export_name = "handed-over"
    empty = Empty(_("No case has been handed over"), _("“Refer or transfer” stands on the page of every open case."))

    def rows(self) -> QuerySet[Handover]:
        return queries.sent(self.acting)

    def actions(self) -> list[Action]:
        return [Action(gettext("Offered to us"), reverse("casework:received"))]


class Received(Handovers):
    title = _("Offered to us")
    export_name = "offered"
    empty = Empty(_("No other union offers a case"), _("What is referred or transferred to your union appears here."))

    def rows(self) -> QuerySet[Handover]:
        return queries.received(self.acting)

    def actions(self) -> list[Action]:
        return [Action(gettext("Handed over to others"), reverse("casework:sent"))]


class HandoverAddress(LooksBeyond):
    """One handover, for the sender's side and the receiver's; for everybody else it does not exist."""

    looks_beyond = "handed-over"

    roles = ROLES

    @cached_property
    def handover(self) -> Handover:
        rows = queries.received(self.acting) | queries.sent(self.acting)
        found = (
            rows.select_related("case__organisation", "sent_by__user", "answered_by__user", "opened", "consent_paper")
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    @property
    def offered_here(self) -> bool:
        return self.acting.sees(self.handover.to.path)

    def here(self) -> str:
        return reverse("casework:handover", args=[self.handover.pk])

    def crumbs(self) -> list[Crumb]:
        if self.offered_here:
            return [(gettext("Offered to us"), reverse("casework:received"))]
        return [(gettext("Handed over to others"), reverse("casework:sent"))]


class HandoverPage(HandoverAddress):
    template_name = "casework/handover.html"

    def heading(self) -> str:
        return f"{self.handover.short_kind} · {self.handover.case.title}"

    def actions(self) -> list[Action]:
        handover, case = self.handover, self.handover.case
        if handover.answer or self.acting.role not in case.table.access.works:
            return []
        buttons = []
        if self.acting.sees(case.scope_path):
            buttons.append(
                Action(gettext("Take it back"), reverse("casework:handover-back", args=[handover.pk]), method="post")
            )
        if self.offered_here:
            buttons += [
                Action(gettext("Refuse it"), reverse("casework:handover-refuse", args=[handover.pk])),
                Action(
                    gettext("Take it over"), reverse("casework:handover-accept", args=[handover.pk]), style="primary"
                ),
            ]
        return buttons

    def context(self, **more: Any) -> dict[str, Any]:
        handover = self.handover
        sees = self.acting.sees(handover.case.scope_path)
        return super().context(
            handover=handover,
            case=handover.case,
            sees_case=sees,
            sees_opened=handover.opened is not None and self.acting.sees(handover.opened.scope_path),
            reads=self.acting.role in handover.case.table.access.reads,
            answer=answer_words(handover),
            tone=TONES.get(handover.answer, "amber"),
            **more,
        )


class HandoverForm(HandoverAddress, FormPage):
    roles = ANSWERING

    @cached_property
    def handover(self) -> Handover:
        found = super().handover
        if not self.offered_here:
            raise Http404
        return found

    def crumbs(self) -> list[Crumb]:
        return [*super().crumbs(), (self.handover.case.number, self.here())]

    def cancel_url(self) -> str:
        return self.here()


class AcceptHandover(HandoverForm):
    title = _("Take the case over")
    submit_label = _("Take it over")

    def form(self) -> BaseForm:
        return AcceptForm(
            self.request.POST if self.request.method == "POST" else None, handover=self.handover, acting=self.acting
        )

    def submit(self, form: BaseForm) -> Case:
        return actions.accept(self.acting, self.handover, **form.cleaned_data)


class RefuseHandover(HandoverForm):
    title = _("Refuse the case")
    form_class = RefuseForm

    def submit(self, form: BaseForm) -> str:
        actions.refuse(self.acting, self.handover, reason=form.cleaned_data["reason"])
        return self.here()


class TakeBack(HandoverAddress):
    roles = ANSWERING

    def act(self) -> str:
        if not self.acting.sees(self.handover.case.scope_path):
            raise Http404
        actions.take_back(self.acting, self.handover)
        return self.here()


class OfferCase(CaseForm):
    title = _("Refer or transfer")
    submit_label = _("Offer it")
    introduction = _("Nothing moves before somebody in the other union accepts; the answer comes back here.")

    def form(self) -> BaseForm:
        return OfferForm(
            self.request.POST if self.request.method == "POST" else None, case=self.case, acting=self.acting
        )

    def submit(self, form: BaseForm) -> Case:
        actions.offer(self.acting, self.case, **form.cleaned_data)
        return self.case
