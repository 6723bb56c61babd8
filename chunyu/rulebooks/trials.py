"""Trying a rulebook on named households: its own examples, and the tests that staff wrote.

A test fails when an answer is not the expected one. Each such difference is put right in the rules or in the test, or
accepted by name with a reason; until then the version is not submitted and not approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import paths_above
from chunyu.policy import Determination, Pack, PolicyError, Problem
from chunyu.policy.examples import Difference, ExampleResult, decide_example, run_examples
from chunyu.policy.pack import Example
from chunyu.policy.reading_examples import read_examples
from chunyu.policy.wording import with_unit
from chunyu.rulebooks.models import AcceptedDifference, RulebookVersion, StaffTest
from chunyu.rulebooks.words import tongue

Origin = Literal["example", "staff"]


@dataclass(frozen=True)
class Trial:
    """One named household under a rulebook. `differences` are of the reader's language, `telling` the same in Chinese,
    in the same order."""

    example: Example
    origin: Origin
    error: str
    differences: tuple[Difference, ...]
    telling: tuple[Difference, ...]
    test: StaffTest | None = None

    @property
    def name(self) -> str:
        return self.example.name

    @property
    def holds(self) -> bool:
        return not self.differences and not self.error


def read_test(text: str, subject: str) -> Example:
    """The one household (or union) of a staff test; Refusal with what is wrong and where."""
    problems: list[Problem] = []
    found = list(read_examples("test", text.replace("\r\n", "\n").encode(), subject, problems))
    if problems:
        raise Refusal("; ".join(problem.sentence(tongue()) for problem in problems), code="test_unreadable")
    if len(found) != 1:
        raise Refusal(_("A test holds exactly one household: begin it with “- name:”."), code="test_unreadable")
    return found[0]


def standing_tests(acting: Acting, pack: str) -> list[StaffTest]:
    """The tests of a rulebook that stand within the post's subtree and at the organisations above it."""
    within = StaffTest.objects.within(acting.path).filter(pack=pack, retired_on__isnull=True)
    higher = StaffTest.objects.filter(scope_path__in=paths_above(acting.path), pack=pack, retired_on__isnull=True)
    return list((within | higher).distinct().select_related("organisation", "written_by__user").order_by("name", "pk"))


def try_pack(pack: Pack, tests: Iterable[StaffTest], language: str) -> list[Trial]:
    """Every example and staff test under a rulebook."""
    own = _own_trials(pack, language)
    return [*own, *(_trial(pack, read_test(test.text, pack.subject), "staff", language, test) for test in tests)]


@lru_cache(maxsize=16)
def _own_trials(pack: Pack, language: str) -> tuple[Trial, ...]:
    """The rulebook's own examples; of one content they come out the same for good."""
    return tuple(_trial(pack, example, "example", language) for example in pack.examples)


def _trial(pack: Pack, example: Example, origin: Origin, language: str, test: StaffTest | None = None) -> Trial:
    telling = _result(pack, example, "zh")
    shown = telling if language == "zh" else _result(pack, example, language)
    error = shown.error.sentence(language) if shown.error else ""
    return Trial(example, origin, error, shown.differences, telling.differences, test)


def _result(pack: Pack, example: Example, language: str) -> ExampleResult:
    return next(run_examples(replace(pack, examples=(example,)), language))


def open_differences(version: RulebookVersion, trials: Iterable[Trial]) -> list[tuple[Trial, Difference | None]]:
    """What still stands in the way of a version: differences that nobody accepted, and tests that cannot be decided
    (None)."""
    accepted = set(
        AcceptedDifference.objects.filter(version=version).values_list("test", "aspect", "expected", "found")
    )
    left: list[tuple[Trial, Difference | None]] = []
    for trial in trials:
        if trial.error:
            left.append((trial, None))
        for shown, told in zip(trial.differences, trial.telling, strict=True):
            if (trial.name, told.code, told.expected, told.found) not in accepted:
                left.append((trial, shown))
    return left


# -- before and after ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """An answer that is not what it was: `label` of the answer, before and after as words."""

    label: str
    before: str
    after: str
    rule: str


@dataclass(frozen=True)
class Comparison:
    """One household under two rulebooks. `error` when one of them cannot decide it."""

    example: Example
    before: Determination | None
    after: Determination | None
    changes: tuple[Changed, ...]
    error: str = ""


@lru_cache(maxsize=8)
def compare_examples(before: Pack, after: Pack, language: str, on: date | None = None) -> Mapping[str, Comparison]:
    """Every example of the later rulebook under both, by its name."""
    return {example.name: compare(before, after, example, language, on) for example in after.examples}


def compare(before: Pack, after: Pack, example: Example, language: str, on: date | None = None) -> Comparison:
    """The household under both, on its own day or on another."""
    if on is not None:
        example = replace(example, on=on)
    decided: list[Determination | None] = []
    errors = []
    for pack in (before, after):
        try:
            decided.append(decide_example(pack, example))
        except PolicyError as error:
            decided.append(None)
            errors.append(error.sentence(language))
    one, other = decided
    changes = tuple(_changes(one, other, language)) if one is not None and other is not None else ()
    return Comparison(example, one, other, changes, " ".join(errors))


def _changes(before: Determination, after: Determination, language: str) -> Iterable[Changed]:
    for role in ("category", "figure"):
        names = [getattr(each.pack.roles, role) for each in (before, after)]
        rules = [each.pack.rules["household", name] for each, name in zip((before, after), names, strict=True)]
        values = [each.values[name] for each, name in zip((before, after), names, strict=True)]
        if values[0] != values[1]:
            words = [with_unit(v, rule.type, rule.values, language) for v, rule in zip(values, rules, strict=True)]
            yield Changed(rules[1].label(language), words[0], words[1], names[1])
    for code in dict.fromkeys((*before.pack.programmes, *after.pack.programmes)):
        words = [_programme_words(each, code, language) for each in (before, after)]
        if words[0] != words[1]:
            holder = after if code in after.pack.programmes else before
            yield Changed(holder.pack.programmes[code].label(language), words[0], words[1], code)


def _programme_words(determination: Determination, code: str, language: str) -> str:
    programme = determination.pack.programmes.get(code)
    if programme is None:
        return _("there is no such programme")
    result = determination.programmes[code]
    if result.entitled is False:
        return _("not entitled")
    if result.entitled is None or result.amount_fen is None:
        return _("not known")
    if programme.amount is None:
        return programme.gives(language) if programme.gives else _("entitled")
    rule = determination.pack.rules["household", programme.amount]
    return with_unit(result.amount_fen, rule.type, {}, language)
