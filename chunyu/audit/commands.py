"""`chunyu record`: is the record of acts as it was written?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from chunyu.audit import chain, checkpoints, looking
from chunyu.audit.verifying import Report, verify


@click.command()
@click.option("--checkpoints", "file", type=click.Path(exists=True, path_type=Path, dir_okay=False),
              help="Another copy of the checkpoints, such as one kept on another machine.")  # fmt: skip
@click.option("--key", help="The public key to check them by.  [default: this installation's]")
@click.option("--public-key", "show_key", is_flag=True, help="Print the public key, to be kept elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def record(file: Path | None, key: str | None, show_key: bool, as_json: bool) -> None:
    """Read the whole record of acts over, against itself and against the checkpoints outside the database.

    Ends with exit code 1 when anything does not hold, and says at which place.
    """
    if show_key:
        click.echo(checkpoints.public_key())
        return
    looking.keep(everything=True)
    report = verify(*checkpoints.read(file, key))
    if as_json:
        click.echo(_as_json(report))
    else:
        _say(report)
    if not report.holds:
        raise SystemExit(1)


def _say(report: Report) -> None:
    for each in report.restored:
        click.echo(f"· {each}")
    for finding in report.findings:
        click.echo(f"✗ {finding.sentence}")
    if report.more:
        click.echo(f"✗ and {report.more:,} more.")
    if report.holds:
        end = chain.head()
        click.echo(
            f"✓ {report.entries:,} entries and {report.checkpoints:,} checkpoints hold; the last digest is "
            f"{end.digest.hex()}."
        )


def _as_json(report: Report) -> str:
    findings = [
        {"kind": each.kind, "place": each.position, "entry": each.entry, "sentence": each.sentence}
        for each in report.findings
    ]
    said = {"holds": report.holds, "entries": report.entries, "checkpoints": report.checkpoints,
            "findings": findings, "more": report.more, "restored": report.restored}  # fmt: skip
    return json.dumps(said, ensure_ascii=False)
