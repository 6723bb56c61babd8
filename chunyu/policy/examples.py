"""Running the worked examples of a pack: each is a test, and reads as documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chunyu.policy.case_file import read_case
from chunyu.policy.decision import Determination, decide
from chunyu.policy.kinds import Kind, Type, Value, value_from_text
from chunyu.policy.pack import Example, Pack
from chunyu.policy.problems import PolicyError
from chunyu.policy.wording import with_unit


@dataclass(frozen=True)
class Difference:
    """One expectation that did not come out: what was looked at, expected and found, as words. `code` is the rule,
    ``programmes.CODE``, or the list that was looked at, whatever the language.
    """

    what: str
    expected: str
    found: str
    code: str = ""


@dataclass(frozen=True)
class ExampleResult:
    """How an example came out; `error` when it could not be decided at all."""

    example: Example
    differences: tuple[Difference, ...] = ()
    error: PolicyError | None = None

    @property
    def holds(self) -> bool:
        return not self.differences and self.error is None


def decide_example(pack: Pack, example: Example) -> Determination:
    """The example's case under the pack, with the parameter values that the example replaces."""
    if example.parameters:
        pack = pack.replacing(example.parameters, f"示例“{example.name}”")
    case, _ = read_case(pack, dict(example.case))
    return decide(pack, case, example.on, example.regions)


def run_examples(pack: Pack, language: str = "zh") -> Iterator[ExampleResult]:
    for example in pack.examples:
        try:
            determination = decide_example(pack, example)
            differences = tuple(_differences(determination, example, language))
        except PolicyError as error:
            yield ExampleResult(example, error=error)
        else:
            yield ExampleResult(example, differences)


def _differences(d: Determination, example: Example, language: str) -> Iterator[Difference]:
    for what, expected in example.expect.items():
        if what == "programmes":
            for code, wanted in expected.items():
                yield from _programme(d, code, wanted, language)
        elif what == "failed":
            yield from _failed(d, expected)
        elif what in ("unknown", "excluded_by", "notices"):
            yield from _names(d, what, expected)
        else:
            yield from _rule(d, what, expected, language)


def _rule(d: Determination, name: str, expected: object, language: str) -> Iterator[Difference]:
    rule = d.pack.rules.get(("household", name))
    if rule is None:
        raise PolicyError(f"expect：没有名为“{name}”的规则", f'expect: there is no rule "{name}"')
    wanted, found = _expected(expected, rule.type, name), d.values[name]
    if wanted != found:
        words = [with_unit(value, rule.type, rule.values, language) for value in (wanted, found)]
        yield Difference(rule.label(language), words[0], words[1], name)


def _expected(written: object, type_: Type, name: str) -> Value:
    if written == "unknown":
        return None
    text = ("yes" if written else "no") if isinstance(written, bool) else str(written)
    try:
        return text if type_.kind is Kind.CODE else value_from_text(text, type_)
    except ValueError:
        raise PolicyError(f"expect.{name}：“{text}”读不懂", f'expect.{name}: "{text}" cannot be read') from None


def _programme(d: Determination, code: str, wanted: object, language: str) -> Iterator[Difference]:
    programme = d.pack.programmes.get(code)
    if programme is None:
        raise PolicyError(f"expect：没有名为“{code}”的项目", f'expect: there is no programme "{code}"')
    result = d.programmes[code]
    money = d.pack.rules["household", programme.amount].type if programme.amount else Type(Kind.MONEY)
    shown = with_unit(result.amount_fen, money, {}, language) if programme.amount else "yes"
    found = {True: shown, False: "no", None: "unknown"}[result.entitled]
    if isinstance(wanted, bool) or wanted in ("yes", "no", "unknown"):
        expected = wanted if isinstance(wanted, str) else "yes" if wanted else "no"
    else:
        expected = with_unit(_expected(wanted, money, code), money, {}, language)
    if found != expected:
        yield Difference(programme.label(language), expected, found, f"programmes.{code}")


def _names(d: Determination, what: str, expected: list[str]) -> Iterator[Difference]:
    found = {
        "unknown": [m.name for m in d.unknown],
        "excluded_by": [name for name, state in d.exclusions.items() if state == "hit"],
        "notices": list(d.notices),
    }[what]
    if sorted(found) != sorted(expected):
        yield Difference(what, ", ".join(sorted(expected)) or "–", ", ".join(sorted(found)) or "–", what)


def _failed(d: Determination, expected: list[str]) -> Iterator[Difference]:
    """All failed conditions of the programmes that are named (`living.on_file`); the others have no say."""
    named = {each.partition(".")[0] for each in expected}
    found = sorted(f"{code}.{f.code}" for code in named & set(d.programmes) for f in d.programmes[code].failed)
    if found != sorted(expected):
        yield Difference("failed", ", ".join(sorted(expected)) or "–", ", ".join(found) or "–", "failed")
