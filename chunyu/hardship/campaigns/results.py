"""What a questionnaire found, counted so that nobody is found in it: groups of fewer than five are not shown, nor what
would give one of them away by subtraction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count, QuerySet

from chunyu.hardship.campaigns.kinds import GroupKind, QuestionKind
from chunyu.hardship.campaigns.question_tables import Answer, AnswerChoice, AnswerSheet, Question, QuestionnaireVersion
from chunyu.hardship.campaigns.tables import Campaign

FEWEST = 5


def hidden(counts: Mapping[str, int]) -> set[str]:
    """The keys whose counts are kept back: every one below five, and as many more of the smallest as it takes for all
    that is kept back to be five or more together, and never one key alone (the total would give it away)."""
    kept = {key for key, count in counts.items() if 0 < count < FEWEST}
    for key, _count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if not kept or (len(kept) > 1 and sum(counts[each] for each in kept) >= FEWEST):
            break
        if counts[key] > 0:
            kept.add(key)
    return kept


@dataclass(frozen=True)
class Cut:
    """One column of the results: a group, a county, or everybody. `people` is None where it is kept back."""

    key: str
    label: str
    people: int | None


@dataclass(frozen=True)
class Row:
    """An answer and how often it was given in each cut; None where it is kept back."""

    label: str
    counts: tuple[int | str | None, ...]


@dataclass(frozen=True)
class QuestionResult:
    question: Question
    rows: tuple[Row, ...]
    answered: int | None


@dataclass(frozen=True)
class Results:
    cuts: tuple[Cut, ...]
    questions: tuple[QuestionResult, ...]
    people: int | None


ALL = "all"


def results(campaign: Campaign, version: QuestionnaireVersion, path: str, by: str) -> Results:
    """The answers under a path to a version, `by` group or county."""
    sheets = AnswerSheet.objects.within(path).filter(campaign=campaign, version=version)
    column, labels = _column(sheets, by)
    counts = {str(key): count for key, count in sheets.order_by().values_list(column).annotate(Count("pk"))}
    total = sum(counts.values())
    dark = hidden(counts)
    if total < FEWEST:
        return Results((), (), None)
    keys = [key for key in labels if key in counts]
    cuts = [Cut(ALL, "", total), *(Cut(key, labels[key], None if key in dark else counts[key]) for key in keys)]
    shown = [ALL, *keys]
    questions = version.questions.prefetch_related("choices").order_by("place")
    found = [_of(each, sheets, f"sheet__{column}", shown, dark) for each in questions]
    return Results(tuple(cuts), tuple(found), total)


@dataclass(frozen=True)
class Counted:
    """One line of the results as a file: a question, an answer, and its count in each cut."""

    question: str
    answer: str
    counts: tuple[int | str | None, ...]


def lines(found: Results, mean: str) -> list[Counted]:
    """The results line by line; what is kept back is empty there too. `mean` is how a mean is called."""
    return [Counted(each.question.text, row.label or mean, row.counts) for each in found.questions for row in each.rows]


def _column(sheets: QuerySet[AnswerSheet], by: str) -> tuple[str, dict[str, str]]:
    if by == "county":
        names = sheets.order_by("organisation__path").values_list("organisation_id", "organisation__name").distinct()
        return "organisation_id", {str(key): name for key, name in names}
    return "group", {str(kind.value): str(kind.label) for kind in GroupKind}


def _of(
    question: Question, sheets: QuerySet[AnswerSheet], column: str, shown: list[str], dark: set[str]
) -> QuestionResult:
    answers = Answer.objects.filter(question=question, sheet__in=sheets)
    per_cut = {str(key): n for key, n in answers.order_by().values_list(column).annotate(Count("pk"))}
    total = sum(per_cut.values())
    if total < FEWEST:
        return QuestionResult(question, (), None)
    # Fewer may have answered this question than the sheet: its own small cuts are kept back too.
    shut = dark | hidden(per_cut)
    if question.kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL):
        rows: Iterable[Row] = _choices(question, answers, column, shown, shut)
    elif question.kind == QuestionKind.NUMBER:
        rows = _numbers(answers, column, shown, shut)
    else:
        rows = ()
    return QuestionResult(question, tuple(rows), total)


def _choices(
    question: Question, answers: QuerySet[Answer], column: str, shown: list[str], shut: set[str]
) -> Iterable[Row]:
    chosen = AnswerChoice.objects.filter(answer__in=answers).order_by()
    counted: dict[tuple[UUID | int, str], int] = {}
    for choice, key, count in chosen.values_list("choice", f"answer__{column}").annotate(Count("pk")):
        counted[choice, str(key)] = count
        counted[choice, ALL] = counted.get((choice, ALL), 0) + count
    for choice in question.choices.all():
        yield Row(choice.text, tuple(None if key in shut else counted.get((choice.pk, key), 0) for key in shown))


def _numbers(answers: QuerySet[Answer], column: str, shown: list[str], shut: set[str]) -> Iterable[Row]:
    """The mean alone in each cut: a smallest or largest value is one person's."""
    means = {str(key): mean for key, mean in answers.order_by().values_list(column).annotate(Avg("number"))}
    means[ALL] = answers.aggregate(mean=Avg("number"))["mean"]
    yield Row("", tuple(None if key in shut or means.get(key) is None else _short(means[key]) for key in shown))


def _short(mean: Decimal) -> str:
    return f"{mean:,.1f}"
