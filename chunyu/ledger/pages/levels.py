"""Money from level to level: handing down, what was given and received, acknowledging and handing back."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import actions, queries
from chunyu.ledger.forms import ReasonForm, YuanField
from chunyu.ledger.levels import STANDS, allocations
from chunyu.ledger.models import Allocation, Fund
from chunyu.ledger.pages.funds import NO_MONEY_ROLE, FundMoney
from chunyu.ui.fields import DayField, OnceForm
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, DetailPage, FormPage
from chunyu.ui.templatetags.show import yuan

TONES = {"on_its_way": "amber", "arrived": "rain", "refused": "seal", "taken_back": "plain"}


class HandDownForm(OnceForm):
    organisation = forms.ModelChoiceField(label=pgettext_lazy("of money", "Receiver"), queryset=None)
    amount_fen = YuanField(label=gettext_lazy("Amount (yuan)"))
    document_no = forms.CharField(
        label=gettext_lazy("Document number"),
        max_length=80,
        help_text=gettext_lazy("The notice that hands the money down."),
    )
    day = DayField(label=gettext_lazy("Day"))
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("For these programmes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("All of the fund, or fewer. They are kept for good when the receiver's fund is opened."),
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = (
            Organisation.objects.within(fund.scope_path)
            .as_of(kwargs["initial"]["day"])
            .exclude(pk=fund.organisation_id)
        )
        self.fields["organisation"].queryset = below.filter(parent=fund.organisation).order_by("path")
        marks = [(mark.programme, str(mark)) for mark in fund.earmarks.all()]
        if marks:
            self.fields["programmes"].choices = marks
            self.fields["programmes"].initial = [code for code, _label in marks]
        else:
            del self.fields["programmes"]


class HandDown(FundMoney):
    """From a fund to one of the same money at an organisation right under its own."""

    form_class = HandDownForm
    title = gettext_lazy("Hand money down")
    submit_label = gettext_lazy("Hand down")
    introduction = gettext_lazy(
        "The money leaves this fund at once and is free at the receiver's when somebody there acknowledges it."
    )

    def form_arguments(self) -> dict[str, Any]:
        return super().form_arguments() | {"fund": self.fund()}

    def submit(self, form: HandDownForm) -> str:
        data = form.cleaned_data
        allocation = actions.hand_down(
            self.acting,
            giver=self.fund(),
            organisation=data["organisation"],
            amount_fen=data["amount_fen"],
            day=data["day"],
            document_no=data["document_no"],
            key=data["key"],
            programmes=data.get("programmes") or None,
        )
        self.say(_("%(amount)s yuan are on their way.") % {"amount": yuan(allocation.amount_fen)})
        return reverse("ledger:allocation", args=[allocation.pk])


class AllocationFilters(django_filters.FilterSet):
    stands = django_filters.ChoiceFilter(choices=list(STANDS.items()), label=gettext_lazy("State"))
    source = django_filters.ChoiceFilter(
        field_name="giver__source", choices=Fund.Source.choices, label=gettext_lazy("Fund source")
    )

    class Meta:
        model = Allocation
        fields: tuple[str, ...] = ()


class Allocations(ListPage):
    """What was handed down and received here."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Money handed down")
    model = Allocation
    columns = (
        Column("document_no", gettext_lazy("Document number"), link="ledger:allocation"),
        Column("giver__organisation__name", gettext_lazy("Giver"), note="giver__name"),
        Column("taker__organisation__name", pgettext_lazy("of money", "Receiver")),
        Column("giver__source", gettext_lazy("Fund source"), value=lambda row: row.giver.get_source_display()),
        Column("day", gettext_lazy("Day"), kind="date"),
        Column(
            "stands", gettext_lazy("State"), kind="tag", value=lambda row: str(STANDS[row.stands]),
            tone=lambda row: TONES[row.stands],
        ),
        Column("amount_fen", gettext_lazy("Amount (yuan)"), kind="money"),
        Column("returned_fen", gettext_lazy("Handed back (yuan)"), kind="money"),
    )  # fmt: skip
    search = ("document_no", "giver__organisation__name", "taker__organisation__name")
    filter_class = AllocationFilters
    sort = "-day"
    export_name = "allocations"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("Nothing was handed down yet"),
        gettext_lazy("Open a fund and hand money down to an organisation under it."),
    )

    def rows(self):
        return allocations(self.acting.path)

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_allocations", self.acting.organisation, f"{kind} {count}")

    def total_fen(self) -> int:
        return queries.summed(self.found, "amount_fen")


def way_here() -> list[tuple[str, str]]:
    return [(_("Money handed down"), reverse("ledger:allocations"))]


