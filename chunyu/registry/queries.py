"""Reading the registry: what is stated about a household on a day, who is on file, and finding people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from chunyu.accounts.acting import Acting
from chunyu.federation.models import path_end
from chunyu.privacy.fields import BlindIndexField, Sealed
from chunyu.privacy.masking import mask_name
from chunyu.registry import identity, names
from chunyu.registry.fact_names import FACT_NAMES, Kind
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.models import Cause, Fact, Household, Member, ProposedFact
from chunyu.wall.scope import beyond_scope

# A register's answer outweighs what an official saw, and that outweighs what the family said.
PRECEDENCE = {Fact.Source.DECLARED: 0, Fact.Source.VERIFIED: 1, Fact.Source.MATCHED: 2}
COLUMNS = {
    Kind.MONEY: "amount_fen",
    Kind.COUNT: "count",
    Kind.FLAG: "flag",
    Kind.CODE: "code",
    Kind.DAY: "day",
}

Value = int | bool | str | date


@dataclass(frozen=True)
class StatedFact:
    """A value with where it comes from. Money is in fen. `on` is the day it was stated."""

    value: Value
    source: str
    by: str
    on: date
    note: str = ""
    valid_from: date | None = None


@dataclass(frozen=True)
class MemberFacts:
    key: UUID
    name: str
    masked_name: str
    relation: str
    is_worker: bool
    facts: Mapping[str, StatedFact]
    statements: Mapping[str, tuple[StatedFact, ...]]


@dataclass(frozen=True)
class HouseholdFacts:
    """What holds on a day. A name that is missing from `facts` is unknown. `statements` keeps all that compete for a
    name, the one that holds first, so that "declared is not what was matched" can be shown."""

    household: UUID
    file_number: str
    day: date
    facts: Mapping[str, StatedFact]
    statements: Mapping[str, tuple[StatedFact, ...]]
    members: tuple[MemberFacts, ...]

    def disagreements(self) -> list[tuple[str | None, str]]:
        """Names (with the member's name, where it is about one) whose statements do not say the same."""
        found: list[tuple[str | None, str]] = [
            (None, name) for name, said in self.statements.items() if len({each.value for each in said}) > 1
        ]
        for member in self.members:
            found += [
                (member.name, name)
                for name, said in member.statements.items()
                if len({each.value for each in said}) > 1
            ]
        return found


def facts_on(household: Household, day: date, known_at: datetime | None = None) -> HouseholdFacts:
    """What is stated about one household as of `day`; with `known_at`, as it was known at that moment."""
    return facts_of_many([household], day, known_at)[household.pk]


def facts_of_many(
    households: Iterable[Household], day: date, known_at: datetime | None = None
) -> dict[UUID, HouseholdFacts]:
    """The same for many households, in three queries however many they are."""
    households = list(households)
    keys = [each.pk for each in households]
    members: dict[UUID, list[Member]] = {key: [] for key in keys}
    present = Member.objects.filter(household__in=keys, joined_on__lte=day).filter(
        Q(left_on__isnull=True) | Q(left_on__gt=day)
    )
    for member in present.defer("search_grams", "search_text").order_by("-is_worker", "relation", "birth_date", "pk"):
        members[member.household_id].append(member)
    stated = Fact.objects.filter(household__in=keys, valid_from__lte=day).standing(known_at).select_related("stated_by")
    about: dict[tuple[UUID, UUID | None], dict[str, list[Fact]]] = {}
    for fact in stated:
        about.setdefault((fact.household_id, fact.member_id), {}).setdefault(fact.name, []).append(fact)
    return {each.pk: _household_facts(each, day, members[each.pk], about) for each in households}


def declared_of_many(keys: Iterable[UUID], day: date) -> dict[UUID, dict[UUID | None, dict[str, Value]]]:
    """What families last declared as of `day`: household, then member (None: of the household), then fact. One query
    without a row object for each statement: an import compares a province with it."""
    names_of = ("household_id", "member_id", "name", "pk", *COLUMNS.values(), "sealed")
    rows = Fact.objects.filter(household__in=list(keys), source=Fact.Source.DECLARED, valid_from__lte=day).standing()
    found: dict[UUID, dict[UUID | None, dict[str, Value]]] = {}
    for household, member, name, key, *values, sealed in rows.order_by(
        "household_id", "valid_from", "stated_on", "recorded_at", "pk"
    ).values_list(*names_of):
        value = next((each for each in values if each is not None), None)
        if value is None:
            value = Sealed(f"{Fact._meta.db_table}:sealed:{key}", blob=bytes(sealed)).reveal()
        found.setdefault(household, {}).setdefault(member, {})[name] = value
    return found


def _household_facts(
    household: Household,
    day: date,
    members: list[Member],
    about: dict[tuple[UUID, UUID | None], dict[str, list[Fact]]],
) -> HouseholdFacts:
    statements = _with_form(
        _statements(about.get((household.pk, None), {})), "single_parent", household.single_parent, household.opened_on
    )
    people = []
    for member in members:
        said = _statements(about.get((household.pk, member.pk), {})) | _of_the_person(member)
        said = _with_form(said, "model_worker", member.model_worker or None, member.joined_on)
        people.append(
            MemberFacts(
                key=member.pk,
                name=member.name,
                masked_name=mask_name(member.name),
                relation=member.relation,
                is_worker=member.is_worker,
                facts={name: each[0] for name, each in said.items()},
                statements=said,
            )
        )
    return HouseholdFacts(
        household=household.pk,
        file_number=household.file_number,
        day=day,
        facts={name: each[0] for name, each in statements.items()},
        statements=statements,
        members=tuple(people),
    )


def _statements(by_name: dict[str, list[Fact]]) -> dict[str, tuple[StatedFact, ...]]:
    """The statements that compete for each name, best first: of every source only its latest."""
    return {name: tuple(_stated(fact) for fact in competing(facts)) for name, facts in by_name.items()}


def competing(facts: Iterable[Fact]) -> list[Fact]:
    """Of statements of one fact, those that compete, best first: of every source only its latest."""
    latest: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda each: (each.valid_from, each.stated_on, each.recorded_at, each.pk)):
        latest[fact.source] = fact
    return sorted(latest.values(), key=lambda each: -PRECEDENCE[Fact.Source(each.source)])


