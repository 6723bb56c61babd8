"""Members: the list of a scope on a day, one worker's record, admission, transfer and leaving."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import ORGANISING_ROLES, READ_CASE_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.organising.choices import employer_named, union_named
from chunyu.organising.members import queries
from chunyu.organising.members.forms import AdmissionForm, LeavingForm, TransferForm
from chunyu.privacy.masking import mask_id_number, mask_phone
from chunyu.registry.employers.codes import NEW_FORM
from chunyu.registry.membership import actions
from chunyu.registry.membership.queries import members_under
from chunyu.registry.membership.tables import Worker
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage
from chunyu.ui.paging import Part


class MemberFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        label=_("Membership"),
        empty_label=_("everybody on record"),
        choices=[("now", _("members now")), ("former", _("no longer members"))],
        method="by_status",
    )
    new_form = django_filters.ChoiceFilter(
        label=_("New form of work"), choices=NEW_FORM.choices, empty_label=_("every form of work")
    )
    is_migrant = django_filters.BooleanFilter(
        label=_("Migrant worker"),
        widget=forms.Select(choices=[("", _("everybody")), ("true", _("yes")), ("false", _("no"))]),
    )
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )
    on = django_filters.DateFilter(method="by_day", label=_("Members on"), widget=DAY_INPUT, help_text="")

    class Meta:
        model = Worker
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_status(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(is_member=value == "now")

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)

    def by_day(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return queries.members_on(rows, self.request.acting, value)


class Members(ListPage):
    roles = READ_ORGANISING_ROLES
    title = _("Members")
    model = Worker
    columns = (
        Column(
            "name",
            pgettext_lazy("person", "Name"),
            link="organising:member",
            sort="spelling",
            note="get_new_form_display",
        ),
        Column("organisation__name", _("Union")),
        Column("enterprise__name", _("Employer")),
        Column("since", _("Member since"), kind="date"),
        Column(
            "is_member",
            _("Membership"),
            kind="tag",
            value=lambda row: _now("member") if row.is_member else _now("not a member now"),
            tone=lambda row: "rain" if row.is_member else "plain",
            sort=False,
        ),
    )
    search = ("name",)
    search_hint = _("Name, pinyin, initials, or a whole ID number or phone")
    filter_class = MemberFilter
    sort = "spelling"
    export_name = "members"
    empty = Empty(
        _("No worker on record here"),
        _("Admit the first member; a whole list comes in by import."),
        Action(_("Admit a member"), reverse_lazy("organising:admit")),
    )

    def rows(self) -> QuerySet[Worker]:
        return queries.on_record(self.acting)

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        return queries.searched(rows, text)

    def parts(self, rows: QuerySet, text: str) -> list[Part]:
        return queries.parts(rows, text)

    def known_count(self) -> int | None:
        """The members of now, of everybody or of one organisation, are counted by the database as they come and go."""
        chosen = {name for name, value in self.chosen.items() if value} - {"page", "sort"}
        if self.chosen.get("status") != "now" or not chosen <= {"status", "under"}:
            return None
        assert self.filter_set is not None
        if not self.filter_set.is_valid():
            return None
        return members_under(self.chosen.get("under") or self.acting.path)

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        return [
            Action(_now("Admit a member"), reverse("organising:admit")),
            Action(_now("Applications to join"), reverse("organising:applications")),
        ]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_members", self.acting.organisation, f"{kind} {count}")


class OneWorker(DetailPage):
    model = Worker

    def rows(self) -> QuerySet[Worker]:
        return Worker.objects.within(self.acting.path).select_related("organisation__region", "enterprise")

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Members"), reverse("organising:members"))]
        if type(self) is not WorkerPage:
            crumbs.append((self.object.name, reverse("organising:member", args=[self.object.pk])))
        return crumbs


class WorkerPage(OneWorker):
    """One worker: the record, every spell of membership, and the years."""

    roles = READ_ORGANISING_ROLES
    template_name = "organising/member.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES or not self.object.is_member:
            return []
        here = [self.object.pk]
        return [
            Action(pgettext("membership", "Transfer"), reverse("organising:transfer", args=here)),
            Action(_now("End the membership"), reverse("organising:leave", args=here), style="quiet"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        worker = self.object
        spells = list(worker.memberships.select_related("organisation").order_by("-valid_from"))
        years, months = queries.years_of_membership(spells, self.acting.day)
        reads_files = self.acting.role in READ_CASE_ROLES
        return super().context(
            worker=worker,
            spells=spells,
            years=years,
            months=months,
            id_number=mask_id_number(worker.id_number.reveal()),
            phone=mask_phone(worker.phone.reveal()) if worker.phone else "",
            file=queries.household_file(self.acting, worker) if reads_files else None,
            **more,
        )


class Admit(FormPage):
    """A worker becomes a member: at the counter or from a paper form."""

    roles = ORGANISING_ROLES
    title = _("Admit a member")
    form_class = AdmissionForm
    submit_label = _("Admit")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def crumbs(self) -> list[Crumb]:
        return [(_now("Members"), reverse("organising:members"))]

    def cancel_url(self) -> str:
        return reverse("organising:members")

    def submit(self, form: forms.Form) -> str:
        given = form.cleaned_data
        person = actions.NewWorker(
            name=given["name"],
            id_number=given["id_number"],
            phone=given["phone"],
            is_migrant=given["is_migrant"] or None,
            new_form=given["new_form"],
            enterprise=employer_named(self.acting, given["employer"]) if given["employer"] else None,
        )
        spell = actions.admit(self.acting, given["union"], person, on=given["on"], number=given["number"])
        self.say(_now("Admitted."))
        return reverse("organising:member", args=[spell.worker_id])


class WorkerFormPage(OneWorker, FormPage):
    roles = ORGANISING_ROLES

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:member", args=[self.object.pk])


class Transfer(WorkerFormPage):
    title = pgettext_lazy("membership", "Transfer")
    form_class = TransferForm
    submit_label = _("Transfer to this union")
    introduction = _("The membership goes over on one day, so the years count on.")

    def submit(self, form: forms.Form) -> str:
        given = form.cleaned_data
        union = union_named(given["union"], given["on"])
        actions.transfer(self.acting, self.object, union, on=given["on"], reason=given["reason"])
        self.say(_now("Transferred. The years of membership count on."))
        return self.cancel_url() if self.acting.sees(union.path) else reverse("organising:members")


class Leave(WorkerFormPage):
    title = _("End the membership")
    form_class = LeavingForm
    submit_label = _("End it")

    def submit(self, form: forms.Form) -> str:
        given = form.cleaned_data
        actions.end_membership(self.acting, self.object, how=given["how"], on=given["on"], reason=given["reason"])
        self.say(_now("The membership has ended; the record stays."))
        return self.cancel_url()
