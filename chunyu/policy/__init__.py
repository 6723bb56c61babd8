"""Rules as data: read a pack, decide a case, explain the decision. Pure Python: no database, no clock.

What other rooms call, and what stays stable:

``load_pack(path_or_name) -> Pack``
    Reads and checks a rulebook; `Pack.digest` is the version to store with a decision, `Pack.version` the
    short one for people. Raises `PackRefused` with every fault (file, line, sentence).
``installed_packs() -> tuple[Pack, ...]``
    Every rulebook of this installation, the newest first.
``pack_in_force(packs, on, regions) -> Pack | None``
    The one that holds at a place on a day: a region's own before the national one.
``Case(household, members, name)``, ``Member(facts, name)``, ``Stated(value, source, by, on, note)``
    What is known, who stated it ("declared", "verified", "matched") and when. An absent fact is unknown. A
    fact may have a tuple of statements: matched counts before verified before declared. Money in fen.
``with_declarations(pack, case, by, on) -> Case``
    Adds what a *signed* application declares (no company, no refusal, ...), where nothing is stated.
``decide(pack, case, on, regions) -> Determination``
    `regions` is the chain of codes, nearest first. `.category` (code or None), `.settled`, `.unknown`,
    `.in_hardship`, `.values`, `.member_values`, `.exclusions` (hit/clear/unknown), `.notices`, `.programmes[code]` with
    `.entitled`, `.amount_fen`, `.failed`, `.unknown`, and `.settings` (the parameters in force).
``explain(determination, rule_or_programme, language) -> Why``; ``why_not(determination,
programme_or_category)``
    Trees of sentences with numbers, sources and statements, in "zh" or "en".
``nearest_change(determination, programme=None, language) -> Change | None``
    The smallest single change that alters the category, or the entitlement to a programme; always re-decided.
``missing_documents(determination, programme, held)``
    Codes of documents still to be brought.

A user's mistake raises a `PolicyError`, whose `sentence(language)` is fit to show.
"""

from chunyu.policy.cases import Case, CaseError, Member, Stated, with_declarations
from chunyu.policy.changes import Change, nearest_change, nearest_changes
from chunyu.policy.decision import (
    Determination,
    FailedCondition,
    Missing,
    ProgrammeResult,
    decide,
    missing_documents,
)
from chunyu.policy.explanation import SourceLine, Why, explain, why_not
from chunyu.policy.loading import installed_packs, load_pack, read_pack
from chunyu.policy.pack import Pack, pack_in_force
from chunyu.policy.problems import PackRefused, PolicyError, Problem

__all__ = [
    "Case",
    "CaseError",
    "Change",
    "Determination",
    "FailedCondition",
    "Member",
    "Missing",
    "Pack",
    "PackRefused",
    "PolicyError",
    "Problem",
    "ProgrammeResult",
    "SourceLine",
    "Stated",
    "Why",
    "decide",
    "explain",
    "installed_packs",
    "load_pack",
    "missing_documents",
    "nearest_change",
    "nearest_changes",
    "pack_in_force",
    "read_pack",
    "why_not",
    "with_declarations",
]
