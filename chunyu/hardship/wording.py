"""The rulebook's own words for what this room shows: programmes, categories, facts that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chunyu.hardship.models import Category
from chunyu.hardship.reading import Reading
from chunyu.policy import Why
from chunyu.policy.decision import Missing
from chunyu.policy.pack import Label
from chunyu.rulebooks.in_force import pack_on

# How a category is coloured: the deeper the need, the warmer; what nobody can decide is amber.
TONES = {
    Category.DEEP: "seal",
    Category.RELATIVE: "sky",
    Category.ACCIDENTAL: "seal",
    Category.NONE: "plain",
    Category.UNKNOWN: "amber",
}


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


def programme_label(code: str, day: date, tongue: str | None = None) -> str:
    programme = pack_on(day).programmes.get(code)
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


def fact_label(name: str, day: date) -> str:
    """A fact's or parameter's label by its bare name, for counts over many households."""
    pack = pack_on(day)
    for entity in ("household", "member"):
        if (entity, name) in pack.facts:
            return pack.facts[entity, name].label(language())
    return pack.parameters[name].label(language()) if name in pack.parameters else name
