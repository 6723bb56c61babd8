"""Households as the caseworker sees them: who stands where, why, what they could get, and what was done."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import CASE_ROLES, FIGURE_ROLES, READ_CASE_ROLES, Role
from chunyu.hardship import actions, household_page, queries
from chunyu.hardship.changes import actions as changing
from chunyu.hardship.forms import HOUSEHOLD, ApplicationForm, BankCardForm, FactChoice, StatedFactForm
from chunyu.hardship.models import Decision
from chunyu.hardship.process import ENTERING
from chunyu.hardship.tasks import decide_all
from chunyu.hardship.wording import categories_on, category_tone, category_word, fact_label, language
from chunyu.ledger.bank_card import card_digits
from chunyu.policy.pack import Fact as PackFact
from chunyu.registry import actions as registry
from chunyu.registry.codes import CAUSE
from chunyu.registry.group_filter import GroupFilter
from chunyu.registry.models import ChangeRequest, Household, Member
from chunyu.registry.queries import search
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage, StaffPage

DECIDING_ROLES = frozenset({Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER})


def category_shown(household: Household) -> str:
    standing = getattr(household, "standing", None)
    return category_word(standing.category, standing.decision.pack) if standing else _now("not decided yet")


def tone_shown(household: Household) -> str:
    standing = getattr(household, "standing", None)
    return category_tone(standing.category, standing.decision.pack) if standing else "plain"


class HouseholdFilter(django_filters.FilterSet):
    """The questions that the list answers; each figure elsewhere opens one of them."""

    category = django_filters.ChoiceFilter(
        field_name="standing__category", label=_("Category"), choices=(), empty_label=_("every category")
    )
    matter = django_filters.ChoiceFilter(
        label=_("Matter"),
        empty_label=_("every household"),
        choices=[
            ("found", _("found, not yet helped")),
            ("blocked", _("blocked by an unknown fact")),
            ("differs", _("statements differ")),
            ("helped", _("helped this year")),
            ("undecided", _("not decided yet")),
        ],
        method="by_matter",
    )
    cause = django_filters.ChoiceFilter(
        field_name="causes__code", label=_("Cause"), choices=CAUSE.choices, empty_label=_("every cause"), distinct=True
    )
    unknown = django_filters.ChoiceFilter(
        method="by_unknown", label=_("Waits for"), choices=(), empty_label=_("any fact")
    )
    group = GroupFilter("pk")
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        acting = request.acting
        self.filters["unknown"].extra["choices"] = [
            (name, fact_label(name)) for name, _count in queries.unknown_facts(acting)
        ]
        self.filters["category"].extra["choices"] = [(each.code, each.label) for each in categories_on(acting.day)]
        self.filters["under"].extra["choices"] = organisations_below(acting)

    class Meta:
        model = Household
        fields: tuple[str, ...] = ()

    def by_matter(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        match value:
            case "found":
                return queries.found_not_helped(rows)
            case "blocked":
                return queries.blocked(rows)
            case "differs":
                return rows.filter(standing__decision__statements_differ=True)
            case "helped":
                return rows.filter(helped=True)
            case _:
                return rows.filter(standing__isnull=True)

    def by_unknown(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return queries.blocked(rows, value)

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


CATEGORY = Column(
    "category",
    _("Category"),
    kind="tag",
    value=category_shown,
    sort="standing__category",
    tone=tone_shown,
)
ABOUT = (
    Column("people", _("People"), kind="number"),
    Column(
        "net",
        _("Net income per head and month (yuan)"),
        kind="money",
        value=lambda row: row.standing.decision.net_income_fen if hasattr(row, "standing") else None,
        sort="standing__decision__net_income_fen",
    ),
    Column(
        "entitled",
        _("Could receive (yuan)"),
        kind="money",
        value=lambda row: row.standing.entitled_fen if hasattr(row, "standing") else None,
        sort="standing__entitled_fen",
    ),
    Column("organisation__name", _("Union")),
    Column("opened_on", _("On file since"), kind="date"),
)


class HouseholdRows(ListPage):
    """The rows behind the figures for those who read figures and not families' files: no name, no way in."""

    roles = FIGURE_ROLES - READ_CASE_ROLES
    title = _("Households")
    model = Household
    columns = (Column("file_number", _("File number")), CATEGORY, *ABOUT)
    search = ("file_number",)
    search_hint = _("File number")
    filter_class = HouseholdFilter
    sort = "file_number"
    export_name = "households"
    empty = Empty(_("No family on file yet"))

    def rows(self) -> QuerySet[Household]:
        return queries.households(self.acting).select_related("standing__decision")

    def exported(self, kind: str, count: int) -> None:
        actions.record_export(self.acting, kind, count)