def _stated(fact: Fact) -> StatedFact:
    return StatedFact(
        value=value_of(fact),
        source=fact.source,
        by=fact.stated_by.full_name,
        on=fact.stated_on,
        note=fact.note,
        valid_from=fact.valid_from,
    )


def value_of(fact: Fact | ProposedFact) -> Value:
    meaning = FACT_NAMES[fact.name]
    return fact.sealed.reveal() if meaning.sealed else getattr(fact, COLUMNS[meaning.kind])


def _with_form(
    said: dict[str, tuple[StatedFact, ...]], name: str, answer: Value | None, since: date
) -> dict[str, tuple[StatedFact, ...]]:
    """The statements with what the archive form itself answers, where the family has not declared it anew since; an
    answer that the form leaves out is unknown."""
    known = said.get(name, ())
    if answer is None or any(each.source == Fact.Source.DECLARED for each in known):
        return said
    return said | {name: (*known, StatedFact(answer, Fact.Source.DECLARED, "", since))}


def _of_the_person(member: Member) -> dict[str, tuple[StatedFact, ...]]:
    """Birth date and relation stand on the person's own row: the ID number and the household register say them."""
    return {
        name: (StatedFact(value, Fact.Source.VERIFIED if name == "birth_date" else Fact.Source.DECLARED, "", since),)
        for name, value, since in (
            ("birth_date", member.birth_date, member.joined_on),
            ("relation", member.relation, member.joined_on),
        )
    }


def households_visible_to(acting: Acting) -> QuerySet[Household]:
    """The subtree's households, each with `worker_name`, `worker_pinyin`, `people` and its union at hand."""
    worker = Member.objects.filter(household=OuterRef("pk"), is_worker=True).order_by("left_on", "-joined_on")
    return (
        Household.objects.within(acting.path)
        .select_related("organisation")
        .annotate(
            worker_name=Subquery(worker.values("name")[:1]),
            worker_pinyin=Subquery(worker.values("name_pinyin")[:1]),
            people=Count("members", filter=Q(members__left_on__isnull=True)),
        )
    )


def with_people(households: QuerySet[Household]) -> QuerySet[Household]:
    """The people and causes of each, worker first, in two more queries."""
    return households.prefetch_related(
        Prefetch("members", Member.objects.order_by("-is_worker", "relation", "birth_date")),
        Prefetch("causes", Cause.objects.order_by("rank")),
    )


def find_by_id_number(text: str, *, within: str | None = None) -> Member | None:
    """The person of this ID number (any way of typing it) on an open file; `within` a path, else in all counties.

    What lies outside the reader's subtree may be told of only by its county."""
    try:
        number = identity.read(text)
    except identity.NotAnIdNumber:
        return None
    found = Member.objects.filter(
        id_number_index=BlindIndexField.of_value(number.text, ID_NUMBER), is_open=True
    ).select_related("household", "organisation__region", "organisation__parent")
    if within is not None:
        return found.filter(scope_path__gte=within, scope_path__lt=path_end(within)).first()
    with beyond_scope("duplicate-stop"):
        return found.first()


def county_name(member: Member) -> str:
    """What may be told to anybody about where a file lies."""
    county = member.organisation.county()
    return county.region.name if county else member.organisation.region.name


def search(acting: Acting, text: str) -> QuerySet[Household]:
    """Households of the subtree by a member's name, its pinyin or initials, the file number, or a whole ID number."""
    visible = households_visible_to(acting)
    bare, pairs = names.wanted(text)
    if not bare:
        return visible
    number = find_by_id_number(text, within=acting.path)
    if number is not None:
        return visible.filter(pk=number.household_id)
    people = (
        Member.objects.within(acting.path)
        .filter(search_grams__contains=pairs, search_text__contains=bare)
        .values("household")
    )
    matches = Q(pk__in=people)
    if bare.replace("-", "").isdigit():
        matches |= Q(file_number__contains=bare)
    return visible.filter(matches)
