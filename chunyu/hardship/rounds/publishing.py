"""What follows the publication of a round: every line with an amount becomes an application.

A transaction opens a few and writes down what became of each; a job that was interrupted goes on with the lines of
which nothing is written down. A line whose family meanwhile asked by itself, or left the file, gets the sentence why
no application was opened.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework.models.case import Channel
from chunyu.hardship.actions import apply_for
from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.models import Round, RoundApplication, RoundLine, Stage

AT_ONCE = 20


def open_applications(planned: Round) -> int:
    """Open the applications of a published round, in the name of its planner on the day of publication. Returns how
    many lines were dealt with; 0 when all had been."""
    if planned.stage != Stage.PUBLISHED or planned.published_on is None:
        return 0
    acting = Acting.through(planned.planned_by, planned.published_on)
    dealt_with = 0
    with translation.override("zh-hans"):
        while some := _open_some(acting, planned):
            dealt_with += some
    return dealt_with


@transaction.atomic
def _open_some(acting: Acting, planned: Round) -> int:
    # Two workers at once take different lines.
    lines = queries.to_open(planned).select_for_update(of=("self",), skip_locked=True).select_related("household")
    some = list(lines.order_by("pk")[:AT_ONCE])
    for line in some:
        _open_one(acting, planned, line)
    return len(some)


def _open_one(acting: Acting, planned: Round, line: RoundLine) -> None:
    became = RoundApplication(line=line, day=planned.published_on)
    try:
        with transaction.atomic():
            case = apply_for(acting, line.household, line.programme, channel=Channel.ROUND)
            became.application = case.application
    except Refusal as refusal:
        became.refusal = str(refusal)[:300]
    became.save(force_insert=True)
