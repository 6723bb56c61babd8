"""Funds: the list, one fund with its statement, opening one, money in and out of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.ledger import actions, queries
from chunyu.ledger.beancount_export import beancount
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.forms import FundForm, MoneyForm
from chunyu.ledger.levels import chain_above, tree_below
from chunyu.ledger.models import Book, Earmark, Fund
from chunyu.ledger.statements import Statement, fund_statement
from chunyu.ui.charts import Chart, flow
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage, StaffPage
from chunyu.ui.templatetags.show import wan, yuan

NO_MONEY_ROLE = gettext_lazy("Only finance officers and approvers handle money.")


def rows_of(name: str, **chosen: object) -> str:
    """The address of a list narrowed to the rows behind a figure."""
    return f"{reverse(name)}?{urlencode(chosen)}"


class FundFilters(django_filters.FilterSet):
    source = django_filters.ChoiceFilter(choices=Fund.Source.choices, label=gettext_lazy("Fund source"))
    book = django_filters.ChoiceFilter(choices=Book.choices, label=gettext_lazy("Book"))
    use = django_filters.ChoiceFilter(
        choices=Use.choices, method="earmarked_for", label=pgettext_lazy("of money", "Use")
    )
    year = django_filters.NumberFilter(label=gettext_lazy("Year"))

    class Meta:
        model = Fund
        fields: tuple[str, ...] = ()

    def earmarked_for(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(pk__in=Earmark.objects.filter(use=value).values("fund"))


class Funds(ListPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("Funds")
    model = Fund
    columns = (
        Column("name", gettext_lazy("Fund"), link="ledger:fund", note="document_no"),
        Column("source", gettext_lazy("Fund source"), note="book_label"),
        Column("year", gettext_lazy("Year"), value=lambda fund: str(fund.year), sort="year"),
        Column(
            "earmarks",
            gettext_lazy("Earmarked for"),
            value=lambda fund: "、".join(str(each) for each in fund.earmarks.all()) or str(_("any programme")),
        ),
        Column("free_fen", gettext_lazy("Free (yuan)"), kind="money"),
        Column("committed_fen", gettext_lazy("Set aside (yuan)"), kind="money"),
        Column("in_transit_fen", gettext_lazy("At the bank (yuan)"), kind="money"),
        Column("paid_fen", gettext_lazy("Paid (yuan)"), kind="money"),
    )
    search = ("name", "document_no")
    filter_class = FundFilters
    sort = "-opened_on"
    template_name = "ledger/funds.html"
    empty = Empty(
        gettext_lazy("No fund yet"),
        gettext_lazy("Open a fund for each source and document, then enter the money that arrived."),
        Action(gettext_lazy("Open a fund"), reverse_lazy("ledger:open-fund")),
    )

    def rows(self):
        return queries.funds(self.acting.path)

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(books=Book.choices, **more)

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        return [
            Action(_("Paid money by source and programme"), reverse("ledger:totals")),
            Action(_("Journal"), reverse("ledger:movements")),
            Action(_("What each source may pay for"), reverse("ledger:matrix")),
            Action(_("Money handed down"), reverse("ledger:allocations")),
            Action(_("Budget and execution"), reverse("ledger:execution")),
            Action(_("Year close"), reverse("ledger:year-close")),
            Action.judged(_("Open a fund"), reverse("ledger:open-fund"), barred, "primary"),
        ]


class FundPage(DetailPage):
    """A fund's figures, each a way to its rows; where the money went; the statement by programme and by month."""

    roles = READ_MONEY_ROLES
    model = Fund
    template_name = "ledger/fund.html"

    def rows(self):
        return queries.funds(self.acting.path)

    def crumbs(self):
        return [(_("Funds"), reverse("ledger:funds"))]

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        fund = self.object
        return [
            Action.judged(_("Money arrived"), reverse("ledger:receive", args=[fund.pk]), barred),
            Action.judged(_("Hand money down"), reverse("ledger:hand-down", args=[fund.pk]), barred, "quiet"),
            Action.judged(_("Give money back"), reverse("ledger:give-back", args=[fund.pk]), barred, "quiet"),
            Action.judged(_("Prepare a batch"), reverse("ledger:prepare-batch", args=[fund.pk]), barred, "primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        statement = fund_statement(self.object)
        above = chain_above(self.object)
        return super().context(
            above=[(each, self.acting.sees(each.scope_path) and each != self.object) for each in above],
            below=tree_below(self.object),
            statement=statement,
            figures=self._figures(statement),
            chart=self._chart(statement),
            **more,
        )

    def _figures(self, statement: Statement) -> list[tuple[str, int, str, str]]:
        """Label, fen, address of the rows, and a note."""
        fund = self.object.pk
        return [
            (_("Brought in"), statement.brought_in_fen, rows_of("ledger:movements", fund=fund, money="in"), ""),
            *self._handed_down(statement),
            (_("Free"), statement.free_fen, rows_of("ledger:movements", fund=fund, kind="cash"), ""),
            (_("Set aside"), statement.committed_fen, rows_of("ledger:orders", fund=fund, stands="committed"), ""),
            (_("At the bank"), statement.in_transit_fen, rows_of("ledger:orders", fund=fund, stands="in_transit"), ""),
            (_("Paid"), statement.paid_fen, rows_of("ledger:payments", fund=fund), ""),
            *self._spent(statement),
        ]

    def _handed_down(self, statement: Statement) -> list[tuple[str, int, str, str]]:
        """Only funds with a level below them have such money."""
        if not statement.handed_down_fen:
            return []
        # In the journal it stands below zero, as what left the fund.
        rows = rows_of("ledger:movements", fund=self.object.pk, money="down")
        return [(_("Handed down"), statement.handed_down_fen, rows, "")]

    def _spent(self, statement: Statement) -> list[tuple[str, int, str, str]]:
        """Only funds that a union uses for its own work have such money."""
        if not statement.spent_fen:
            return []
        rows = rows_of("ledger:movements", fund=self.object.pk, kind="spent")
        return [(_("Spent by the union itself"), statement.spent_fen, rows, "")]

    def _chart(self, statement: Statement) -> Chart | None:
        if not statement.brought_in_fen:
            return None
        source, name = self.object.get_source_display(), self.object.name
        free = str(_("Free"))
        links = [(source, name if name != source else f"{name} ", statement.brought_in_fen)]
        links += [(links[0][1], line.label, line.total_fen) for line in statement.by_programme if line.total_fen]
        if statement.handed_down_fen:
            links.append((links[0][1], str(_("Handed down")), statement.handed_down_fen))
        if statement.free_fen:
            links.append((links[0][1], free, statement.free_fen))
        return Chart(
            id="flow",
            summary=_("%(source)s gave %(total)s (10,000 yuan): %(paid)s paid, %(free)s still free.")
            % {
                "source": source,
                "total": wan(statement.brought_in_fen),
                "paid": wan(statement.paid_fen),
                "free": wan(statement.free_fen),
            },
            head=[str(_("From")), str(_("To")), str(_("Yuan"))],
            rows=[(start, end, yuan(fen)) for start, end, fen in links],
            options=self._drawn(links),
        )

    @staticmethod
    def _drawn(links: list[tuple[str, str, int]]) -> dict[str, Any]:
        options = flow([(start, end, fen / 100) for start, end, fen in links])
        options["series"][0]["left"] = 150  # the first name stands to the left of its bar
        return options


class OpenFund(FormPage):
    roles = MONEY_ROLES
    title = gettext_lazy("Open a fund")
    form_class = FundForm
    submit_label = gettext_lazy("Open the fund")
    introduction = gettext_lazy("One fund for each source and document. Its earmarks are kept by the database.")

    def crumbs(self):
        return [(_("Funds"), reverse("ledger:funds"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"year": self.acting.day.year}}

    def submit(self, form: FundForm) -> str:
        data = form.cleaned_data
        fund = actions.open_fund(
            self.acting,
            organisation=self.acting.organisation,
            name=data["name"],
            source=data["source"],
            document_no=data["document_no"],
            year=data["year"],
            day=self.acting.day,
            programmes=form.earmarks(),
            rule_numbers=dict.fromkeys(form.earmarks(), data["rule_no"]),
        )
        self.say(_("The fund is open. Enter the money when it has arrived."))
        return reverse("ledger:fund", args=[fund.pk])


class FundMoney(FormPage):
    """Shared by the two ways in which a fund's free money meets its source."""

    roles = MONEY_ROLES
    form_class = MoneyForm

    def fund(self) -> Fund:
        return self.find(Fund, pk=self.kwargs["pk"])

    def crumbs(self):
        fund = self.fund()
        return [(_("Funds"), reverse("ledger:funds")), (fund.name, reverse("ledger:fund", args=[fund.pk]))]

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"day": self.acting.day}}


class Receive(FundMoney):
    title = gettext_lazy("Money arrived")
    submit_label = gettext_lazy("Enter into the books")
    introduction = gettext_lazy("Enter what the remittance says. Once in the books it can be reversed, never changed.")

    def submit(self, form: MoneyForm) -> str:
        fund = self.fund()
        actions.receive(self.acting, fund=fund, **form.cleaned_data)
        self.say(_("%(amount)s yuan entered.") % {"amount": yuan(form.cleaned_data["amount_fen"])})
        return reverse("ledger:fund", args=[fund.pk])


class GiveBack(FundMoney):
    title = gettext_lazy("Give money back")
    submit_label = gettext_lazy("Enter into the books")
    introduction = gettext_lazy("Unspent free money goes back to its source.")

    def submit(self, form: MoneyForm) -> str:
        fund = self.fund()
        actions.give_back(self.acting, fund=fund, **form.cleaned_data)
        self.say(_("%(amount)s yuan given back.") % {"amount": yuan(form.cleaned_data["amount_fen"])})
        return reverse("ledger:fund", args=[fund.pk])


class BeancountBook(StaffPage):
    """The books of the scope as Beancount text, for a checker of others. On record; nobody is named in it."""

    roles = READ_MONEY_ROLES
    back = "ledger:funds"

    def act(self) -> StreamingHttpResponse:
        owned, book = Fund.objects.within(self.acting.path), self.request.POST.get("book", "")
        if book in Book.values:
            owned = owned.filter(book=book)
        record(self.acting, "ledger.export_beancount", self.acting.organisation, book)
        lines = "\n".join(beancount(owned, self.acting.day)) + "\n"
        part = f"{book}-" if book in Book.values else ""
        name = f"chunyu-{part}{self.acting.day:%Y%m%d}.beancount"
        return StreamingHttpResponse(
            iter([lines.encode()]),
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
