"""Budgets: the list, one as it is prepared and approved, and the year's plan beside what has happened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.ledger import actions, queries
from chunyu.ledger.budgets import budgets, digest, execution
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.forms import LARGEST_YUAN
from chunyu.ledger.models import Budget, BudgetLine, Fund
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.refusing import sentences
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage, StaffPage

Lines = dict[tuple[str, str], int]


def kind_of(budget: Budget) -> str:
    if budget.number == 0:
        return str(_("budget of the year"))
    return str(_("supplement %(number)s") % {"number": budget.number})


class Budgets(ListPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("Budgets")
    model = Budget
    columns = (
        Column("title", gettext_lazy("Name"), link="ledger:budget", note="document_no"),
        Column("organisation__name", gettext_lazy("Organisation")),
        Column("year", gettext_lazy("Year"), value=lambda row: str(row.year), sort="year"),
        Column("number", gettext_lazy("Kind"), value=kind_of),
        Column(
            "approved_on", gettext_lazy("State"), kind="tag",
            value=lambda row: str(_("approved") if row.approved_on else _("being prepared")),
            tone=lambda row: "rain" if row.approved_on else "amber",
        ),
        Column("planned_fen", gettext_lazy("Planned (yuan)"), kind="money"),
    )  # fmt: skip
    search = ("title", "document_no")
    filters = ("year",)
    sort = "-year"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("No budget yet"),
        gettext_lazy("Prepare the budget of a year by source and use; a second person approves it."),
        Action(gettext_lazy("Prepare a budget"), reverse_lazy("ledger:prepare-budget")),
    )

    def rows(self):
        return budgets(self.acting.path)

    def total_fen(self) -> int:
        return queries.summed(self.found, "planned_fen")

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        return [
            Action(_("Budget and execution"), reverse("ledger:execution")),
            Action.judged(_("Prepare a budget"), reverse("ledger:prepare-budget"), barred, "primary"),
        ]


class BudgetForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1950, max_value=2200)
    title = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    document_no = forms.CharField(label=gettext_lazy("Document number"), max_length=80)
    over = forms.ChoiceField(
        label=gettext_lazy("When a line is used up"),
        choices=Budget.Over.choices,
        help_text=gettext_lazy("What the budget of the year says holds for its supplements too."),
    )


class PrepareBudget(FormPage):
    roles = MONEY_ROLES
    title = gettext_lazy("Prepare a budget")
    form_class = BudgetForm
    submit_label = gettext_lazy("Go on to the lines")
    introduction = gettext_lazy("The first of a year is its budget; whatever follows is a supplement to it.")

    def crumbs(self):
        return [(_("Budgets"), reverse("ledger:budgets"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"year": self.acting.day.year}}

    def submit(self, form: BudgetForm) -> str:
        budget = actions.prepare_budget(
            self.acting, organisation=self.acting.organisation, lines={}, **form.cleaned_data
        )
        return reverse("ledger:budget", args=[budget.pk])


class BudgetPage(DetailPage):
    """A budget with its lines; approved by a second person as shown."""

    roles = READ_MONEY_ROLES
    model = Budget
    template_name = "ledger/budget.html"

    def rows(self):
        return budgets(self.acting.path)

    def crumbs(self):
        return [(_("Budgets"), reverse("ledger:budgets"))]

    def actions(self) -> list[Action]:
        budget, barred = self.object, "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        offered = [Action(_("Budget and execution"), f"{reverse('ledger:execution')}?year={budget.year}")]
        if budget.approved_on is None:
            offered.append(
                Action.judged(_("Add a line"), reverse("ledger:budget-line", args=[budget.pk]), barred, "primary")
            )
        return offered

    def barred(self) -> Any:
        if self.acting.role not in MONEY_ROLES:
            return NO_MONEY_ROLE
        if self.object.prepared_by.user_id == self.acting.user_id:
            return sentences()["ledger_budget_approved_by_another"]
        return ""

    def context(self, **more: Any) -> dict[str, Any]:
        budget = self.object
        return super().context(
            lines=list(budget.lines.order_by("source", "use")),
            kind=kind_of(budget),
            shown=digest(budget),
            barred=self.barred(),
            may_act=self.acting.role in MONEY_ROLES,
            **more,
        )


class LineForm(forms.Form):
    source = forms.ChoiceField(label=gettext_lazy("Fund source"), choices=Fund.Source.choices)
    use = forms.ChoiceField(label=pgettext_lazy("of money", "Use"), choices=Use.choices)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount (yuan)"),
        max_value=LARGEST_YUAN,
        min_value=-LARGEST_YUAN,
        max_digits=15,
        decimal_places=2,
        help_text=gettext_lazy("In a supplement below zero where less is planned."),
    )

    def clean_amount(self) -> int:
        fen = int(self.cleaned_data["amount"] * 100)
        if fen == 0:
            raise ValidationError(_("A budget line of nothing says nothing: leave it out."))
        return fen


class AboutBudget:
    roles = MONEY_ROLES

    @cached_property
    def budget(self) -> Budget:
        return self.find(Budget.objects.within(self.acting.path).select_related("organisation"), pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("ledger:budget", args=[self.budget.pk])

    def way_back(self) -> str:
        return self.here()

    def lines(self) -> Lines:
        return {(line.source, line.use): line.amount_fen for line in self.budget.lines.all()}


class AddLine(AboutBudget, FormPage):
    title = gettext_lazy("Add a line")
    form_class = LineForm
    submit_label = gettext_lazy("Add the line")

    def crumbs(self):
        return [(_("Budgets"), reverse("ledger:budgets")), (self.budget.title, self.here())]

    def cancel_url(self) -> str:
        return self.here()

    def submit(self, form: LineForm) -> str:
        data = form.cleaned_data
        actions.change_budget(self.acting, self.budget, self.lines() | {(data["source"], data["use"]): data["amount"]})
        return self.here()


class RemoveLine(AboutBudget, StaffPage):
    def act(self) -> str:
        line = self.find(BudgetLine.objects.filter(budget=self.budget), pk=self.request.POST.get("line", "0"))
        lines = self.lines()
        del lines[line.source, line.use]
        actions.change_budget(self.acting, self.budget, lines)
        return self.here()


class ApproveBudget(AboutBudget, StaffPage):
    def act(self) -> str:
        actions.approve_budget(self.acting, self.budget, shown=self.request.POST.get("shown", ""))
        self.say(_("The budget is approved. It is changed by supplements only."))
        return self.here()


class WithdrawBudget(AboutBudget, StaffPage):
    def act(self) -> str:
        actions.withdraw_budget(self.acting, self.budget)
        return reverse("ledger:budgets")


class Execution(StaffPage):
    """What was planned for a year beside what came in, was handed down, is promised, paid and free."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Budget and execution")
    template_name = "ledger/execution.html"

    def crumbs(self):
        return [(_("Budgets"), reverse("ledger:budgets"))]

    def context(self, **more: Any) -> dict[str, Any]:
        text = self.request.GET.get("year", "")
        year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else self.acting.day.year
        owned = self.acting.organisation
        years = {*Fund.objects.filter(organisation=owned).values_list("year", flat=True), year}
        years |= set(Budget.objects.filter(organisation=owned).values_list("year", flat=True))
        return super().context(year=year, years=sorted(years, reverse=True), blocks=execution(owned, year), **more)
