"""What the household's page shows, put together from the registry, the rules, the cases and the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework.queries import known_to
from chunyu.casework.shown import stages
from chunyu.casework.standing import Standing
from chunyu.hardship.actions import Already, application_refusals, asked_already
from chunyu.hardship.deciding import category_of
from chunyu.hardship.finding import queries as found
from chunyu.hardship.finding.wording import KIND_TONES, STATE_LABELS
from chunyu.hardship.models import Decision
from chunyu.hardship.process import ENTERING
from chunyu.hardship.reading import Reading, read, read_again
from chunyu.hardship.wording import category_tone, category_word, language, programme_label, shown, unknown_sentences
from chunyu.ledger.traces import household_ledger
from chunyu.policy import Change, Determination, ProgrammeResult, explain, missing_documents, nearest_changes, why_not
from chunyu.policy.kinds import FLAG
from chunyu.policy.wording import with_unit
from chunyu.registry import codes
from chunyu.registry.consent.queries import of_household
from chunyu.registry.consent.tables import Purpose
from chunyu.registry.fact_names import FACT_NAMES, OF_THE_PERSON
from chunyu.registry.groups import STATED, Group, groups_of
from chunyu.registry.models import Fact, Household
from chunyu.registry.queries import HouseholdFacts
from chunyu.rulebooks.in_force import eras_of
from chunyu.ui.pages import Action

SOURCES = dict(Fact.Source.choices)
# No rulebook asks for them, and they are shown beside what it asks for, with their source and day.
GROUP_FACTS = frozenset(group.value for group in STATED)


def as_of(asked: str, today: date) -> date:
    """The day whose rules the reader asks for; today for none, for nonsense and for a day to come."""
    try:
        return min(date.fromisoformat(asked), today)
    except ValueError:
        return today


def contents(
    household: Household, acting: Acting, day: date, under: str = "", decision: Decision | None = None
) -> dict[str, Any]:
    """Everything the template shows: as of a day, or as a decision was made. `under` names a rulebook of another era
    that the same facts are read under; no decision is made by reading. `no_rules` is the sentence when no rulebook was
    in force on the day."""
    if decision is not None:
        day, under = decision.day, ""
    eras = eras_of(household.organisation, acting.day)
    rules_of = next((last for pack, last in eras if pack.id == under), None)
    shared = {
        "decision": decision,
        "household": household,
        "day": day,
        "category": None,
        "eras": [
            {
                "label": pack.title(language()),
                "id": pack.id,
                "current": pack.id == under,
                "in_force": last == acting.day,
            }
            for pack, last in eras
        ],
        "other_era": rules_of is not None and rules_of != acting.day,
        "today": acting.day,
        "members": members(household, day),
        "cases": cases(household, acting),
        "ledger": household_ledger(household),
        "timeline": timeline(household),
        "consent": of_household(household, Purpose.MATCHING),
        "findings": findings(household, acting),
        "no_rules": "",
    }
    try:
        reading = read_again(decision) if decision else read(household, day, rules_of=rules_of)
    except Refusal as refusal:
        return shared | {"no_rules": str(refusal)}
    determination, category = reading.determination, category_of(reading.determination)
    change = worth_saying(determination)
    may_ask = acting if rules_of is None and acting.role in ENTERING else None
    already = asked_already(household, acting.day) if may_ask else None
    return shared | {
        "category": category_word(category, determination.pack.id),
        "tone": category_tone(category, determination.pack),
        "rulebook": determination.pack.title(language()),
        "version": determination.pack.version,
        "why": [shown(explain(determination, determination.pack.roles.category, language()))],
        "unknown": unknown_sentences(reading, determination.unknown),
        "change": change.sentence if change else "",
        **by_answer([programme(reading, each, may_ask, already) for each in determination.programmes.values()]),
        "facts": stated(reading.facts, reading),
        "differs": bool(determination.notices),
    }


def worth_saying(determination: Determination) -> Change | None:
    """The change that tells the reader most: of the net income per head where it decides, else of a number, and only
    then of a yes or no (nobody is advised to buy a company)."""
    order = {"figure": 0, "fact": 1}
    changes = nearest_changes(determination, None, language())
    return min(changes, key=lambda each: (isinstance(each.after, bool), order[each.kind], each.size), default=None)


def by_answer(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the family receives or may receive, what it may ask for when the need is there, and what does not apply."""
    return {
        "programmes": [row for row in rows if row["entitled"] or (row["entitled"] is None and not row["on_request"])],
        "on_request": [row for row in rows if row["entitled"] is None and row["on_request"]],
        "not_for_them": [row for row in rows if row["entitled"] is False],
    }


