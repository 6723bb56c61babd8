"""Rounds of honours on their pages. The round itself is a case and has the case's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.casework.queries import known_to
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import Crumb, FormPage, StaffPage
from chunyu.voice.duties import WORKS
from chunyu.voice.honours import actions, queries
from chunyu.voice.honours.forms import (
    AsideForm,
    JurorForm,
    NominateForm,
    NominateProposalsForm,
    RoundForm,
    SheetForm,
)
from chunyu.voice.honours.process import HONOURS
from chunyu.voice.honours.tables import Award, HonourRound, Juror
from chunyu.voice.papers import Certificate

READERS = HONOURS.access.reads


class Rounds(ListPage):
    roles = READERS
    title = _("Honours")
    model = HonourRound
    columns = (
        Column("title", pgettext_lazy("honours", "Honour"), link=lambda row: row.case.get_absolute_url()),
        Column("year", _("Year"), value=lambda row: str(row.year)),
        Column("kind", pgettext_lazy("honours", "for"), value=lambda row: row.get_kind_display()),
        Column("state", _("Step"), kind="tag", value=lambda row: row.case.state_label, sort="case__state"),
        Column("nominees_count", _("Nominees"), kind="number"),
        Column("awards_count", _("Honoured"), kind="number"),
        Column("bonus_fen", _("bonus each"), kind="money"),
        Column("organisation__name", pgettext_lazy("case", "organisation")),
    )
    search = ("title", "case__number")
    sort = "-year"
    export_name = "honours"
    empty = Empty(
        _("No round of honours yet"),
        _("Open one with its rules; then nominate, name the jury and enter its scores."),
        Action(_("Open a round"), reverse_lazy("voice:open-round")),
    )

    def rows(self) -> QuerySet[HonourRound]:
        return queries.rounds(self.acting)

    def actions(self) -> list[Action]:
        if self.acting.role not in WORKS:
            return []
        return [Action(_now("Open a round"), reverse("voice:open-round"), style="primary")]


class OpenRound(FormPage):
    roles = WORKS
    title = _("Open a round")
    form_class = RoundForm

    def crumbs(self) -> list[Crumb]:
        return [(_now("Honours"), reverse("voice:honours"))]

    def cancel_url(self) -> str:
        return reverse("voice:honours")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: BaseForm) -> Any:
        given = dict(form.cleaned_data)
        return actions.open_round(self.acting, given.pop("union"), **given).case


class RoundAddress(StaffPage):
    """What pages of one round share: it is within the post's scope, else it does not exist."""

    roles = WORKS

    def rounds(self) -> QuerySet[HonourRound]:
        return queries.rounds(self.acting)

    @cached_property
    def held(self) -> HonourRound:
        return self.find(self.rounds(), pk=self.kwargs["pk"])


class RoundForms(RoundAddress, FormPage):
    """A form about one round; it leads back to the case."""

    def crumbs(self) -> list[Crumb]:
        return [(_now("Honours"), reverse("voice:honours")), (str(self.held), self.held.case.get_absolute_url())]

    def cancel_url(self) -> str:
        return self.held.case.get_absolute_url()


class Nominate(RoundForms):
    title = _("Nominate")
    submit_label = _("Nominate")

    def form(self) -> BaseForm:
        sent = self.request.POST if self.request.method == "POST" else None
        if self.held.kind == HonourRound.Kind.PROPOSALS:
            return NominateProposalsForm(sent, held=self.held)
        return NominateForm(sent)

    def submit(self, form: BaseForm) -> Any:
        if self.held.kind == HonourRound.Kind.PROPOSALS:
            actions.nominate_proposals(self.acting, self.held, form.cleaned_data["proposals"])
        else:
            actions.nominate(self.acting, self.held, **form.cleaned_data)
        return self.held.case


class NameJuror(RoundForms):
    title = _("Name a juror")
    form_class = JurorForm

    def submit(self, form: BaseForm) -> Any:
        actions.name_juror(self.acting, self.held, **form.cleaned_data)
        return self.held.case


class JurorForms(RoundForms):
    @cached_property
    def juror(self) -> Juror:
        return self.find(self.held.jurors.select_related("round"), pk=self.kwargs["juror"])

    def form_arguments(self) -> dict[str, Any]:
        return {"juror": self.juror}


class EnterScores(JurorForms):
    title = _("Enter a juror's scores")
    form_class = SheetForm
    introduction = _("Points from 0 to 100. Whom this juror may not score is not on the sheet.")

    def heading(self) -> str:
        return _now("Scores of %(name)s") % {"name": self.juror.name}

    def submit(self, form: SheetForm) -> Any:
        actions.enter_scores(self.acting, self.juror, form.points())
        return self.held.case


class StandAside(JurorForms):
    title = _("Stand aside")
    form_class = AsideForm
    introduction = _("A juror who is too near to a nominee does not score them.")

    def submit(self, form: BaseForm) -> Any:
        actions.stand_aside(self.acting, self.juror, form.cleaned_data["nominee"], why=form.cleaned_data["why"])
        return self.held.case


class PrintCertificate(PrintPage):
    """The certificate of one winner."""

    roles = READERS
    event = "voice.print_certificate"

    def paper(self) -> tuple[Form, Model]:
        known = known_to(self.acting).values("pk")
        rows = Award.objects.filter(nominee__round__case__in=known).select_related("nominee__round__organisation")
        award = rows.filter(pk=self.kwargs["pk"]).first()
        if award is None:
            raise Http404
        held = award.nominee.round
        certificate = Certificate(
            number=award.certificate,
            day=award.day,
            organisation=held.organisation.name,
            name=award.nominee.name,
            honour=held.title,
            year=str(held.year),
            citation=award.nominee.citation,
            bonus_fen=award.bonus_fen or None,
        )
        return certificate, held
