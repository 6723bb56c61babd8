"""The auditor's view of the money: ready-made questions, their counts, and the rows behind them. Nothing changes."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.roles import AUDIT_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.ledger import queries
from chunyu.ledger.audit_queries import QUESTIONS, Question
from chunyu.ledger.models import BatchLine
from chunyu.ledger.pages.reading import funds_of
from chunyu.ui.columns import spoken_day
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, StaffPage


class Audit(StaffPage):
    roles = AUDIT_MONEY_ROLES
    title = gettext_lazy("Money audit")
    template_name = "ledger/audit.html"

    def actions(self) -> list[Action]:
        return [
            Action(_("Journal"), reverse("ledger:movements")),
            Action(_("Payments"), reverse("ledger:payments")),
            Action(_("Movements of goods"), reverse("ledger:goods-movements")),
            Action(_("Funds"), reverse("ledger:funds")),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        path, day = self.acting.path, self.acting.day
        asked = []
        for question in QUESTIONS.values():
            rows = question.rows(path, day).order_by()
            asked.append((question, rows.count(), reverse("ledger:audit-rows", args=[question.code])))
        return super().context(asked=asked, as_of=spoken_day(day), scope=self.acting.organisation.name, **more)


class AuditFilters(django_filters.FilterSet):
    fund = django_filters.ModelChoiceFilter(field_name="order__fund", queryset=funds_of, label=gettext_lazy("Fund"))
    start = django_filters.DateFilter(
        field_name="batch__sent_on", lookup_expr="gte", label=gettext_lazy("From"),
        widget=DAY_INPUT,
    )  # fmt: skip
    end = django_filters.DateFilter(
        field_name="batch__sent_on", lookup_expr="lte", label=gettext_lazy("To"),
        widget=DAY_INPUT,
    )  # fmt: skip

    class Meta:
        model = BatchLine
        fields: tuple[str, ...] = ()


class AuditRows(ListPage):
    """The lines that one question finds."""

    roles = AUDIT_MONEY_ROLES
    model = BatchLine
    columns = (
        Column("batch__sent_on", gettext_lazy("Left on"), kind="date"),
        Column("payee_name", gettext_lazy("Payee"), link=lambda line: reverse("ledger:order", args=[line.order_id])),
        Column(
            "order__household__file_number",
            gettext_lazy("File no."),
            link=lambda line: reverse("ledger:household-ledger", args=[line.order.household_id]),
        ),
        Column("order__reference", gettext_lazy("Case number")),
        Column("order__programme_label", gettext_lazy("Programme"), note=lambda line: line.order.fund.name),
        Column("batch__number", gettext_lazy("Batch"), link=lambda line: reverse("ledger:batch", args=[line.batch_id])),
        Column("beside", gettext_lazy("Found by")),
        Column("amount_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("payee_name", "order__household__file_number", "order__reference")
    filter_class = AuditFilters
    sort = "-batch__sent_on"
    template_name = "ledger/audit_rows.html"
    empty = Empty(gettext_lazy("Nothing found"), gettext_lazy("No payment in your scope answers this question."))

    @cached_property
    def question(self) -> Question:
        if self.kwargs["code"] not in QUESTIONS:
            raise Http404
        return QUESTIONS[self.kwargs["code"]]

    def heading(self) -> str:
        return str(self.question.title)

    def crumbs(self):
        return [(_("Money audit"), reverse("ledger:audit"))]

    @property
    def export_name(self) -> str:
        return f"audit-{self.question.code}"

    def rows(self):
        return self.question.rows(self.acting.path, self.acting.day)

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_audit", self.acting.organisation, f"{self.question.code} {kind} {count}")

    def total_fen(self) -> int:
        return queries.summed(self.found, "amount_fen")