def programme(
    reading: Reading, result: ProgrammeResult, acting: Acting | None, already: Already | None
) -> dict[str, Any]:
    """One row of what the family could receive: amount, reasons, and the button to apply or why it is not there; no
    button without `acting`: for who may not enter applications, and under the rules of another era."""
    household, code = reading.household, result.programme.code
    explanation = explain(reading.determination, code, language())
    action = None
    if acting is not None:
        barred = application_refusals(household, result.programme, acting.day, already)
        address = reverse("hardship:apply", args=[household.pk, code])
        refusal = " ".join(str(each) for each in barred)
        style = "primary" if result.entitled else "plain"
        action = Action.judged(_("Apply"), address, refusal or None, style, name=code)
    return {
        "label": result.programme.label(language()),
        "for_whom": result.programme.for_whom(language()),
        "entitled": result.entitled,
        "on_request": result.programme.on_request,
        "gives": result.programme.gives(language()) if result.programme.gives else "",
        "amount_fen": result.amount_fen,
        "why": [shown(explanation)],
        "why_not": [each.sentence for each in why_not(reading.determination, code, language())]
        if result.entitled is False
        else [],
        "unknown": unknown_sentences(reading, result.unknown),
        "action": action,
    }


def why_of(household: Household, code: str, day: date) -> list[dict[str, Any]]:
    """Why a household is entitled to a programme or not, as the page's why-tree takes it."""
    return [shown(explain(read(household, day).determination, code, language()))]


def before_applying(household: Household, code: str, day: date) -> dict[str, Any]:
    """What the family should know before it asks: the amount or why not, what is unknown, and the papers to bring."""
    reading = read(household, day)
    result = reading.determination.programmes[code]
    labels = {paper.code: paper.label(language()) for paper in result.programme.documents}
    needed = missing_documents(reading.determination, code)
    return {
        "result": result,
        "gives": result.programme.gives(language()) if result.programme.gives else "",
        "why_not": [each.sentence for each in why_not(reading.determination, code, language())]
        if result.entitled is False
        else [],
        "unknown": unknown_sentences(reading, result.unknown),
        "papers": [labels[paper] for paper, certain in needed if certain],
        "perhaps": [labels[paper] for paper, certain in needed if not certain],
        "for_whom": result.programme.for_whom(language()),
    }


def members(household: Household, day: date) -> list[dict[str, Any]]:
    rows = []
    found = list(household.members.filter(left_on__isnull=True).order_by("-is_worker", "relation", "birth_date"))
    groups = groups_of([member.pk for member in found], day)
    for member in found:
        years = day.year - member.birth_date.year
        if (day.month, day.day) < (member.birth_date.month, member.birth_date.day):
            years -= 1
        rows.append(
            {
                "name": member.name,
                "relation": codes.RELATION.label(member.relation),
                "sex": codes.SEX.label(member.sex),
                "age": max(years, 0),
                "id_number": member.id_number.reveal(),
                "unit": member.school_or_unit,
                "groups": [group.label for group in Group if group in groups[member.pk]],
            }
        )
    return rows


def stated(facts: HouseholdFacts, reading: Reading) -> list[dict[str, Any]]:
    """Every fact on file with who stated it, and the statements that it competes with."""
    pack = reading.determination.pack
    rows = []
    about = [("household", "", facts.statements)]
    about += [("member", member.name, member.statements) for member in facts.members]
    for entity, name, statements in about:
        for fact_name, said in statements.items():
            fact = pack.facts.get((entity, fact_name))
            if fact_name in OF_THE_PERSON or (fact is None and fact_name not in GROUP_FACTS):
                continue
            label = fact.label(language()) if fact else str(FACT_NAMES[fact_name].label)
            rows.append(
                {
                    "label": _("%(person)s: %(fact)s") % {"person": name, "fact": label} if name else label,
                    "differs": len({each.value for each in said}) > 1,
                    "statements": [
                        {
                            "value": with_unit(
                                each.value, fact.type if fact else FLAG, fact.values if fact else {}, language()
                            ),
                            "source": SOURCES.get(each.source, each.source),
                            "by": each.by,
                            "on": each.on,
                            "note": each.note,
                        }
                        for each in said
                    ],
                }
            )
    return rows


def cases(household: Household, acting: Acting) -> list[dict[str, Any]]:
    """The household's cases that this post knows of, open ones first, each with its stage bar."""
    rows = known_to(acting).filter(household=household).order_by("closed_on", "-number")
    return [{"case": case, "stages": stages(Standing(case, acting.day), "")} for case in rows]


def findings(household: Household, acting: Acting) -> list[dict[str, Any]]:
    """What the runs found of this household and what still stands."""
    return [
        {
            "label": programme_label(each.programme, household.organisation, acting.day),
            "kind": each.get_kind_display(),
            "tone": KIND_TONES[each.kind],
            "amount_fen": each.amount_fen,
            "state": STATE_LABELS[found.state_of(each)],
            "url": reverse("hardship:finding-one", args=[each.pk]),
        }
        for each in found.of_household(acting, household)
    ]


def timeline(household: Household) -> list[dict[str, Any]]:
    """Decisions of the rules, newest first, each only where it changed something."""
    return [
        {
            "sentence": _("Decided: %(category)s") % {"category": category_word(decision.category, decision.pack)},
            "time": decision.known_at,
            "who": decision.by.user.full_name,
            "note": decision.version[:12],
            "url": reverse("hardship:household", args=[household.pk]) + f"?decision={decision.pk}#why",
        }
        for decision in household.decisions.select_related("by__user").order_by("-known_at")[:12]
    ]
