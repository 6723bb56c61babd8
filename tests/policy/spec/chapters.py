"""The chapters of the specification, in the order of the page."""

from tests.policy.spec import (
    ages,
    aggregates,
    arithmetic,
    brackets,
    calendar_units,
    choice,
    comparison,
    extremes,
    places,
    truth,
    values,
    versions,
)

CHAPTERS = tuple(
    room.CHAPTER
    for room in (
        values,
        comparison,
        truth,
        arithmetic,
        choice,
        extremes,
        calendar_units,
        brackets,
        ages,
        aggregates,
        places,
        versions,
    )
)
