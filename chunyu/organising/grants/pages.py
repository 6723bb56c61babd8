"""Grants by giver: the plans, one plan as a preview and after, approval and handing down; and the sums by receiver."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet, Sum
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.organising.grants import actions, queries
from chunyu.organising.grants.forms import HandDownForm, PlanForm
from chunyu.organising.grants.kinds import BARRED
from chunyu.organising.grants.shown import digest_of_plan
from chunyu.organising.grants.tables import GrantPlan, GrantShare
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import percent, yuan

READERS = READ_ORGANISING_ROLES | MONEY_ROLES
Stage = GrantShare.Stage
TONES = {
    Stage.BARRED: "seal",
    Stage.PLANNED: "plain",
    Stage.APPROVED: "sky",
    Stage.HANDED_DOWN: "amber",
    Stage.REPORTED: "sky",
    Stage.CHECKED: "rain",
}


def stands(plan: Any) -> Stage:
    """How a plan stands as a whole."""
    if plan.approved_by_id is None:
        return Stage.PLANNED
    if plan.handed_fen < plan.shared_fen:
        return Stage.APPROVED
    return Stage.HANDED_DOWN if plan.unreported else Stage.REPORTED


class PlanFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(label=_("Year"))

    class Meta:
        model = GrantPlan
        fields: tuple[str, ...] = ()


class Grants(ListPage):
    """Whoever gives, with the sum of what each receiver got beside the budget."""

    roles = READERS
    title = _("Grants to the small third level")
    model = GrantPlan
    columns = (
        Column("name", _("Grant"), link="organising:grant", note="document_no"),
        Column("organisation__name", _("Giver")),
        Column("year", _("Year"), value=lambda row: str(row.year), sort="year"),
        Column("budget_fen", _("Budget (yuan)"), kind="money"),
        Column("receivers", _("Receivers"), kind="number"),
        Column("handed_fen", _("Handed down (yuan)"), kind="money"),
        Column("used_fen", _("Used (yuan)"), kind="money"),
        Column(
            "rate", _("Use rate"), kind="percent", value=lambda row: queries.rate(row.used_fen, row.handed_fen)
        ),
        Column(
            "stage", pgettext_lazy("grant", "Stage"), kind="tag", value=lambda row: str(stands(row).label),
            tone=lambda row: TONES[stands(row)],
        ),
    )  # fmt: skip
    search = ("name", "document_no", "organisation__name")
    filter_class = PlanFilter
    sort = "-year"
    export_name = "grants-by-giver"
    empty = Empty(
        _("No grant yet"),
        _("Plan the first one: the formula shares the budget out, and a second person approves it."),
        Action(_("Plan a grant"), reverse_lazy("organising:plan-grant")),
    )

    def rows(self) -> QuerySet[GrantPlan]:
        return queries.plans(self.acting.path)

    def total_fen(self) -> int:
        return self.found.aggregate(fen=Sum("budget_fen"))["fen"] or 0

    def actions(self) -> list[Action]:
        found = [
            Action(_now("Shares"), reverse("organising:grant-shares")),
            Action(_now("By receiver"), reverse("organising:grant-receivers")),
        ]
        if self.acting.role in MONEY_ROLES:
            found.append(Action(_now("Plan a grant"), reverse("organising:plan-grant"), style="primary"))
        return found

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_grants", self.acting.organisation, f"{kind} {count}")


def way_here() -> list[Crumb]:
    return [(_now("Grants to the small third level"), reverse("organising:grants"))]


class ReceiverFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(label=_("Year"), method="by_year")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Organisation.Kind.choices, empty_label=_("every kind"))

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = ()

    def by_year(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows  # the list itself is of that year


class Receivers(ListPage):
    """What each receiver got from all givers together."""

    roles = READERS
    title = _("Grants by receiver")
    model = Organisation
    columns = (
        Column("name", _("Receiver"), link="organising:union", note="get_kind_display"),
        Column("city_fen", _("From the city (yuan)"), kind="money"),
        Column("county_fen", _("From the county (yuan)"), kind="money"),
        Column("received_fen", _("Together (yuan)"), kind="money"),
        Column("used_fen", _("Used (yuan)"), kind="money"),
        Column("unspent_fen", _("Unspent (yuan)"), kind="money"),
        Column("rate", _("Use rate"), kind="percent", value=lambda row: queries.rate(row.used_fen, row.received_fen)),
    )
    search = ("name",)
    filter_class = ReceiverFilter
    sort = "path"
    export_name = "grants-by-receiver"
    empty = Empty(_("Nobody has received a grant here"))

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def rows(self) -> QuerySet[Organisation]:
        year = self.chosen.get("year", "")
        return queries.receivers(self.acting.path, int(year) if year.isascii() and year.isdigit() else None)

    def total_fen(self) -> int:
        return self.found.aggregate(fen=Sum("received_fen"))["fen"] or 0

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_grants", self.acting.organisation, f"{kind} {count}")


class PlanGrant(FormPage):
    roles = MONEY_ROLES
    title = _("Plan a grant")
    form_class = PlanForm
    submit_label = _("Compute the shares")
    introduction = _(
        "Each receiver counts for a sum of its base, unions, members and tasks; the budget is shared out in proportion,"
        " to the fen. Nothing moves before a second person has approved it."
    )

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:grants")

    def submit(self, form: PlanForm) -> str:
        said = form.cleaned_data
        plan = actions.plan_grant(
            self.acting,
            said["giver"],
            year=said["year"],
            name=said["name"],
            document_no=said["document_no"],
            budget_fen=said["budget_fen"],
            rates=form.rates(),
            receivers=form.receivers(self.acting),
            counted_on=said["counted_on"],
            report_by=said["report_by"],
        )
        self.say(_now("Computed. Look through the shares; another person approves them."))
        return reverse("organising:grant", args=[plan.pk])


class OnePlan(DetailPage):
    model = GrantPlan

    def rows(self) -> QuerySet[GrantPlan]:
        return queries.plans(self.acting.path)

    def crumbs(self) -> list[Crumb]:
        crumbs = way_here()
        if type(self) is not GrantPage:
            crumbs.append((self.object.name, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:grant", args=[self.object.pk])

    def way_back(self) -> str:
        return self.there()


class GrantPage(OnePlan):
    """A plan: before its approval the preview, afterwards who received what."""

    roles = READERS
    template_name = "organising/grant.html"

    def actions(self) -> list[Action]:
        plan, here = self.object, [self.object.pk]
        if self.acting.role not in MONEY_ROLES:
            return []
        if plan.approved_by_id is None:
            own = plan.planned_by.user_id == self.acting.user_id
            barred = _now("You planned this grant: another person approves it.") if own else ""
            return [
                Action.judged(_now("Approve"), reverse("organising:approve-grant", args=here), barred, "primary"),
                Action(_now("Count anew"), reverse("organising:compute-grant", args=here), method="post"),
                Action(_now("Withdraw"), reverse("organising:withdraw-grant", args=here), style="quiet"),
            ]
        if plan.handed_fen < plan.shared_fen:
            return [Action(_now("Hand down"), reverse("organising:hand-down", args=here), style="primary")]
        return []

    def context(self, **more: Any) -> dict[str, Any]:
        plan = self.object
        shares = list(queries.shares(plan.scope_path).filter(plan=plan).order_by("scope_path"))
        waiting = [each.organisation_id for each in shares if not each.transfer_id and not each.barred]
        now = queries.barred(waiting, plan.year, self.acting.day) if waiting else {}
        here = f"{reverse('organising:grant-shares')}?plan={plan.pk}"
        rate = queries.rate(plan.used_fen, plan.handed_fen)
        return super().context(
            plan=plan,
            stage=stands(plan),
            tone=TONES[stands(plan)],
            figures=[
                (_now("Budget"), yuan(plan.budget_fen), "#shares"),
                (_now("Handed down"), yuan(plan.handed_fen), here),
                (_now("Used"), yuan(plan.used_fen), here),
                (_now("Use rate"), percent(rate), here),
            ],
            shares=[(each, each.stage.label, TONES[each.stage], self._reason(each, now)) for each in shares],
            tasks_open=plan.approved_by_id is None and self.acting.role in MONEY_ROLES,
            **more,
        )

    @staticmethod
    def _reason(share: GrantShare, now: dict[int, str]) -> str:
        code = share.barred or now.get(share.organisation_id, "")
        return str(BARRED[code]) if code else ""


class ComputeGrant(OnePlan):
    roles = MONEY_ROLES

    def act(self) -> str:
        actions.compute_again(self.acting, self.object)
        self.say(_now("Counted anew."))
        return self.there()


class WithdrawGrant(OnePlan, ConfirmPage):
    roles = MONEY_ROLES
    title = _("Withdraw the plan")
    style = "danger"

    def question(self) -> str:
        return _now("Take back the plan “%(name)s” with all its shares?") % {"name": self.object.name}

    def act(self) -> str:
        actions.withdraw_plan(self.acting, self.object)
        self.say(_now("The plan is withdrawn."))
        return reverse("organising:grants")


class ApproveGrant(OnePlan, ConfirmPage):
    fresh = True
    roles = MONEY_ROLES
    title = _("Approve the grant")
    submit_label = _("Approve")

    def question(self) -> str:
        said = _now("Approve that %(giver)s hands down %(amount)s yuan to %(count)s unions?")
        plan = self.object
        return said % {"giver": plan.organisation, "amount": yuan(plan.shared_fen), "count": plan.receivers}

    def consequences(self) -> list[str]:
        return [_now("The shares stay as they are from then on."), _now("The finance officer can hand the money down.")]

    def shown(self) -> str:
        return digest_of_plan(self.object)

    def refusal_beforehand(self) -> Refusal | None:
        if self.object.planned_by.user_id == self.acting.user_id:
            return Refusal(_now("You planned this grant: another person approves it."), "grant_approved_by_another")
        return None

    def act(self) -> str:
        actions.approve_plan(self.acting, self.object, shown=self.was_shown)
        self.say(_now("Approved."))
        return self.there()


class HandDown(OnePlan, FormPage):
    roles = MONEY_ROLES
    title = _("Hand down")
    form_class = HandDownForm
    submit_label = _("Hand down now")
    introduction = _("The money moves in the ledger from the fund to a fund of each receiver, of the same source.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "giver": self.object.organisation}

    def cancel_url(self) -> str:
        return self.there()

    def submit(self, form: forms.Form) -> str:
        left = actions.hand_down(self.acting, self.object, form.cleaned_data["fund"], day=form.cleaned_data["day"])
        if left:
            said = ngettext(
                "%(count)s share stays, the reason stands beside it.",
                "%(count)s shares stay, the reasons stand beside them.",
                len(left),
            )
            self.say(said % {"count": len(left)})
        else:
            self.say(_now("Handed down."))
        return self.there()
