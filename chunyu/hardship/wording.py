"""The rulebook's own words for what this room shows: programmes, categories, facts that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chunyu.federation.models import Organisation
from chunyu.hardship.models import UNKNOWN
from chunyu.hardship.reading import Reading
from chunyu.policy import Pack, Why
from chunyu.policy.decision import Missing
from chunyu.policy.pack import HOUSEHOLD, Label
from chunyu.rulebooks.in_force import every_pack, rulebook_of

# How the categories on file are coloured, in the order of their pack: the gravest first.
TONES = ("seal", "sky", "seal")


def language() -> str:
    """The rulebook's language code for the reader's language."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def shown(why: Why, depth: int = 0) -> dict[str, Any]:
    """A step of an explanation as the page's why-tree takes it: two floors open, the working beneath the sentence."""
    sources = [{"text": why.working}] if why.working else []
    return {
        "sentence": why.sentence,
        "status": why.status,
        "value": why.value,
        "sources": sources + [{"text": line.text, "status": ""} for line in why.sources],
        "children": [shown(child, depth + 1) for child in why.children],
        "open": depth < 2,
    }


def in_own_words(label: Label) -> Promise:
    """A rulebook's label as a lazy text in whatever language it is read."""
    return lazy(lambda: label(language()), str)()


def undecided() -> str:
    return _("cannot be decided yet")


def category_word(code: str, pack: str) -> str:
    """A category in the words of the pack (by its id) that decided it."""
    if code == UNKNOWN:
        return undecided()
    found = (each for each in every_pack() if each.id == pack)
    return next((each.category_label(code, language()) for each in found), code)


def category_tone(code: str, pack: Pack | str) -> str:
    """Its colour: what nobody can decide is amber, what is no hardship plain."""
    if code == UNKNOWN:
        return "amber"
    found = pack if isinstance(pack, Pack) else next((each for each in every_pack() if each.id == pack), None)
    if found is None or code not in found.on_file_categories:
        return "plain"
    on_file = [each for each in found.categories if each in found.on_file_categories]
    return TONES[on_file.index(code) % len(TONES)]


@dataclass(frozen=True)
class CategoryWords:
    """One answer that the rules can give, for lists and figures over many households."""

    code: str
    label: str
    tone: str
    in_hardship: bool | None


def categories_on(day: date) -> list[CategoryWords]:
    """The categories of every rulebook in force on a day, wherever it holds, and last that nobody can decide; of
    several rulebooks the newest one's words count."""
    found: dict[str, CategoryWords] = {}
    for pack in every_pack():
        for code, label in pack.categories.items() if pack.subject == HOUSEHOLD and pack.in_force(day) else ():
            words = CategoryWords(code, label(language()), category_tone(code, pack), code in pack.on_file_categories)
            found.setdefault(code, words)
    return [*found.values(), CategoryWords(UNKNOWN, undecided(), "amber", None)]


def programme_label(code: str, organisation: Organisation, day: date, tongue: str | None = None) -> str:
    programme = rulebook_of(organisation, day).programmes.get(code)
    return programme.label(tongue or language()) if programme else code


def unknown_sentences(reading: Reading, missing: Iterable[Missing]) -> list[str]:
    """What nobody has stated, each with the person it is about."""
    pack, members = reading.determination.pack, reading.facts.members
    said = []
    for each in missing:
        if each.kind == "parameter":
            said.append(pack.parameters[each.name].label(language()))
            continue
        label = pack.facts[each.kind, each.name].label(language())
        if each.member is not None:
            label = _("%(person)s: %(fact)s") % {"person": members[each.member].name, "fact": label}
        said.append(label)
    return list(dict.fromkeys(said))


def fact_label(name: str) -> str:
    """A fact's or parameter's label by its bare name, for counts over many households; the newest rulebook's words."""
    for pack in every_pack():
        for entity in ("household", "member"):
            if (entity, name) in pack.facts:
                return pack.facts[entity, name].label(language())
        if name in pack.parameters:
            return pack.parameters[name].label(language())
    return name
