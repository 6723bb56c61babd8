"""What is wrong with a draft, at the very word: file, line, column, the text that is meant, and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chunyu.policy import Problem


@dataclass(frozen=True)
class Fault:
    """A problem beside its line. `marked` is the text that is meant, `before` and `after` the rest of its line. `line`
    and `column` count from 1; `start` and `end` are places in the file's text, from 0."""

    file: str
    line: int
    column: int
    sentence: str
    before: str
    marked: str
    after: str
    start: int
    end: int


def faults_of(problems: Iterable[Problem], texts: Mapping[str, str], language: str) -> list[Fault]:
    """One for each problem; a parameter that only lacks its unreadable value is not told twice."""
    problems = list(problems)
    unreadable = {problem.params.get("name") for problem in problems if problem.code in COLUMN_OF}
    return [
        _fault(problem, texts.get(problem.span.file, ""), language)
        for problem in problems
        if not (problem.code == "valueless_parameter" and problem.params.get("name") in unreadable)
    ]


# Of a row of values only the line is known: the column is the one that the problem is about.
COLUMN_OF = {"bad_value": "value", "missing_source": "source", "undeclared_parameter": "name"}


def _fault(problem: Problem, text: str, language: str) -> Fault:
    span = problem.span
    lines = text.split("\n")
    number = min(max(span.line, 1), len(lines))
    line = lines[number - 1]
    begin = min(max(span.column - 1, 0), len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    if end - begin <= 1:
        begin, end = _cell(problem, lines[0], line)
    offset = sum(len(each) + 1 for each in lines[: number - 1])
    return Fault(
        file=span.file,
        line=number,
        column=begin + 1,
        sentence=problem.sentence(language),
        before=line[:begin],
        marked=line[begin:end],
        after=line[end:],
        start=offset + begin,
        end=offset + max(end, begin),
    )


def _cell(problem: Problem, head: str, line: str) -> tuple[int, int]:
    """The cell of a row of values that a problem is about, else the whole line without its margins."""
    columns = [column.strip().lstrip("\ufeff") for column in head.split(",")]
    cells = _cells(line)
    wanted = COLUMN_OF.get(problem.code)
    if wanted in columns and columns.index(wanted) < len(cells):
        return cells[columns.index(wanted)]
    for begin, end in cells if problem.code == "bad_date" else ():
        if line[begin:end].strip() == problem.params.get("text"):
            return begin, end
    return len(line) - len(line.lstrip()), len(line.rstrip())


def _cells(line: str) -> list[tuple[int, int]]:
    """Where the cells of a CSV line begin and end; commas inside quotes belong to their cell."""
    cells, begin, quoted = [], 0, False
    for place, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            cells.append((begin, place))
            begin = place + 1
    return [*cells, (begin, len(line))]
