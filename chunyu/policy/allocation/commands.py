"""`chunyu allocate`: a budget shared out over a file of needs, with no database at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from chunyu.policy.allocation import (
    Allocation,
    AllocationRefused,
    Measures,
    Needs,
    allocate,
    even_split,
    explain_line,
    measure,
    proportional,
    verify,
)
from chunyu.policy.allocation.needs import Fen
from chunyu.policy.allocation.reading import read_needs
from chunyu.policy.wording import yuan

WAYS = {
    "allotment": ("精准分配", "allotment"),
    "even": ("平均分", "even split"),
    "proportional": ("按缺口比例", "by share of gap"),
    "last": ("去年实发", "last year"),
}


def comparison(allocation: Allocation, last: Fen | None) -> dict[str, Measures]:
    """How the allotment and the other ways measure up, on the same needs and sources."""
    needs = allocation.needs
    ways = {
        "allotment": measure(needs, allocation.allotment.grants),
        "even": measure(needs, even_split(needs)),
        "proportional": measure(needs, proportional(needs)),
    }
    return ways if last is None else {**ways, "last": measure(needs, last)}


def comparison_lines(allocation: Allocation, ways: dict[str, Measures], language: str) -> Iterator[str]:
    """What the command prints: the ways beside each other, the sources, and the proof."""
    chinese = language == "zh"
    needs, certificate = allocation.needs, allocation.certificate
    yield (
        f"{len(needs.ids):,} 户，{len(needs):,} 项需求，缺口 {yuan(int(needs.gap.sum()))} 元"
        if chinese
        else f"{len(needs.ids):,} households, {len(needs):,} needs, gaps of {yuan(int(needs.gap.sum()))} yuan"
    )
    yield ""
    yield _row(
        ("", "发放", "受助户", "补上缺口", "补上平方缺口", "最深一成受助")
        if chinese
        else ("", "granted", "reached", "gap closed", "squared gap", "deepest tenth")
    )
    for way, found in ways.items():
        deepest = found.deciles[0]
        yield _row(
            (
                WAYS[way][0 if chinese else 1],
                yuan(found.granted_fen),
                f"{found.households:,}",
                f"{found.gap_closed:.1%}",
                f"{found.square_closed:.1%}",
                f"{deepest.reached / deepest.households:.0%}" if deepest.households else "–",
            )
        )
    bounds = (
        ("任何分法的上限", f"≤ {certificate.closable:.1%}") if chinese else ("no way", f"≤ {certificate.closable:.1%}")
    )
    yield _row((bounds[0], "", "", "", bounds[1], ""))
    yield ""
    for source, worth, left in zip(needs.sources, certificate.worth(), certificate.left_fen, strict=True):
        pot, rest = yuan(source.budget_fen), yuan(left)
        if chinese:
            yield f"{source.code}：预算 {pot} 元，结余 {rest} 元；再多一元，作用是平均一元的 {worth:.2f} 倍"
        else:
            yield f"{source.code}: {pot} yuan, {rest} left; one more yuan there is worth {worth:.2f} of an average one"
    yield (
        f"证明：与最优相差不超过 {certificate.gap:.4%}（{certificate.needs[:12]}）"
        if chinese
        else f"Proof: at most {certificate.gap:.4%} from the best possible ({certificate.needs[:12]})"
    )


def _row(cells: tuple[str, ...]) -> str:
    widths = (16, 18, 10, 10, 14, 14)
    return " ".join(
        cell + _blank(cell, width) if n == 0 else _blank(cell, width) + cell
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _blank(cell: str, width: int) -> str:
    """The blank that fills a cell; a Chinese character takes two columns of a terminal."""
    return " " * max(0, width - sum(2 if ord(sign) > 0x2E7F else 1 for sign in cell))


def write_lines(allocation: Allocation, file: TextIO, language: str) -> None:
    """Every line with its amount in yuan, its payers, what binds it and why, in the order of the ids."""
    needs, allotment = allocation.needs, allocation.allotment
    payers: dict[int, list[str]] = {}
    for line, source in zip(allotment.line.tolist(), allotment.source.tolist(), strict=True):
        payers.setdefault(line, []).append(needs.sources[source].code)
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["household", "county", "programme", "gap", "grant", "sources", "reason", "why"])
    for line in sorted(range(len(needs)), key=lambda n: (needs.order[needs.household[n]], needs.programme[n])):
        ground = allocation.grounds[line]
        home = int(needs.household[line])
        out.writerow(
            [
                needs.ids[home],
                needs.counties[int(needs.county[home])],
                needs.programmes[int(needs.programme[line])].code,
                _plain_yuan(ground.gap_fen),
                _plain_yuan(ground.amount_fen),
                " ".join(payers.get(line, [])),
                ground.reason.name.lower(),
                explain_line(ground, language),
            ]
        )


def _plain_yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def allocation_data(allocation: Allocation, ways: dict[str, Measures]) -> dict[str, Any]:
    """The same for programs: what `chunyu allocate --json` prints."""
    return {
        "households": len(allocation.needs.ids),
        "lines": len(allocation.needs),
        "certificate": allocation.certificate.to_data(),
        "worth": dict(zip([s.code for s in allocation.needs.sources], allocation.certificate.worth(), strict=True)),
        "ways": {way: asdict(found) for way, found in ways.items()},
    }


def _shared(needs: Needs) -> Allocation:
    allocation = allocate(needs)
    faults = verify(needs, allocation.allotment, allocation.certificate)
    if faults:
        raise faults[0]
    return allocation


@click.command()
@click.argument("needs_file", metavar="NEEDS.csv", type=click.Path(path_type=Path))
@click.option("--budget", required=True, help="Yuan to share out, or a TOML file with sources, handling and quotas.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write every line with its amount and reason to a CSV file."
)
@click.option("--certificate", "proof", type=click.Path(path_type=Path), help="Write the certificate to a JSON file.")
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", help="Language of the sentences.")
@click.option("--json", "as_json", is_flag=True, help="Print data for programs.")
def allocate_command(
    needs_file: Path, budget: str, out: Path | None, proof: Path | None, language: str, as_json: bool
) -> None:
    """Share a budget out over the needs in NEEDS.csv, so that the least squared need is left, and prove it.

    Columns, money in yuan: household, programme, gap; as needed county, cap, floor, minimum, and last (what was
    granted last year). No database is needed. docs/reference/allocation.md describes both files.
    """
    try:
        needs, last = read_needs(needs_file, budget)
        allocation = _shared(needs)
        if out:
            with out.open("w", encoding="utf-8-sig", newline="") as file:
                write_lines(allocation, file, language)
        if proof:
            proof.write_text(allocation.certificate.to_json() + "\n", encoding="utf-8")
    except AllocationRefused as error:
        click.echo(error.sentence(language), err=True)
        raise SystemExit(1) from error
    except OSError as error:
        unwritten = error.filename
        click.echo(f"写不了 {unwritten}" if language == "zh" else f"{unwritten} cannot be written", err=True)
        raise SystemExit(1) from error
    ways = comparison(allocation, last)
    if as_json:
        click.echo(json.dumps(allocation_data(allocation, ways), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(comparison_lines(allocation, ways, language)))
