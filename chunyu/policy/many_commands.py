"""The commands over many households: `chunyu policy run` and `chunyu whatif`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from chunyu.policy.facts_folder import open_facts
from chunyu.policy.loading import load_pack
from chunyu.policy.pack import Pack
from chunyu.policy.problems import PolicyError
from chunyu.policy.terminal import AS_JSON, LANGUAGE, fail
from chunyu.policy.whatif import Change, Effect, effect
from chunyu.policy.wording import yuan


@click.command(name="run")
@click.argument("pack")
@click.option("--facts", required=True, type=click.Path(path_type=Path), help="The folder of frozen facts.")
@click.option("--date", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day whose rules apply.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the results go.")
@click.option(
    "--rule", "rules", multiple=True, help="A rule of the household to keep; by default category and amounts."
)
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", help="Local threads, or a cluster.")
@click.option("--threads", type=click.IntRange(1), help="Threads to use here; by default one for each processor.")
@click.option("--master", default="local[*]", help="The address of the Spark cluster.")
@LANGUAGE
@AS_JSON
def run_pack(
    pack: str,
    facts: Path,
    on: datetime,
    out: Path,
    rules: tuple[str, ...],
    engine: str,
    threads: int | None,
    master: str,
    language: str,
    as_json: bool,
) -> None:
    """Decide everybody in a folder of facts by the rules of PACK. No database is needed.

    A run that was interrupted goes on where it stopped when it is started again in the same way.
    """
    from chunyu.policy.running import run

    words = "户" if language == "zh" else "households"
    try:
        with click.progressbar(length=1, label=words, file=sys.stderr, show_pos=True) as bar:

            def progress(done: int, total: int) -> None:
                bar.length = max(total, 1)
                bar.update(done - bar.pos)

            if engine == "spark":
                from chunyu.policy.spark import run_on_spark

                found, _ = run_on_spark(pack, facts, on.date(), out, master, rules, progress)
            else:
                found = run(pack, facts, on.date(), out, rules, threads, progress)
    except PolicyError as error:
        fail(error, language)
    if as_json:
        data = {"households": found.households, "pieces": len(found.pieces), "digest": found.digest, "out": str(out)}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    elif language == "zh":
        click.echo(f"已判定 {found.households} 户，结果在 {out}，摘要 {found.digest}")
    else:
        click.echo(f"{found.households} households decided; results in {out}, digest {found.digest}")


@click.command()
@click.argument("pack")
@click.option("--facts", required=True, type=click.Path(path_type=Path), help="The folder of frozen facts.")
@click.option("--date", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day whose rules apply.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter, everywhere."
)
@click.option("--against", help="Another pack instead of other values.")
@LANGUAGE
@AS_JSON
def whatif(
    pack: str, facts: Path, on: datetime, changes: tuple[str, ...], against: str | None, language: str, as_json: bool
) -> None:
    """Who gains and who loses, and at what cost, when the rules of PACK are changed. No database is needed."""
    try:
        before = load_pack(pack)
        after = changed(load_pack(against) if against else before, changes)
        found = effect(before, after, open_facts(facts).read(), on.date())
    except PolicyError as error:
        fail(error, language)
    if as_json:
        click.echo(json.dumps(effect_data(found), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(effect_lines(found, before, after, language)))


def changed(pack: Pack, changes: Sequence[str]) -> Pack:
    """The pack with other values, each written NAME=VALUE. Raises PolicyError."""
    values = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise PolicyError(f"“{change}”应写作 名称=取值", f'"{change}" must be written NAME=VALUE')
        values[name] = value
    return pack.replacing(values, "试算") if values else pack


def effect_data(found: Effect) -> dict[str, Any]:
    """An effect as plain data, for JSON; money in fen."""
    return {
        "total": asdict(found.total),
        "programmes": [asdict(each) for each in found.programmes],
        "regions": {name: asdict(change) for name, change in found.regions.items()},
        "groups": {name: asdict(change) for name, change in found.groups.items()},
        "categories": [
            {"before": one, "after": other, "households": count} for (one, other), count in found.categories.items()
        ],
    }


def effect_lines(found: Effect, before: Pack, after: Pack, language: str) -> Iterator[str]:
    """What `chunyu whatif` prints: the whole, then programmes, places and groups, one to a line."""
    chinese = language == "zh"
    heads = (
        ("户数", "增加", "减少", "未知", "一年增支（元）")
        if chinese
        else ("households", "gain", "lose", "unknown", "cost")
    )
    yield f"{'':<24}" + "".join(f"{head:>14}" for head in heads)
    yield _line("合计" if chinese else "everybody", found.total)
    for name, change in (*found.regions.items(), *found.groups.items()):
        yield _line(name, change)
    yield ""
    for each in found.programmes:
        pack = after if each.code in after.programmes else before
        label = pack.programmes[each.code].label(language)
        money = f"{yuan(each.before_fen)} → {yuan(each.after_fen)}"
        yield f"{label}  {each.households_before} → {each.households_after}  {money}"


def _line(name: str, change: Change) -> str:
    counts = (change.households, change.gaining, change.losing, change.unknown)
    return f"{name:<24}" + "".join(f"{count:>14}" for count in counts) + f"{yuan(change.cost_fen):>18}"
