"""Closing a year: how each fund stands, what is in the way, the statement as one person made it and another closes."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.ledger import actions
from chunyu.ledger.closing import blockers, canonical_text, digest_of, ending, open_orders
from chunyu.ledger.models import ClosingStatement, Fund, Reason, YearClosing
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.refusing import sentences
from chunyu.ui.pages import Action, DetailPage, StaffPage


def asked_year(page: StaffPage) -> int:
    text = page.request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else page.acting.day.year - 1


class YearClose(StaffPage):
    """All funds of the organisation in a year: closed, ready to close, or with what is in the way."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Year close")
    template_name = "ledger/year_close.html"

    def crumbs(self):
        return [(_("Funds"), reverse("ledger:funds"))]

    def context(self, **more: Any) -> dict[str, Any]:
        year = asked_year(self)
        owned = Fund.objects.filter(organisation=self.acting.organisation, year__lte=year)
        closed = {each.fund_id: each for each in YearClosing.objects.filter(fund__in=owned, year=year)}
        stated: dict[int, ClosingStatement] = {}
        for statement in ClosingStatement.objects.filter(fund__in=owned, year=year).order_by("pk"):
            stated[statement.fund_id] = statement
        rows = []
        for fund in owned.order_by("year", "name", "pk"):
            end = ending(fund, year)
            if fund.year < year and not end.left_fen and not end.by_reason and fund.pk not in closed:
                continue  # closed in an earlier year, and nothing came after
            in_the_way = [] if fund.pk in closed else blockers(fund, year, self.acting.day)
            rows.append({
                "fund": fund, "ending": end, "closing": closed.get(fund.pk), "statement": stated.get(fund.pk),
                "blockers": in_the_way,
            })  # fmt: skip
        years = sorted({*owned.values_list("year", flat=True), year}, reverse=True)
        return super().context(year=year, years=years, rows=rows, may_act=self.acting.role in MONEY_ROLES, **more)


class PrepareClosing(StaffPage):
    """State how a fund's year ended; the next page shows it."""

    roles = MONEY_ROLES
    back = "ledger:year-close"

    def way_back(self) -> str:
        return f"{reverse('ledger:year-close')}?year={self.kwargs['year']}"

    def act(self) -> str:
        fund = self.find(Fund, pk=self.kwargs["pk"])
        statement = actions.prepare_closing(self.acting, fund=fund, year=self.kwargs["year"])
        return reverse("ledger:closing", args=[statement.pk])


class StatementPage(DetailPage):
    """A closing statement: its sums, the orders that go on, and whether it still holds."""

    roles = READ_MONEY_ROLES
    model = ClosingStatement
    template_name = "ledger/closing.html"

    def rows(self):
        within = ClosingStatement.objects.within(self.acting.path)
        return within.select_related("fund__organisation", "prepared_by__user")

    def heading(self) -> str:
        return _("Closing statement %(year)s") % {"year": self.object.year}

    def crumbs(self):
        return [
            (_("Funds"), reverse("ledger:funds")),
            (_("Year close"), f"{reverse('ledger:year-close')}?year={self.object.year}"),
        ]

    @cached_property
    def closing(self) -> YearClosing | None:
        return YearClosing.objects.filter(statement=self.object).select_related("by__user", "successor").first()

    @cached_property
    def holds(self) -> bool:
        return self.closing is not None or self.object.digest == digest_of(
            canonical_text(self.object.fund, self.object.year)
        )

    def actions(self) -> list[Action]:
        return [Action(_("Fund"), reverse("ledger:fund", args=[self.object.fund_id]))]

    def barred(self) -> Any:
        if self.acting.role not in MONEY_ROLES:
            return NO_MONEY_ROLE
        if self.object.prepared_by.user_id == self.acting.user_id:
            return sentences()["ledger_yearclosing_by_another"]
        return ""

    def context(self, **more: Any) -> dict[str, Any]:
        statement = self.object
        end = ending(statement.fund, statement.year)
        carried = [line.split("\t") for line in statement.text.splitlines() if line.startswith("carried\t")]
        known = {(each.reference, str(each.instalment)): each for each in open_orders(statement.fund)}
        return super().context(
            ending=end,
            moved=[(Reason(reason).label, fen) for reason, fen in end.by_reason],
            carried=[
                (known.get((reference, number)), reference, int(fen)) for _word, reference, number, fen in carried
            ],
            carried_fen=sum(int(fen) for *_rest, fen in carried),
            closing=self.closing,
            holds=self.holds,
            barred=self.barred(),
            **more,
        )


class CloseYear(StaffPage):
    """The second person closes the year as shown."""

    roles = MONEY_ROLES

    def way_back(self) -> str:
        return reverse("ledger:closing", args=[self.kwargs["pk"]])

    def act(self) -> str:
        statement = self.find(
            ClosingStatement.objects.within(self.acting.path).select_related("fund__organisation"),
            pk=self.kwargs["pk"],
        )
        if not (shown := self.request.POST.get("shown", "")):
            raise Refusal(_("Look at the statement before you close the year."), code="ledger_statement_changed")
        actions.close_year(self.acting, statement, shown=shown)
        self.say(_("The year is closed. What was left stands in the books of the next year."))
        return self.way_back()
