"""What the commands without a database share: the language of their sentences, and how a mistake is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import click

from chunyu.policy.problems import PackRefused, PolicyError


def refusal_lines(error: PolicyError, language: str) -> Iterator[str]:
    """A user's mistake: for a pack, its faults grouped by file."""
    if not isinstance(error, PackRefused):
        yield error.sentence(language)
        return
    file = ""
    for problem in error.problems:
        if problem.span.file != file:
            file = problem.span.file
            yield file
        yield f"  {problem.span.line}:{problem.span.column}  {problem.sentence(language)}"
    count = len(error.problems)
    yield f"规则包有 {count} 处问题" if language == "zh" else f"The pack has {count} faults"


LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", help="Language of the sentences."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print data for programs.")


def fail(error: PolicyError, language: str) -> NoReturn:
    click.echo("\n".join(refusal_lines(error, language)), err=True)
    raise SystemExit(1)
