"""Rulebooks made to harm: whatever they hold neither runs nor hangs, and is refused in words in less than a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chunyu.policy import PackRefused, explain, read_pack
from tests.policy.rulebooks import VALUES, decided, files, pack_with, rule

Files = dict[str, bytes]
SECONDS = 1.0


def formula(text: str) -> Files:
    return files(rule("test", text, "flag"))


def examples(text: str) -> Files:
    return files(**{"examples/x.yaml": text})


def laughs(first: str, levels: int = 12) -> str:
    """Lists of nine references each, level upon level."""
    names = "abcdefghijklmnopqrstuvwxyz"
    rows = (f"- &{names[i]} [{','.join(['*' + names[i - 1]] * 9)}]\n" for i in range(1, levels))
    return f"- &a [{first}]\n" + "".join(rows)


def many_cases() -> Files:
    cases = "".join(f'{{ when = "x < line and n > {i}", then = "dark" }},\n' for i in range(2000))
    return files(
        '[household.shade]\nlabel = "色"\nlabel_en = "shade"\ntype = "code"\n'
        f'cases = [\n{cases}]\notherwise = "light"\n'
        'source = "测试"\nvalues = { dark = ["深", "dark"], light = ["浅", "light"] }\n'
    )


HOSTILE: dict[str, tuple[Callable[[], Files], str]] = {
    "attributes": (lambda: formula("().__class__.__mro__[1].__subclasses__()"), "not_allowed"),
    "a call of the system": (lambda: formula("__import__('os').system('touch /tmp/owned')"), "not_allowed"),
    "eval": (lambda: formula("eval('1')"), "unknown_function"),
    "a tower of powers": (lambda: formula("9**9**9**9**9 > n"), "not_allowed"),
    "a number of thousands of digits": (lambda: formula("n > " + "9" * 3900), "number"),
    "a number of a billion digits": (lambda: formula("n > 1e999999999"), "number"),
    "brackets in brackets": (lambda: formula("(" * 1900 + "a" + ")" * 1900), "syntax"),
    "signs upon signs": (lambda: formula("-" * 3900 + "n > n"), "syntax"),
    "a product of hundreds": (lambda: formula("*".join(["999999999"] * 390) + "*y > x"), "syntax"),
    "ten megabytes of formula": (lambda: formula("a and " * 1_700_000 + "a"), "file_too_large"),
    "ten megabytes of remarks": (lambda: files("# " + "x" * 10_000_000), "file_too_large"),
    "ten megabytes of values": (
        lambda: files(values=VALUES + "line,x,2021-01-01,,1,测试\n" * 400_000),
        "file_too_large",
    ),
    "ten megabytes of examples": (lambda: examples("- a\n" * 2_500_000), "file_too_large"),
    "thousands of files": (lambda: files(**{f"rules/{i}.toml": "" for i in range(2000)}), "too_many_files"),
    "a fault in every one of many rules": (
        lambda: files("".join(rule(f"household_{i}_income", f"househald_{i}_incom > n", "flag") for i in range(900))),
        "unknown_name",
    ),
    "a chain of rules": (
        lambda: files("".join(rule(f"r{i}", f"r{i + 1}" if i < 899 else "a", "flag") for i in range(900))),
        "tree_too_deep",
    ),
    "thousands of rules": (
        lambda: files(
            "".join(
                f"[household.r{i}]\nlabel='a'\nlabel_en='b'\ntype='flag'\nformula='a'\nsource='s'\n"
                for i in range(3000)
            )
        ),
        "too_many_rules",
    ),
    "thousands of cases": (many_cases, "too_many_cases"),
    "a laugh of references": (lambda: examples(laughs("l,l,l,l,l,l,l,l,l")), "yaml_form"),
    "a reference to itself": (lambda: examples("- &a [*a]\n"), "yaml_form"),
    "a merge of itself": (lambda: examples("- &a {<<: *a, x: 1}\n"), "yaml_form"),
    "a Python object": (lambda: examples("- !!python/object/apply:os.system ['touch /tmp/owned']\n"), "yaml_form"),
    "lists in lists (YAML)": (lambda: examples("- " + "[" * 100_000 + "]" * 100_000), "nested_too_deep"),
    "lists in lists (TOML)": (lambda: files("z = " + "[" * 50_000 + "]" * 50_000), "nested_too_deep"),
    "tables in tables": (lambda: files("z = " + "{a=" * 20_000 + "1" + "}" * 20_000), "nested_too_deep"),
    "a key of thousands of parts": (lambda: files(".".join("a" * 20_000) + " = 1"), "nested_too_deep"),
    "a header of thousands of parts": (
        lambda: files("[" + ".".join(f"a{i}" for i in range(20_000)) + "]\nx = 1\n"),
        "nested_too_deep",
    ),
    "a word of hundreds of thousands of letters": (lambda: files("a" * 290_000), "toml"),
    "a whole number without end": (lambda: files("x = " + "9" * 100_000), "toml"),
    "a value without end": (lambda: files(values=VALUES.replace("5000,", "9" * 100_000 + ",")), "bad_value"),
    "a value of a billion digits": (lambda: files(values=VALUES.replace("5000,", "1e999999999,")), "bad_value"),
    "a value of a million digits": (lambda: files(values=VALUES.replace("5000,", "1e1000000,")), "bad_value"),
    "a unit of thousands of parts": (
        lambda: files(rule("test", "x", "money", "yuan" + "*yuan" * 20_000)),
        "money_unit",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_at_once(name):
    make, code = HOSTILE[name]
    made = make()
    started = time.process_time()
    with pytest.raises(PackRefused) as refused:
        read_pack(made)
    seconds = time.process_time() - started
    assert code in {problem.code for problem in refused.value.problems}
    assert seconds < SECONDS
    for language in ("zh", "en"):
        for problem in refused.value.problems[:20]:
            assert len(problem.sentence(language)) < 700, "a sentence is for people"


def test_rules_that_double_at_each_step_are_asked_once_each():
    """Two to the sixtieth ways lead from the first rule to the fact: each rule is worked out and told of once."""
    rules = (rule(f"r{i}", f"r{i + 1} + r{i + 1}" if i < 60 else "x", "money", "yuan/year") for i in range(61))
    started = time.process_time()
    determination = decided(pack_with("".join(rules)))
    assert [missing.name for missing in determination.unknown_of("r0")] == ["x"]
    assert explain(determination, "r0", "zh").children
    assert time.process_time() - started < SECONDS


def test_the_deepest_tree_that_is_let_in_can_be_decided_and_explained():
    rules = "".join(rule(f"r{i}", f"r{i + 1}" if i < 149 else "a", "flag") for i in range(150))
    determination = decided(pack_with(rules), a=True)
    assert determination.values["r0"] is True
    assert explain(determination, "r0", "en").value == "yes"


def test_thousands_of_counties_are_no_harm():
    """The living standards of every county of the country: as large as a rulebook may well be."""
    rows = "".join(f"line,r{i},2021-01-01,,5000,测试\n" for i in range(3000))
    started = time.process_time()
    pack = read_pack(files(values=VALUES + rows))
    assert len(pack.parameters["line"].settings) == 3003
    assert time.process_time() - started < SECONDS
