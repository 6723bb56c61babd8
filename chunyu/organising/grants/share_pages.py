"""Grants by receiver: the shares of a scope, one share with its uses, the report and its check."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import MONEY_ROLES, ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.organising.days import NOTICE_DAYS
from chunyu.organising.grants import actions, queries
from chunyu.organising.grants.forms import ReportForm, SendBackForm, TasksForm, UseForm
from chunyu.organising.grants.kinds import BARRED
from chunyu.organising.grants.pages import READERS, TONES, Stage, way_here
from chunyu.organising.grants.shown import digest_of_report
from chunyu.organising.grants.tables import GrantShare, GrantUse
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import percent, yuan


class ShareFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(label=_("Year"), field_name="plan__year")
    stage = django_filters.ChoiceFilter(
        label=pgettext_lazy("grant", "Stage"), choices=Stage.choices, empty_label=_("every stage"), method="by_stage"
    )
    due = django_filters.ChoiceFilter(
        label=_("Report"),
        choices=[("soon", _("due within 90 days, or overdue")), ("over", _("overdue"))],
        empty_label=_("due at any time"),
        method="by_day_due",
    )
    giver = django_filters.ChoiceFilter(
        label=_("Giver"),
        choices=[("municipal_federation", _("the city")), ("county_federation", _("the county"))],
        empty_label=_("every giver"),
        field_name="plan__organisation__kind",
    )
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )
    plan = django_filters.ChoiceFilter(label=_("Grant"), choices=(), empty_label=_("every grant"))

    class Meta:
        model = GrantShare
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)
        self.filters["plan"].extra["choices"] = queries.plans_of_shares(request.acting.path)

    def by_stage(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(queries.STAGES[value])

    def by_day_due(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        within = -1 if value == "over" else NOTICE_DAYS[0]
        acting = self.request.acting
        return rows.filter(pk__in=queries.due_reports(acting.path, acting.day, within).order_by().values("pk"))

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


class Shares(ListPage):
    roles = READERS
    title = _("Shares of grants")
    model = GrantShare
    columns = (
        Column("organisation__name", _("Receiver"), link="organising:grant-share"),
        Column("plan__organisation__name", _("Giver"), note="plan__name"),
        Column("year", _("Year"), value=lambda row: str(row.plan.year), sort="plan__year"),
        Column("unions", _("Unions"), kind="number"),
        Column("members", _("Members"), kind="number"),
        Column("amount_fen", _("Amount (yuan)"), kind="money"),
        Column("used_fen", _("Used (yuan)"), kind="money"),
        Column("unspent_fen", _("Unspent (yuan)"), kind="money"),
        Column(
            "rate", _("Use rate"), kind="percent", value=lambda row: queries.rate(row.used_fen, row.amount_fen)
        ),
        Column(
            "stage", pgettext_lazy("grant", "Stage"), kind="tag", value=lambda row: str(row.stage.label),
            tone=lambda row: TONES[row.stage],
            note=lambda row: str(BARRED[row.barred]) if row.barred else _report_by(row),
        ),
    )  # fmt: skip
    search = ("organisation__name", "plan__name", "plan__document_no")
    filter_class = ShareFilter
    sort = "-plan__year"
    export_name = "grant-shares"
    empty = Empty(_("No share of a grant here"))

    def rows(self) -> QuerySet[GrantShare]:
        return queries.shares(self.acting.path)

    def total_fen(self) -> int:
        return self.found.aggregate(fen=Sum("amount_fen"))["fen"] or 0

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_grants", self.acting.organisation, f"{kind} {count}")


def _report_by(share: GrantShare) -> str:
    if share.stage != Stage.HANDED_DOWN:
        return ""
    return _now("report by %(day)s") % {"day": share.plan.report_by.isoformat()}


class OneShare(DetailPage):
    model = GrantShare

    def rows(self) -> QuerySet[GrantShare]:
        return queries.shares(self.acting.path).select_related(
            "organisation", "plan__organisation", "transfer", "reported_by__user", "checked_by__user"
        )

    def heading(self) -> str:
        return self.object.organisation.name

    def crumbs(self) -> list[Crumb]:
        crumbs = [*way_here(), (_now("Shares"), reverse("organising:grant-shares"))]
        if type(self) is not SharePage:
            crumbs.append((self.object.organisation.name, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:grant-share", args=[self.object.pk])

    def way_back(self) -> str:
        return self.there()

    def cancel_url(self) -> str:
        return self.there()


class SharePage(OneShare):
    roles = READERS
    template_name = "organising/grant_share.html"

    def actions(self) -> list[Action]:
        share, here = self.object, [self.object.pk]
        found = []
        if share.stage == Stage.HANDED_DOWN and self.acting.role in ORGANISING_ROLES:
            found += [
                Action(_now("Enter a use"), reverse("organising:enter-use", args=here), style="primary"),
                Action(_now("Report the use"), reverse("organising:report-use", args=here)),
            ]
        if share.stage == Stage.REPORTED and self.acting.role in MONEY_ROLES:
            own = share.reported_by.user_id == self.acting.user_id
            barred = _now("You reported this use: another person checks it.") if own else ""
            found += [
                Action.judged(_now("Checked"), reverse("organising:check-use", args=here), barred, "primary"),
                Action(_now("Send back"), reverse("organising:send-back-use", args=here)),
            ]
        if share.stage == Stage.PLANNED and self.acting.role in MONEY_ROLES and self.acting.sees(share.plan.scope_path):
            found.append(Action(_now("Set the tasks"), reverse("organising:grant-tasks", args=here)))
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        share = self.object
        seen = self.acting.sees(share.plan.scope_path)
        writes = share.stage == Stage.HANDED_DOWN and self.acting.role in ORGANISING_ROLES
        return super().context(
            share=share,
            plan=share.plan,
            plan_href=reverse("organising:grant", args=[share.plan_id]) if seen else "",
            words=share.stage.label,
            tone=TONES[share.stage],
            notice=queries.report_notice(share, self.acting.day),
            reason=str(BARRED[share.barred]) if share.barred else "",
            figures=[
                (_now("Received") if share.transfer_id else _now("To be received"), yuan(share.amount_fen)),
                (_now("Used"), yuan(share.used_fen)),
                (_now("Unspent"), yuan(share.unspent_fen)),
                (_now("Use rate"), percent(queries.rate(share.used_fen, share.amount_fen))),
            ],
            uses=list(share.uses.select_related("recorded_by__user").order_by("used_on", "pk")),
            writes=writes,
            **more,
        )


class ShareFormPage(OneShare, FormPage):
    def heading(self) -> str:
        return str(self.title)


class SetTasks(ShareFormPage):
    roles = MONEY_ROLES
    title = _("Set the tasks")
    form_class = TasksForm
    introduction = _("The whole plan is computed again: the budget stays, the shares move.")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"tasks": self.object.tasks}}

    def submit(self, form: forms.Form) -> str:
        plan = self.object.plan_id
        actions.set_tasks(self.acting, self.object, form.cleaned_data["tasks"])
        self.say(_now("Computed again."))
        return reverse("organising:grant", args=[plan])


class EnterUse(ShareFormPage):
    roles = ORGANISING_ROLES
    title = _("Enter a use")
    form_class = UseForm

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: forms.Form) -> str:
        actions.enter_use(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Entered."))
        return self.there()


class TakeBackUse(DetailPage):
    roles = ORGANISING_ROLES
    model = GrantUse

    def rows(self) -> QuerySet[GrantUse]:
        return GrantUse.objects.within(self.acting.path).select_related("share")

    def way_back(self) -> str:
        return reverse("organising:grant-share", args=[self.object.share_id])

    def act(self) -> str:
        there = self.way_back()
        actions.take_back_use(self.acting, self.object)
        self.say(_now("Taken out."))
        return there


class ReportUse(ShareFormPage):
    roles = ORGANISING_ROLES
    title = _("Report the use")
    form_class = ReportForm
    submit_label = _("Report now")
    introduction = _("The entries stay as they are from then on, and the next grant is not held up any more.")

    def submit(self, form: forms.Form) -> str:
        actions.report_use(self.acting, self.object, remark=form.cleaned_data["remark"])
        self.say(_now("Reported. The giver's finance officer checks it."))
        return self.there()


class SendBackUse(ShareFormPage):
    roles = MONEY_ROLES
    title = _("Send the report back")
    form_class = SendBackForm

    def submit(self, form: forms.Form) -> str:
        actions.send_back(self.acting, self.object, reason=form.cleaned_data["reason"])
        self.say(_now("Sent back with the reason."))
        return self.there()


class CheckUse(OneShare, ConfirmPage):
    roles = MONEY_ROLES
    title = _("Check the report")
    submit_label = _("Checked: it agrees with its vouchers")

    def heading(self) -> str:
        return str(self.title)

    def question(self) -> str:
        said = _now("Does the report of %(receiver)s agree with its vouchers: %(used)s yuan used, %(left)s unspent?")
        share = self.object
        return said % {
            "receiver": share.organisation,
            "used": yuan(share.used_fen),
            "left": yuan(share.unspent_fen),
        }

    def consequences(self) -> list[str]:
        return [_now("What was used leaves the receiver's fund in the books; what was not stays in it.")]

    def shown(self) -> str:
        return digest_of_report(self.object)

    def act(self) -> str:
        actions.check_use(self.acting, self.object, shown=self.was_shown)
        self.say(_now("Checked."))
        return self.there()