class AllocationPage(DetailPage):
    """One allocation: from whom to whom, under what document, and what happened to it."""

    roles = READ_MONEY_ROLES
    model = Allocation
    template_name = "ledger/allocation.html"

    def rows(self):
        return allocations(self.acting.path)

    def crumbs(self):
        return way_here()

    def actions(self) -> list[Action]:
        given, barred = self.object, "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        receives = not given.giver.scope_path.startswith(self.acting.path)
        offered = []
        if given.stands == "on_its_way" and receives:
            offered.append(self._offer(_("Acknowledge"), "acknowledge", barred, "primary"))
            offered.append(self._offer(_("It did not arrive"), "refuse-allocation", barred, "danger"))
        elif given.stands == "on_its_way":
            offered.append(self._offer(_("Take the money back"), "take-allocation-back", barred, "danger"))
        elif given.stands == "arrived" and self.acting.sees(given.taker.scope_path):
            offered.append(self._offer(_("Hand unspent money back"), "return-unspent", barred))
        return offered

    def _offer(self, label: str, name: str, barred: Any, style: str = "") -> Action:
        more = (style,) if style else ()
        return Action.judged(label, reverse(f"ledger:{name}", args=[self.object.pk]), barred, *more)

    def context(self, **more: Any) -> dict[str, Any]:
        given = self.object
        timeline = [{"sentence": _("handed down"), "time": given.at, "who": given.by.user.full_name,
                     "note": given.document_no}]  # fmt: skip
        timeline += [
            {"sentence": f"{step.get_kind_display()} {yuan(step.amount_fen)}", "time": step.at,
             "who": step.by.user.full_name, "note": step.reason or step.document_no}
            for step in given.steps.select_related("by__user")
        ]  # fmt: skip
        return super().context(
            timeline=timeline,
            stands=STANDS[given.stands],
            tone=TONES[given.stands],
            sees_giver=self.acting.sees(given.giver.scope_path),
            sees_taker=self.acting.sees(given.taker.scope_path),
            **more,
        )


class AboutAllocation:
    """Shared by the acts about one allocation."""

    roles = MONEY_ROLES

    @cached_property
    def allocation(self) -> Allocation:
        return self.find(allocations(self.acting.path), pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("ledger:allocation", args=[self.allocation.pk])

    def cancel_url(self) -> str:
        return self.here()

    def crumbs(self):
        return [*way_here(), (self.allocation.document_no, self.here())]


class Acknowledge(AboutAllocation, ConfirmPage):
    title = gettext_lazy("Acknowledge the money")
    submit_label = gettext_lazy("It arrived in full")

    def question(self) -> str:
        words = _("%(amount)s yuan of “%(fund)s” arrived.")
        return words % {"amount": yuan(self.allocation.amount_fen), "fund": self.allocation.giver.name}

    def consequences(self) -> list[str]:
        return [_("The money is free in your fund from then on, for the purposes that it came with.")]

    def act(self) -> str:
        actions.acknowledge(self.acting, self.allocation, day=self.acting.day)
        self.say(_("The money is free in your fund."))
        return self.here()


class RefuseAllocation(AboutAllocation, FormPage):
    title = gettext_lazy("It did not arrive")
    form_class = ReasonForm
    submit_label = gettext_lazy("Send it back to the giver")

    def submit(self, form: ReasonForm) -> str:
        actions.refuse_allocation(self.acting, self.allocation, day=self.acting.day, reason=form.cleaned_data["reason"])
        return self.here()


class TakeAllocationBack(AboutAllocation, FormPage):
    title = gettext_lazy("Take the money back")
    form_class = ReasonForm
    submit_label = gettext_lazy("Take the money back")

    def submit(self, form: ReasonForm) -> str:
        actions.take_allocation_back(
            self.acting, self.allocation, day=self.acting.day, reason=form.cleaned_data["reason"]
        )
        return self.here()


class ReturnForm(OnceForm):
    amount_fen = YuanField(label=gettext_lazy("Amount (yuan)"))
    document_no = forms.CharField(label=gettext_lazy("Number of the receipt or remittance"), max_length=80)
    day = DayField(label=gettext_lazy("Day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnUnspent(AboutAllocation, FormPage):
    title = gettext_lazy("Hand unspent money back")
    form_class = ReturnForm
    submit_label = gettext_lazy("Hand back")
    introduction = gettext_lazy("It goes back to the fund that it came from, and no more than came.")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"day": self.acting.day}}

    def submit(self, form: ReturnForm) -> str:
        actions.return_unspent(self.acting, self.allocation, **form.cleaned_data)
        self.say(_("%(amount)s yuan handed back.") % {"amount": yuan(form.cleaned_data["amount_fen"])})
        return self.here()
