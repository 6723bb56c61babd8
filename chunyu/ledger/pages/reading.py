"""What was paid to whom: payments, the journal, totals, and the one ledger of a household."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.roles import FIGURE_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import goods_queries, queries, statements, traces
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.forms import TotalsForm
from chunyu.ledger.models import Account, BatchLine, Fund, Leg, Reason
from chunyu.ledger.pages.funds import rows_of
from chunyu.ledger.programmes import known_programmes
from chunyu.registry.group_filter import GroupFilter
from chunyu.registry.groups import cut, households_in
from chunyu.registry.models import Household, Member
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import DetailPage, StaffPage
from chunyu.ui.paging import Part
from chunyu.ui.templatetags.show import yuan


def funds_of(request) -> Any:
    return Fund.objects.within(request.acting.path).order_by("name", "pk")


class PaymentFilters(django_filters.FilterSet):
    source = django_filters.ChoiceFilter(
        method="of_source", choices=Fund.Source.choices, label=gettext_lazy("Fund source")
    )
    programme = django_filters.CharFilter(
        field_name="order__programme", label=gettext_lazy("Programme"), widget=forms.HiddenInput
    )
    use = django_filters.ChoiceFilter(
        field_name="order__use", choices=Use.choices, label=pgettext_lazy("of money", "Use")
    )
    fund = django_filters.ModelChoiceFilter(method="of_fund", queryset=funds_of, label=gettext_lazy("Fund"))
    group = GroupFilter("order__household")
    start = django_filters.DateFilter(
        field_name="settled_on", lookup_expr="gte", label=gettext_lazy("From"), widget=DAY_INPUT
    )
    end = django_filters.DateFilter(
        field_name="settled_on", lookup_expr="lte", label=gettext_lazy("To"), widget=DAY_INPUT
    )

    class Meta:
        model = BatchLine
        fields: tuple[str, ...] = ()

    def of_source(self, rows, _name: str, value: str):
        return queries.of_fund(rows, source=value)

    def of_fund(self, rows, _name: str, value: Fund):
        return queries.of_fund(rows, pk=value.pk)


class Payments(ListPage):
    """Money that reached households: the rows behind every paid figure."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Payments")
    model = BatchLine
    columns = (
        Column("settled_on", gettext_lazy("Paid on"), kind="date"),
        Column("payee_name", gettext_lazy("Payee"), link=lambda line: reverse("ledger:order", args=[line.order_id])),
        Column(
            "order__household__file_number",
            gettext_lazy("File no."),
            link=lambda line: reverse("ledger:household-ledger", args=[line.order.household_id]),
        ),
        Column("order__programme_label", gettext_lazy("Programme")),
        Column("order__fund__name", gettext_lazy("Fund"), note=lambda line: line.order.fund.get_source_display()),
        Column(
            "batch__number",
            gettext_lazy("Batch"),
            link=lambda line: reverse("ledger:batch", args=[line.batch_id]),
        ),
        # Of a payment from several funds, what the fund or source that was asked for gave.
        Column(
            "counted_fen", gettext_lazy("Amount (yuan)"), kind="money",
            note=lambda line: _("part of %(whole)s") % {"whole": yuan(line.amount_fen)}
            if line.counted_fen != line.amount_fen else "",
        ),
    )  # fmt: skip
    search = ("payee_name", "order__household__file_number", "order__reference")
    filter_class = PaymentFilters
    sort = "-settled_on"
    export_name = "payments"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("Nothing has been paid yet"), gettext_lazy("Payments appear when the bank reports them.")
    )

    def rows(self):
        return queries.payments(self.acting.path).annotate(counted_fen=F("amount_fen"))

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_payments", self.acting.organisation, f"{kind} {count}")

    def total_fen(self) -> int:
        return queries.summed(self.found, "counted_fen")


class MovementFilters(django_filters.FilterSet):
    fund = django_filters.ModelChoiceFilter(queryset=funds_of, label=gettext_lazy("Fund"))
    kind = django_filters.ChoiceFilter(
        field_name="account__kind", choices=Account.Kind.choices, label=gettext_lazy("Ledger account")
    )
    reason = django_filters.ChoiceFilter(
        field_name="transfer__reason", choices=Reason.choices, label=gettext_lazy("Reason")
    )
    money = django_filters.ChoiceFilter(
        choices=[("in", gettext_lazy("brought in")), ("down", gettext_lazy("handed down"))],
        method="of_money",
        label=gettext_lazy("Only"),
    )

    class Meta:
        model = Leg
        fields: tuple[str, ...] = ()

    def of_money(self, rows, _name: str, value: str):
        asked = {"in": queries.BROUGHT_IN, "down": queries.HANDED_DOWN}
        return rows.filter(asked[value]) if value in asked else rows


MOST_RANGES = 60