class Households(HouseholdRows):
    roles = READ_CASE_ROLES
    columns = (
        Column("worker_name", _("Worker"), link="hardship:household", sort="worker_pinyin", note="file_number"),
        CATEGORY,
        *ABOUT,
    )
    search = ("worker_name",)
    search_hint = _("Name, pinyin, file number or a whole ID number")
    sort = "worker_pinyin"
    empty = Empty(
        _("No family on file yet"),
        _("Import the county's register; what is on file is decided by the rules at once."),
        Action(_("Import"), reverse_lazy("registry:imports")),
    )

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(pk__in=search(self.acting, text).order_by().values("pk"))

    def actions(self) -> list[Action]:
        if self.acting.role not in DECIDING_ROLES:
            return []
        return [
            Action(_now("Change requests"), reverse("hardship:changes")),
            Action(_now("Divisions of households"), reverse("hardship:divisions")),
            Action(_now("Decide all again"), reverse("hardship:decide-all"), method="post"),
        ]


class DecideAll(StaffPage):
    """Queue a run over everybody on file in the post's subtree."""

    roles = DECIDING_ROLES
    title = _("Decide all again")
    back = "hardship:households"

    def way_back(self) -> str:
        return reverse(self.back)

    def act(self) -> str:
        decide_all.defer(post=self.acting.post.pk, day=self.acting.day.isoformat())
        self.say(_("The households are being decided again; the list shows it within a minute."))
        return "hardship:households"


class OneHousehold(DetailPage):
    """A page about one household on file in the post's subtree."""

    model = Household

    def rows(self) -> QuerySet[Household]:
        return Household.objects.within(self.acting.path).select_related(
            "organisation__region", "organisation__parent", "standing__decision__by__user"
        )

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Households"), reverse("hardship:households"))]
        if type(self) is not HouseholdPage:
            household = self.object
            crumbs.append((household.worker.name, reverse("hardship:household", args=[household.pk])))
        return crumbs


