"""The commands that need no database: `chunyu explain`, `chunyu policy check` and `chunyu policy run`.

The texts are made by plain functions, so that a page or a test can have them without a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from chunyu.policy.case_file import read_case_file
from chunyu.policy.changes import nearest_change
from chunyu.policy.decision import Determination, Missing, decide
from chunyu.policy.examples import ExampleResult, run_examples
from chunyu.policy.explanation import Why, why_not
from chunyu.policy.explanation import explain as why_of
from chunyu.policy.loading import load_pack
from chunyu.policy.many_commands import run_pack
from chunyu.policy.pack import Pack
from chunyu.policy.problems import PackRefused, PolicyError
from chunyu.policy.terminal import AS_JSON, LANGUAGE, fail
from chunyu.policy.wording import Words, yuan

MARKS = {"yes": "✓", "no": "✗", "unknown": "?", "": "·"}


def tree_lines(why: Why, depth: int = 0) -> Iterator[str]:
    """A why-tree as indented lines; sources stand beneath their step, behind an arrow."""
    indent = "  " * depth
    value = "" if why.value in why.sentence else f"  {why.value}"
    yield f"{indent}{MARKS[why.status]} {why.sentence}{value}"
    if why.working:
        yield f"{indent}    = {why.working}"
    for source in why.sources:
        yield f"{indent}    ← {source.text}"
    for child in why.children:
        yield from tree_lines(child, depth + 1)


def missing_words(determination: Determination, missing: Missing, language: str) -> str:
    """The label of something unknown that stands in the way, with the member it is about."""
    if missing.kind == "parameter":
        return determination.pack.parameters[missing.name].label(language)
    label = determination.pack.facts[missing.kind, missing.name].label(language)
    if missing.member is None:
        return label
    who = Words(determination, language).member_name(missing.member)
    return f"{who}：{label}" if language == "zh" else f"{who}: {label}"


def explanation_lines(determination: Determination, language: str) -> Iterator[str]:
    """Everything `chunyu explain` prints: category, reasons, programmes, what is missing, the nearest change."""

    def pick(chinese: str, english: str) -> str:
        return chinese if language == "zh" else english

    pack = determination.pack
    yield f"{pack.title(language)} · {pack.version} · {determination.on}"
    yield ""
    yield from tree_lines(why_of(determination, pack.roles.category, language))
    for name in determination.notices:
        yield pick("提示：", "Notice: ") + pack.rules["household", name].label(language)
    yield from _unknown_lines(determination, language)
    change = nearest_change(determination, None, language)
    if change is not None:
        yield ""
        yield pick("什么会改变结果：", "What would change the result: ") + change.sentence
    yield ""
    yield pick("项目", "Programmes")
    results = determination.programmes
    needs = [code for code, each in results.items() if each.entitled is None and each.programme.on_request]
    for entitled in (True, None, False):
        for code, each in results.items():
            if each.entitled is entitled and code not in needs:
                yield from _programme_lines(determination, code, language)
    if needs:
        names = pick("、", ", ").join(pack.programmes[code].label(language) for code in needs)
        yield pick("有需要时可以申请：", "When the need is there: ") + names


def _unknown_lines(determination: Determination, language: str) -> Iterator[str]:
    if determination.unknown:
        names = [missing_words(determination, m, language) for m in determination.unknown]
        joined = ("、" if language == "zh" else ", ").join(names)
        yield ""
        yield f"尚不知道：{joined}" if language == "zh" else f"Not known yet: {joined}"


def _programme_lines(determination: Determination, code: str, language: str) -> Iterator[str]:
    result = determination.programmes[code]
    label = result.programme.label(language)
    mark = MARKS[{True: "yes", False: "no", None: "unknown"}[result.entitled]]
    amount = "" if result.amount_fen is None or not result.entitled else f"  {yuan(result.amount_fen)}"
    if result.entitled and result.programme.gives:
        amount = f"  {result.programme.gives(language)}"
    yield f"{mark} {label}{amount}"
    for why in why_not(determination, code, language):
        yield f"    {MARKS[why.status]} {why.sentence}  {why.value}"
    change = nearest_change(determination, code, language)
    if change is not None and result.entitled is False:
        yield f"    → {change.sentence}"


def decide_case_file(pack: Pack, file: Path, on: date, regions: Sequence[str] = ()) -> Determination:
    """The determination of a household file; `regions` replaces those of the file. Raises PolicyError."""
    case, places = read_case_file(pack, file)
    chain = tuple(regions) or places
    if not chain:
        raise PolicyError(
            "不知道按哪个地区：在文件里写 regions，或用 --region 给出",
            "No region: write regions into the file, or give --region",
        )
    return decide(pack, case, on, chain)


def explain_case_file(pack: Pack, file: Path, on: date, language: str = "zh", regions: Sequence[str] = ()) -> str:
    """What `chunyu explain` prints for a household file. Raises PolicyError."""
    return "\n".join(explanation_lines(decide_case_file(pack, file, on, regions), language))


def explanation_data(determination: Determination, language: str) -> dict[str, Any]:
    """The same for programs: what `chunyu explain --json` prints."""
    pack = determination.pack
    change = nearest_change(determination, None, language)
    category = determination.category
    return {
        "pack": pack.id,
        "digest": pack.digest,
        "date": determination.on.isoformat(),
        "regions": list(determination.regions),
        "category": category,
        "category_label": None if category is None else pack.category_label(category, language),
        "values": {name: _plain(value) for name, value in determination.values.items()},
        "exclusions": dict(determination.exclusions),
        "notices": list(determination.notices),
        "unknown": [{"kind": m.kind, "name": m.name, "member": m.member} for m in determination.unknown],
        "nearest_change": None if change is None else change.sentence,
        "programmes": {
            code: {
                "entitled": result.entitled,
                "amount_fen": result.amount_fen,
                "failed": [{"code": f.code, "params": _plain(f.params)} for f in result.failed],
                "unknown": [{"kind": m.kind, "name": m.name, "member": m.member} for m in result.unknown],
            }
            for code, result in determination.programmes.items()
        },
        "why": why_data(why_of(determination, pack.roles.category, language)),
    }


def why_data(why: Why) -> dict[str, Any]:
    """A why-tree as plain data, for JSON."""
    return {
        "code": why.code,
        "member": why.member,
        "sentence": why.sentence,
        "value": why.value,
        "status": why.status,
        "working": why.working,
        "sources": [{"kind": s.kind, "text": s.text, "stated": s.stated} for s in why.sources],
        "children": [why_data(child) for child in why.children],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def check_lines(pack: Pack, results: Sequence[ExampleResult], language: str) -> Iterator[str]:
    """What `chunyu policy check` prints: the pack's size, and every example that does not come out."""
    failed = [result for result in results if not result.holds]
    for result in failed:
        example = result.example
        yield f"{example.span.file}:{example.span.line}: {example.name}"
        if example.about:
            yield f"  {example.about}"
        if result.error is not None:
            yield f"  {result.error.sentence(language)}"
        for difference in result.differences:
            if language == "zh":
                yield f"  {difference.what}：应为 {difference.expected}，得到 {difference.found}"
            else:
                yield f"  {difference.what}: expected {difference.expected}, found {difference.found}"
        yield ""
    if language == "zh":
        yield (
            f"{pack.version}：{len(pack.facts)} 项事实，{len(pack.parameters)} 个参数，{len(pack.rules)} 条规则，"
            f"{len(pack.programmes)} 个项目；示例 {len(results)} 个，{len(failed)} 个不符"
        )
    else:
        yield (
            f"{pack.version}: {len(pack.facts)} facts, {len(pack.parameters)} parameters, "
            f"{len(pack.rules)} rules, {len(pack.programmes)} programmes; "
            f"{len(results)} examples, {len(failed)} of them not as expected"
        )


