"""Dividing a household on the screen: who goes, what the rules make of both files, and the answer of another person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES
from chunyu.hardship.changes import actions
from chunyu.hardship.changes.effect import Answer, answer_of
from chunyu.hardship.changes.pages import STATE, RequestPage
from chunyu.hardship.pages import HouseholdFormPage
from chunyu.hardship.reading import read_facts
from chunyu.registry import codes
from chunyu.registry.actions import SELF
from chunyu.registry.dividing import actions as dividing
from chunyu.registry.models import Division, Fact, Household, Member
from chunyu.registry.queries import HouseholdFacts, MemberFacts, facts_on
from chunyu.ui.fields import DayField
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb

STAYS = ""


class DivisionForm(forms.Form):
    """For each person: stays, or what they are to the worker on whom the new file is kept."""

    day = DayField(label=_("From"), help_text=_("The first day on which they are a household of their own."))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = household.members.filter(left_on__isnull=True, is_worker=False)
        self.people = {str(each.pk): each for each in present.order_by("relation", "birth_date", "pk")}
        goals = [(STAYS, _now("stays")), (SELF, _now("goes, as the worker of the new file"))]
        for code, label in codes.RELATION.choices:
            if code != SELF:
                goals.append((code, _now("goes, as: %(relation)s") % {"relation": label}))
        for key, member in self.people.items():
            self.fields[key] = forms.ChoiceField(label=member.name, choices=goals, required=False)
        self.order_fields([*self.people, "day", "reason"])

    @property
    def going(self) -> dict[Member, str]:
        given = self.cleaned_data
        return {member: given[key] for key, member in self.people.items() if given[key] != STAYS}


class Divide(HouseholdFormPage):
    """Ask that some of a household become a file of their own."""

    roles = CASE_ROLES
    title = _("Divide the household")
    form_class = DivisionForm
    submit_label = _("Ask for it")
    introduction = _(
        "Those who go get a file of their own, with what is stated of them. This file keeps its worker, its decisions "
        "and its ledger. Another person carries it out."
    )

    def form_arguments(self) -> dict[str, Any]:
        return {"household": self.object, "initial": {"day": self.acting.day}}

    def submit(self, form: DivisionForm) -> str:  # type: ignore[override]  # the page's own form
        given = form.cleaned_data
        division = dividing.ask_division(self.acting, self.object, form.going, day=given["day"], reason=given["reason"])
        self.say(_now("Asked for. Another person carries it out; until then you can take it back."))
        return reverse("hardship:division", args=[division.pk])


def divisions_visible_to(acting: Any) -> QuerySet[Division]:
    return (
        Division.objects.within(acting.path)
        .select_related("household__organisation__region", "new", "asked_by__user", "answered_by__user")
        .annotate(going=Count("people"))
    )


class Divisions(ListPage):
    roles = READ_CASE_ROLES
    title = _("Divisions of households")
    model = Division
    columns = (
        Column("household__file_number", _("File number"), link="hardship:division"),
        Column("going", _("People who go"), kind="number"),
        Column("day", _("From"), kind="date"),
        Column("reason", _("Reason"), sort=False),
        Column("asked_by__user__full_name", _("Asked by")),
        STATE,
        Column("new__file_number", _("New file")),
    )
    search = ("household__file_number", "new__file_number", "reason")
    search_hint = _("File number or reason")
    filters = ("state",)
    sort = "-day"
    exports = ()
    empty = Empty(_("No household was divided"), _("Open a household and choose to divide it."))

    def rows(self) -> QuerySet[Division]:
        return divisions_visible_to(self.acting)

    def crumbs(self) -> list[Crumb]:
        return [(_now("Households"), reverse("hardship:households"))]


class DivisionPage(RequestPage):
    model = Division
    template_name = "hardship/division.html"

    def rows(self) -> QuerySet[Division]:
        return divisions_visible_to(self.acting)

    def heading(self) -> str:
        return _now("Division of %(file)s") % {"file": self.object.household.file_number}

    def crumbs(self) -> list[Crumb]:
        return [(str(Divisions.title), reverse("hardship:divisions"))]

    def actions(self) -> list[Action]:
        found = [Action(_now("Open the household"), reverse("hardship:household", args=[self.object.household_id]))]
        if self.object.new_id is not None:
            found.append(Action(_now("Open the new file"), reverse("hardship:household", args=[self.object.new_id])))
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        division = self.object
        people = list(division.people.select_related("was").order_by("relation", "pk"))
        going = [each.was_id for each in people]
        facts = Fact.objects.filter(household=division.household, member__in=going).standing().count()
        return super().context(
            people=[(each.was.name, codes.RELATION.label(each.relation)) for each in people],
            facts=facts,
            answers=self.answers({each.was_id: each.relation for each in people}) if division.waits else [],
            approve_label=_now("Divide the household"),
            seen=[],
            **more,
        )

    def answers(self, going: dict[Any, str]) -> list[tuple[str, Answer]]:
        """What the rules say of the household today, and would say of both files."""
        household, day = self.object.household, self.acting.day
        facts = facts_on(household, day)
        stays = replace(facts, members=tuple(each for each in facts.members if each.key not in going))
        goes = _new_file(facts, going)
        return [
            (label, answer_of(read_facts(household, each, day)))
            for label, each in (
                (_now("The household today"), facts),
                (_now("What stays"), stays),
                (_now("The new file"), goes),
            )
        ]

    def act(self) -> str:
        doing, division = self.request.POST.get("do", ""), self.object
        if doing == "approve":
            new = actions.confirm_division(self.acting, division)
            self.say(_now("Divided: the new file is %(file)s.") % {"file": new.file_number})
        elif doing == "refuse":
            dividing.refuse_division(self.acting, division, note=self.note())
            self.say(_now("Refused. What is on file stays."))
        elif doing == "withdraw":
            dividing.withdraw_division(self.acting, division)
            self.say(_now("Withdrawn."))
        return reverse("hardship:division", args=[division.pk])


def _new_file(facts: HouseholdFacts, going: dict[Any, str]) -> HouseholdFacts:
    """What would be stated on the new file: of its people what is known, of the household nothing yet."""
    members: list[MemberFacts] = []
    for each in facts.members:
        if each.key in going:
            relation = going[each.key]
            said = replace(each.facts["relation"], value=relation)
            members.append(
                replace(
                    each,
                    relation=relation,
                    is_worker=relation == SELF,
                    facts={**each.facts, "relation": said},
                    statements={**each.statements, "relation": (said,)},
                )
            )
    members.sort(key=lambda each: not each.is_worker)
    return replace(facts, facts={}, statements={}, members=tuple(members))
