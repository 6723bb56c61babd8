"""`chunyu verify`: check a decision file with nothing but the file itself."""

from __future__ import annotations

import json
from pathlib import Path

import click

from chunyu.policy.decision_file import read_file, verify
from chunyu.policy.problems import PolicyError
from chunyu.policy.terminal import AS_JSON, LANGUAGE, fail


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--digest", default="", help="The digest printed on the paper.")
@click.option("--document", "documents", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
              help="A paper of the case, to be compared with the file; may be repeated.")  # fmt: skip
@LANGUAGE
@AS_JSON
def verify_decision(file: Path, digest: str, documents: tuple[Path, ...], language: str, as_json: bool) -> None:
    """Check the decision file FILE: its hash, its rulebook, and that the rulebook decides the facts the same way.

    Ends with exit code 1 when anything does not hold.
    """
    try:
        papers = {path.name: read_file(path) for path in documents}
        findings = list(verify(read_file(file), digest.strip(), papers))
    except PolicyError as error:
        fail(error, language)
    if as_json:
        click.echo(
            json.dumps([{"holds": each.holds, "finding": each(language)} for each in findings], ensure_ascii=False)
        )
    else:
        for each in findings:
            click.echo(f"{'✓' if each.holds else '✗'} {each(language)}")
    if not all(each.holds for each in findings):
        raise SystemExit(1)
