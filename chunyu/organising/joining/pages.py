"""Applications to join on the staff's screen: those that wait, one of them, and many at once."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES, Role
from chunyu.audit.record import record
from chunyu.organising.joining import actions, queries
from chunyu.organising.joining.forms import BATCH, AdmitApplicantForm, BatchForm, RefuseForm, TakeInForm
from chunyu.privacy.masking import mask_id_number, mask_phone
from chunyu.registry.membership.actions import worker_with
from chunyu.registry.membership.tables import JoinRequest
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage

# Names of applicants are for who answers and who audits; an analyst reads figures.
READERS = READ_ORGANISING_ROLES - {Role.PROVINCE_ANALYST}
WAITING = pgettext_lazy("membership", "waiting")
TONES = {"": "amber", "admitted": "rain", "refused": "seal"}


class JoinFilter(django_filters.FilterSet):
    answer = django_filters.ChoiceFilter(
        label=pgettext_lazy("membership", "Answer"),
        choices=[("waiting", WAITING), *JoinRequest.Answer.choices],
        empty_label=_("every application"),
        method="by_answer",
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=JoinRequest.Channel.choices, empty_label=_("every channel")
    )

    class Meta:
        model = JoinRequest
        fields: tuple[str, ...] = ()

    def by_answer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(answer="" if value == "waiting" else value)


class Applications(ListPage):
    roles = READERS
    title = _("Applications to join")
    model = JoinRequest
    columns = (
        Column("number", _("Number"), link="organising:application"),
        Column("name", pgettext_lazy("person", "Name")),
        Column("organisation__name", _("Union")),
        Column("channel", _("Channel")),
        Column("asked_on", pgettext_lazy("membership", "Asked on"), kind="date"),
        Column(
            "answer",
            pgettext_lazy("membership", "Answer"),
            kind="tag",
            value=lambda row: row.get_answer_display() or str(WAITING),
            tone=lambda row: TONES.get(row.answer, "plain"),
            sort="answer",
        ),
    )
    search = ("name", "number")
    filter_class = JoinFilter
    sort = "-asked_on"
    export_name = "applications-to-join"
    empty = Empty(
        _("Nobody has applied yet"),
        _("Workers apply on the phone page; take in paper applications here."),
        Action(_("Take in an application"), reverse_lazy("organising:new-application")),
    )

    def rows(self) -> QuerySet[JoinRequest]:
        return queries.applications(self.acting)

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        return [
            Action(_now("Admit many"), reverse("organising:admit-many"), style="primary"),
            Action(_now("Take in an application"), reverse("organising:new-application")),
        ]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_applications", self.acting.organisation, f"{kind} {count}")


def way_here() -> list[Crumb]:
    return [(_now("Applications to join"), reverse("organising:applications"))]


class NewApplication(FormPage):
    roles = ORGANISING_ROLES
    title = _("Take in an application")
    form_class = TakeInForm

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:applications")

    def submit(self, form: TakeInForm) -> HttpResponse:
        said = form.cleaned_data
        request, code = actions.take_in_application(
            self.acting, said["union"], form.person, channel=said["channel"], on=said["on"]
        )
        # Shown once and kept nowhere: neither in the session nor in an address.
        answer = self.context(form=form, asked=request, code=code)
        return TemplateResponse(self.request, "organising/taken_in.html", answer)


class OneApplication(DetailPage):
    model = JoinRequest

    def rows(self) -> QuerySet[JoinRequest]:
        return queries.applications(self.acting)

    def crumbs(self) -> list[Crumb]:
        crumbs = way_here()
        if type(self) is not ApplicationPage:
            crumbs.append((self.object.number, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:application", args=[self.object.pk])


class ApplicationPage(OneApplication):
    roles = READERS
    template_name = "organising/application.html"

    def actions(self) -> list[Action]:
        here = [self.object.pk]
        if self.acting.role not in ORGANISING_ROLES or self.object.answer:
            return []
        return [
            Action(_now("Admit"), reverse("organising:admit-applicant", args=here), style="primary"),
            Action(pgettext("membership", "Refuse"), reverse("organising:refuse-applicant", args=here)),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        request = self.object
        known = worker_with(request.id_number.reveal()) if not request.answer else None
        elsewhere = known is not None and known.is_member
        county = (known.organisation.county() or known.organisation).region.name if known is not None else ""
        return super().context(
            asked=request,
            tone=TONES.get(request.answer, "plain"),
            shown=request.get_answer_display() or WAITING,
            member_in=county if elsewhere else "",
            pairs=[
                (pgettext("person", "Name"), request.name),
                (_now("ID number"), mask_id_number(request.id_number.reveal())),
                (_now("Phone"), mask_phone(request.phone.reveal()) if request.phone else ""),
                (_now("New form of work"), request.get_new_form_display()),
                (_now("Channel"), request.get_channel_display()),
            ],
            **more,
        )


class AnswerPage(OneApplication, FormPage):
    roles = ORGANISING_ROLES

    def cancel_url(self) -> str:
        return self.there()


class AdmitApplicant(AnswerPage):
    title = _("Admit the applicant")
    form_class = AdmitApplicantForm
    submit_label = _("Admit")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "asked": self.object.organisation}

    def submit(self, form: forms.Form) -> str:
        actions.admit_applicant(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Admitted."))
        return self.there()


class RefuseApplicant(AnswerPage):
    title = _("Refuse the application")
    form_class = RefuseForm
    submit_label = pgettext_lazy("membership", "Refuse")

    def submit(self, form: forms.Form) -> str:
        actions.refuse_applicant(self.acting, self.object, reason=form.cleaned_data["reason"])
        self.say(_now("Refused; the worker reads the reason with the code."))
        return self.there()


class AdmitMany(FormPage):
    """Those who wait longest come first. Each is admitted alone; who cannot be stays, with the reason."""

    roles = ORGANISING_ROLES
    title = _("Admit many")
    form_class = BatchForm
    submit_label = _("Admit those chosen")
    introduction = _("Each is admitted alone. Who is a member elsewhere stays waiting: a transfer needs the letter.")

    def crumbs(self) -> list[Crumb]:
        return way_here()

    @cached_property
    def waiting(self) -> QuerySet[JoinRequest]:
        first = queries.waiting(self.acting).values("pk")[:BATCH]
        return queries.applications(self.acting).filter(pk__in=first).order_by("asked_on", "number")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "waiting": self.waiting}

    def cancel_url(self) -> str:
        return reverse("organising:applications")

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        done, refused = actions.admit_many(self.acting, list(said["chosen"]), said["union"], on=said["on"])
        self.say(ngettext("%(count)s worker admitted.", "%(count)s workers admitted.", done) % {"count": done})
        if refused:
            numbers = _now(", ").join(request.number for request, _refusal in refused)
            self.say(_now("Still waiting, each page says why: %(numbers)s.") % {"numbers": numbers})
        return reverse("organising:applications")