class HouseholdPage(OneHousehold):
    roles = READ_CASE_ROLES
    template_name = "hardship/household.html"

    @property
    def may_state(self) -> bool:
        return self.acting.role in CASE_ROLES

    def heading(self) -> str:
        return _now("Household of %(name)s") % {"name": self.object.worker.name}

    def actions(self) -> list[Action]:
        if self.acting.role not in CASE_ROLES:
            return []
        here = [self.object.pk]
        return [
            Action(_now("State a fact"), reverse("hardship:state-fact", args=here)),
            Action(_now("Nominate for a project"), reverse("hardship:nominate", args=here)),
            Action(_now("Divide the household"), reverse("hardship:divide", args=here), style="quiet"),
            Action(_now("Bank card"), reverse("hardship:bank-card", args=here), style="quiet"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        as_of = household_page.as_of(self.request.GET.get("on", ""), self.acting.day)
        under, decision = self.request.GET.get("under", ""), self.asked_decision()
        waiting = self.object.change_requests.filter(state=ChangeRequest.State.ASKED).first()
        return super().context(
            **household_page.contents(self.object, self.acting, as_of, under, decision), waiting=waiting, **more
        )

    def asked_decision(self) -> Decision | None:
        """An earlier decision that is to be explained as it was made; one of another household does not exist here."""
        asked = self.request.GET.get("decision")
        if not asked:
            return None
        try:
            return get_object_or_404(self.object.decisions.select_related("household__organisation__region"), pk=asked)
        except ValidationError:
            raise Http404 from None


class HouseholdFormPage(OneHousehold, FormPage):
    """A form about one household; the heading is the page's own title."""

    def cancel_url(self) -> str:
        return reverse("hardship:household", args=[self.object.pk])


class Apply(HouseholdFormPage):
    """Open an application for one programme."""

    roles = frozenset(ENTERING)
    title = _("Apply")
    form_class = ApplicationForm
    template_name = "hardship/apply.html"
    submit_label = _("Open the application")

    def heading(self) -> str:
        programme = rulebook_of(self.object.organisation, self.acting.day).programmes.get(self.kwargs["programme"])
        if programme is None:
            raise Http404
        return _now("Apply for %(programme)s") % {"programme": programme.label(language())}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            **household_page.before_applying(self.object, self.kwargs["programme"], self.acting.day), **more
        )

    def submit(self, form: Form) -> str:
        channel = form.cleaned_data["channel"]
        case = actions.apply_for(self.acting, self.object, self.kwargs["programme"], channel=channel)
        self.say(_now("Application %(number)s is open.") % {"number": case.number})
        return reverse("casework:case", args=[case.number])


class StateFact(HouseholdFormPage):
    """Two steps on one address: which fact (and about whom), then its value and where it comes from."""

    roles = CASE_ROLES
    title = _("State a fact")
    submit_label = _("Go on")

    @cached_property
    def chosen(self) -> tuple[PackFact, Member | None] | None:
        """The fact in the address, once it was chosen; 404 for one that does not exist."""
        name, colon, member = self.request.GET.get("fact", "").partition(":")
        if not colon:
            return None
        entity = "member" if member != HOUSEHOLD else "household"
        fact = rulebook_of(self.object.organisation, self.acting.day).facts.get((entity, name))
        person = self.object.members.filter(pk=member).first() if entity == "member" else None
        if fact is None or (entity == "member" and person is None):
            raise Http404
        return fact, person

    def heading(self) -> str:
        if self.chosen is None:
            return str(self.title)
        fact, person = self.chosen
        label = fact.label(language())
        return f"{person.name}: {label}" if person else label

    def form(self) -> Form:
        data = self.request.POST if self.request.method == "POST" else None
        if self.chosen is None:
            asked = self.request.GET if "fact" in self.request.GET else None
            pack = rulebook_of(self.object.organisation, self.acting.day)
            return FactChoice(data or asked, pack=pack, household=self.object)
        self.submit_label = _("State it")
        return StatedFactForm(data, fact=self.chosen[0], day=self.acting.day)

    def submit(self, form: Form) -> str:
        if self.chosen is None:
            return f"{self.request.path}?fact={form.cleaned_data['fact']}"
        fact, person = self.chosen
        given = form.cleaned_data
        about = {name: given[name] for name in ("on", "source", "note", "reason")}
        made = changing.state_or_ask(self.acting, self.object, fact.name, form.value, member=person, **about)
        if isinstance(made, ChangeRequest):
            self.say(_now("Not stated yet: a decision rests on what is on file. Another person decides it."))
            return reverse("hardship:change", args=[made.pk])
        self.say(_now("Stated, and the household was decided again."))
        return self.cancel_url()


class BankCard(HouseholdFormPage):
    roles = CASE_ROLES
    title = _("Bank card")
    form_class = BankCardForm
    submit_label = _("Save the card")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"bank_name": self.object.bank_name}}

    def submit(self, form: Form) -> str:
        card = card_digits(form.cleaned_data["card"])
        registry.change_bank_card(self.acting, self.object, bank_name=form.cleaned_data["bank_name"], card=card)
        self.say(_now("Saved. Payments from now on go to this card."))
        return self.cancel_url()
