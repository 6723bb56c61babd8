"""Whatever a pack's files or formulas contain, reading them ends in a pack or in a list of faults, never in a crash."""

from __future__ import annotations

import contextlib
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.policy import PackRefused, PolicyError, load_pack, read_pack
from chunyu.policy.case_file import CaseFileError, read_case
from chunyu.policy.loading import PACKS
from tests.policy.rulebooks import files, rule

SHIPPED = {
    str(path.relative_to(PACKS / "national-2021")): path.read_bytes()
    for path in sorted((PACKS / "national-2021").rglob("*"))
    if path.is_file()
}
NAMES = sorted(SHIPPED)
PACK = load_pack("national-2021")
WORDS = st.sampled_from(
    ["x", "a", "n", "member.pay", "member.flag", "and", "or", "not", "in", "if", "else", "(", ")", "[", "]", ",", "==",
     "<", "+", "-", "*", "/", "sum", "count", "min", "where=", "0", "12", "0.5", "'red'", "colour", "warm", "steps",
     "within", "scale", "lookup", "per_month", "age", "lambda", ":", "=", ".", "**", "解"]
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(string.printable, max_size=40))
def test_any_formula(text):
    with contextlib.suppress(PackRefused):
        read_pack(files(rule("test", text.replace("\\", "").replace("\r", " "), "flag")))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_to_a_file(data):
    name = data.draw(st.sampled_from(NAMES))
    lines = SHIPPED[name].decode().split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    damage = data.draw(st.sampled_from(["drop", "double", "empty", "number", "list", "text", "swap"]))
    head, _, tail = lines[at].partition("=")
    if damage == "drop":
        del lines[at]
    elif damage == "double":
        lines.insert(at, lines[at])
    elif damage == "swap":
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[at], lines[other] = lines[other], lines[at]
    elif tail:
        lines[at] = head + "= " + {"empty": '""', "number": "3", "list": "[1]", "text": '"何"'}[damage]
    with contextlib.suppress(PackRefused):
        read_pack({**SHIPPED, name: "\n".join(lines).encode()})


SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
FACT = st.sampled_from([fact.name for fact in PACK.facts.values()]) | st.text(max_size=5)


@settings(max_examples=120, deadline=None)
@given(
    JSON
    | st.fixed_dictionaries(
        {
            "household": st.dictionaries(FACT, JSON, max_size=3) | JSON,
            "members": st.lists(st.dictionaries(FACT, JSON, max_size=3) | JSON, max_size=2) | JSON,
        },
        optional={"signed_application": JSON, "regions": JSON, "name": JSON},
    )
)
def test_any_household_file(data):
    with contextlib.suppress(CaseFileError, PolicyError):
        read_case(PACK, data)
