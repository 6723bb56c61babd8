"""The specification as a page for people who write packs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.policy.rulebooks import FACTS, PARAMETERS, VALUES
from tests.policy.spec.chapters import CHAPTERS
from tests.policy.spec.refusals import REFUSALS, WORDS, Refused
from tests.policy.spec.tables import Chapter, Out, Table, every_table

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/policy.md"
INTRODUCTION = """# The policy language

Rules are written as formulas in a small language. It has the look of Python expressions, is read without ever being
run as Python, and refuses everything that is not on this page. Facts, parameters, rules and programmes live in a
*pack*, a folder of TOML, CSV and YAML ([how to write one](../how-to/write-a-pack.md)); a household can be tried
[as a file](household-file.md).

```toml
[household.net_income]
label = "家庭人均月净收入"
label_en = "monthly net income per head"
type = "money"
unit = "yuan/person/month"
formula = "per_month((income_12m - rigid_spending_12m) / size)"
source = "（收入 − 刚性支出）÷ 人口 ÷ 12"
```

This page is the specification. It is written from tables that are run as tests, through the interpreter (one case, with
every reason) and through the kernel (many households at once): {count} rows, the same from both. In each table what is
known stands before the formulas, and what comes out beneath them. Money is in yuan, to the fen.

Chapters: {contents}.

The tables use a little rulebook with these facts and parameters:

"""


def text() -> str:
    """The whole page."""
    rows = sum(len(table.lines) for table in every_table(CHAPTERS))
    contents = ", ".join(f"[{title}](#{anchor(title)})" for title in [*(c.title for c in CHAPTERS), "Refusals"])
    return "".join(
        [
            flowing(INTRODUCTION).format(count=rows, contents=contents),
            "\n\n",
            little_rulebook(),
            *(chapter(each) for each in CHAPTERS),
            refusals(),
        ]
    )


def flowing(words: str) -> str:
    """Paragraphs on one line each, tables and samples as they are."""
    paragraphs = words.strip().split("\n\n")
    return "\n\n".join(each if each.startswith(("|", "```", "#")) else each.replace("\n", " ") for each in paragraphs)


def anchor(title: str) -> str:
    return "".join(mark for mark in title.lower().replace(" ", "-") if mark.isalnum() or mark == "-")


def little_rulebook() -> str:
    lines = ["| fact | type | | parameter | type |", "|---|---|---|---|---|"]
    facts = [
        (name if entity == "household" else f"member.{name}", fact)
        for entity, group in tomllib.loads(FACTS).items()
        for name, fact in group.items()
    ]
    parameters = list(tomllib.loads(PARAMETERS).items())
    given = {line.split(",")[0]: line.split(",")[4] for line in VALUES.splitlines()[1:]}
    for position, (name, fact) in enumerate(facts):
        right = ""
        if position < len(parameters):
            other, parameter = parameters[position]
            value = "see below" if other == "line" else f"`{given[other]}`" if given[other] else "empty"
            right = f"`{other}` | {kind_of(parameter)}: {value}"
        lines.append(f"| `{name}` | {kind_of(fact)} | | {right or ' | '} |")
    return "\n".join(lines) + "\n"


def kind_of(declared: dict[str, object]) -> str:
    codes = declared.get("values")
    more = ", ".join(codes) if isinstance(codes, dict) else declared.get("unit", "")
    return f"{declared['type']} ({more})" if more else str(declared["type"])


def chapter(each: Chapter) -> str:
    tables = "".join("\n" + "\n".join(lines_of(table)) + "\n" for table in each.tables)
    return f"\n## {each.title}\n\n{flowing(each.words)}\n{tables}"


def lines_of(table: Table) -> Iterator[str]:
    yield f"{table.sentence}"
    yield ""
    if table.rules:
        yield f"```toml\n{table.rules.strip()}\n```"
        yield ""
    yield row([*(f"{name}" for name in table.inputs), *(f"`{shown(each)}`" for each in table.gives)])
    yield row(["---"] * (len(table.inputs) + len(table.gives)))
    for line in table.lines:
        results = [f"**{cell}**" if cell != "unknown" else "unknown" for cell in line[len(table.inputs) :]]
        yield row([*line[: len(table.inputs)], *results])


def shown(out: Out) -> str:
    return out.formula.replace("|", "\\|")


def row(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


def refusals() -> str:
    lines = [row(["written", "the sentence", "", "code"]), row(["---"] * 4), *(row(refusal(each)) for each in REFUSALS)]
    return f"\n## Refusals\n\n{flowing(WORDS)}\n\n" + "\n".join(lines) + "\n"


def refusal(each: Refused) -> list[str]:
    """What was written, and the sentence; what another parser found in a file is not ours to print."""
    problem = each.problem
    if "detail" in problem.params:
        problem = replace(problem, params={"detail": "…"})
    sentences = [problem.sentence(language).replace("|", "\\|") for language in ("en", "zh")]
    return [each.written.replace("|", "\\|"), *sentences, f"`{each.code}`"]


def write() -> None:
    PAGE.write_text(text(), encoding="utf-8")