@click.command()
@click.argument("pack")
@click.option(
    "--household",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="The household as a JSON file (docs/reference/household-file.md).",
)
@click.option("--date", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Date of application.")
@click.option("--region", "regions", multiple=True, help="Region code, nearest first; instead of the file's.")
@LANGUAGE
@AS_JSON
def explain(pack: str, file: Path, on: datetime, regions: tuple[str, ...], language: str, as_json: bool) -> None:
    """Decide one household by the rules of PACK, and say why.

    PACK is a folder, or the name of a pack that ships with Chunyu, such as national-2021. No database is needed.
    """
    try:
        rulebook = load_pack(pack)
        if as_json:
            determination = decide_case_file(rulebook, file, on.date(), regions)
            click.echo(json.dumps(explanation_data(determination, language), ensure_ascii=False, indent=2))
        else:
            click.echo(explain_case_file(rulebook, file, on.date(), language, regions))
    except PolicyError as error:
        fail(error, language)


@click.group(name="policy")
def policy() -> None:
    """Rulebooks: check them before they decide anything; run them over many households."""


policy.add_command(run_pack)


@policy.command(name="check")
@click.argument("pack")
@LANGUAGE
@AS_JSON
def check(pack: str, language: str, as_json: bool) -> None:
    """Read PACK, run its worked examples, and list everything that is wrong; exit 1 when something is."""
    try:
        rulebook = load_pack(pack)
    except PackRefused as error:
        if as_json:
            faults = [
                {
                    "file": p.span.file,
                    "line": p.span.line,
                    "column": p.span.column,
                    "end_line": p.span.end_line,
                    "end_column": p.span.end_column,
                    "code": p.code,
                    "sentence": p.sentence(language),
                }
                for p in error.problems
            ]
            click.echo(json.dumps({"holds": False, "problems": faults}, ensure_ascii=False, indent=2))
            raise SystemExit(1) from None
        fail(error, language)
    except PolicyError as error:
        fail(error, language)
    results = list(run_examples(rulebook, language))
    holds = all(result.holds for result in results)
    if as_json:
        click.echo(json.dumps(_check_data(rulebook, results, holds), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(check_lines(rulebook, results, language)))
    if not holds:
        raise SystemExit(1)


def _check_data(pack: Pack, results: Sequence[ExampleResult], holds: bool) -> dict[str, Any]:
    return {
        "holds": holds,
        "pack": pack.id,
        "digest": pack.digest,
        "examples": [
            {
                "name": result.example.name,
                "holds": result.holds,
                "differences": [{"what": d.what, "expected": d.expected, "found": d.found} for d in result.differences],
                "error": None if result.error is None else result.error.english,
            }
            for result in results
        ],
    }