class Movements(ListPage):
    """The journal: every leg, one after the other. Its CSV is the journal file."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Journal")
    model = Leg
    columns = (
        Column("transfer__day", gettext_lazy("Day"), kind="date"),
        Column("transfer__reason", gettext_lazy("Reason"), value=lambda leg: leg.transfer.get_reason_display()),
        Column(
            "fund__name",
            gettext_lazy("Fund"),
            link=lambda leg: reverse("ledger:fund", args=[leg.fund_id]),
        ),
        Column("account__kind", gettext_lazy("Ledger account"), value=lambda leg: leg.account.get_kind_display()),
        Column(
            "account__programme",
            gettext_lazy("Programme"),
            value=lambda leg: known_programmes().get(leg.account.programme, leg.account.programme),
            sort="account__programme",
        ),
        Column("transfer__reference", gettext_lazy("Reference"), note=lambda leg: leg.transfer.note),
        Column("signed_fen", gettext_lazy("Amount (yuan)"), kind="money"),
        Column("transfer__by__user__full_name", gettext_lazy("By")),
    )
    search = ("transfer__reference",)
    filter_class = MovementFilters
    sort = "-id"  # the order of posting
    export_name = "journal"
    template_name = "ledger/summed_list.html"
    empty = Empty(gettext_lazy("Nothing has been posted yet"))

    def rows(self):
        return traces.movements(self.acting.path)

    @cached_property
    def funds(self) -> list[int]:
        """The funds whose legs are listed."""
        chosen = self.asked.get("fund")
        return [chosen.pk] if chosen else [fund.pk for fund in funds_of(self.request)]

    @property
    def asked(self) -> dict[str, Any]:
        """What the filters were set to, as far as it means anything."""
        return self.filter_set.form.cleaned_data if self.filter_set and self.filter_set.is_bound else {}

    def ranges(self, rows: QuerySet) -> list[Part]:
        """Fund by fund in the order of posting. Of more funds than these the newest legs are near the end of the table
        in any case."""
        if self.order.key != "id" or len(self.funds) > MOST_RANGES:
            return []
        return [Part(rows.filter(fund=fund)) for fund in self.funds]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_journal", self.acting.organisation, f"{kind} {count}")

    def total_fen(self) -> int:
        if self.search_text:
            return queries.summed(self.found, "signed_fen")
        narrowed = {name: value for name in ("kind", "reason") if (value := self.asked.get(name))}
        return statements.moved_fen(self.funds, money=self.asked.get("money") or "", **narrowed)


class Totals(StaffPage):
    """Money that reached households, source by programme. An analyst sees the figures and no rows."""

    roles = FIGURE_ROLES
    title = gettext_lazy("Paid money by source and programme")
    template_name = "ledger/totals.html"

    def context(self, **more: Any) -> dict[str, Any]:
        form = TotalsForm(self.request.GET or None)
        chosen = form.cleaned_data if form.is_bound and form.is_valid() else {"start": None, "end": None, "group": ""}
        group, path, day = chosen["group"], self.acting.path, self.acting.day
        within = households_in(group, day, path) if group else None
        lines = queries.money_by_source_and_programme(path, chosen["start"], chosen["end"], within)
        opens_rows = self.acting.role in READ_MONEY_ROLES
        asked = {name: value for name in ("start", "end") if (value := chosen[name])}
        asked = {name: value.isoformat() for name, value in asked.items()} | ({"group": group} if group else {})
        rows = [
            (line, rows_of("ledger:payments", source=line.source, programme=line.programme, **asked)) for line in lines
        ]
        return super().context(
            form=form,
            rows=rows,
            opens_rows=opens_rows,
            total_fen=sum(line.fen for line in lines),
            ways=queries.two_ways(path),
            breakdowns=self._breakdowns(chosen["start"], chosen["end"], within),
            workers_url="" if group or not lines else f"{reverse('ledger:workers-reached')}?{urlencode(asked)}",
            **more,
        )

    def _breakdowns(self, start: Any, end: Any, within: Any) -> list[tuple[str, list[tuple[str, queries.PaidLine]]]]:
        """The same money by use, by the level of its fund, and by month."""
        named = {"use": lambda key: Use(key).label, "level": lambda key: Organisation.Kind(key).label,
                 "month": lambda key: f"{key:%Y-%m}"}  # fmt: skip
        titles = {"use": _("By use"), "level": _("By the level of the fund"), "month": _("By month")}
        return [
            (titles[name], [(str(label(line.key)), line) for line in queries.paid_by(
                self.acting.path, name, start, end, within
            )])
            for name, label in named.items()
        ]  # fmt: skip


class WorkersReached(StaffPage):
    """The distinct workers whom the money of a period reached, and those of each group: a look at each of them, so
    asked for by itself. The page of totals fetches it into its place."""

    roles = FIGURE_ROLES
    title = gettext_lazy("Distinct workers reached")
    template_name = "ledger/workers_reached.html"

    def context(self, **more: Any) -> dict[str, Any]:
        form = TotalsForm(self.request.GET or None)
        asked = form.cleaned_data if form.is_bound and form.is_valid() else {"start": None, "end": None}
        reached = queries.payments(self.acting.path, start=asked["start"], end=asked["end"]).order_by()
        workers = Member.objects.filter(
            household__in=reached.values("order__household"), is_worker=True, left_on__isnull=True
        )
        return super().context(cut=cut(workers, self.acting.day), **more)


class HouseholdLedgerPage(DetailPage):
    """Everything that one household was promised and paid, over all programmes, funds and levels."""

    roles = READ_MONEY_ROLES
    model = Household
    template_name = "ledger/household_ledger.html"

    def heading(self) -> str:
        return _("Aid ledger of household %(number)s") % {"number": self.object.file_number}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            ledger=traces.household_ledger(self.object),
            goods=list(goods_queries.given_to_household(self.object)),
            **more,
        )
