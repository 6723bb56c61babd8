"""What the pages show of projects and their cases. No request, no HTML."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.hardship.projects.kinds import Form, unit_words
from chunyu.hardship.projects.paying import half_years, treatment_due
from chunyu.hardship.projects.queries import STAGES
from chunyu.hardship.projects.tables import ProjectCase
from chunyu.hardship.reading import read
from chunyu.hardship.stacking.family_ledger import lines_of
from chunyu.hardship.stacking.judging import Stacked, stacked
from chunyu.ui.buttons import Action

__all__ = ["STAGES", "case_of", "panel", "stacked_for"]


def case_of(case: Case) -> ProjectCase:
    rows = ProjectCase.objects.select_related(
        "project", "household__organisation__region", "member", "hospital", "case"
    )
    return rows.get(case=case)


def stacked_for(held: ProjectCase, day: date) -> Stacked:
    """The rules of how aid adds up, over everything the family has. What this case already paid uses up a cap too, and
    is no reason against its next instalment."""
    found = read(held.household, day).determination
    lines = lines_of(held.household)
    capped = stacked(found.pack, held.project.programme, day, "", lines, found.values)
    others = [line for line in lines if line.number != held.case.number]
    before = stacked(found.pack, held.project.programme, day, held.case.number, others, found.values)
    judged = tuple(
        with_own if with_own.rule.kind == "cap" else without
        for with_own, without in zip(capped.judged, before.judged, strict=True)
    )
    return Stacked(capped.pack, capped.programme, judged, capped.lines)


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page: terms, costs, what is owed, what was paid."""
    held = case_of(case)
    project = held.project
    rules = stacked_for(held, held.approved_on or acting.day)
    dues = treatment_due(held, rules.left_fen) if project.form != Form.STIPEND and held.approved_on else []
    record = None
    if project.form == Form.SESSIONS and held.approved_on and held.open and acting.role == Role.COUNTY_CASEWORKER:
        record = Action(_("Record a session"), reverse("hardship:record-session", args=[case.number]))
    return {
        "held": held,
        "project": project,
        "rates": project.shares.filter(group=held.group).select_related("fund__organisation"),
        "dues": [{"unit": unit_words(each.unit), "fund": each.share.fund, "fen": each.fen} for each in dues],
        "due_fen": sum(each.fen for each in dues),
        "payments": [
            {"unit": unit_words(each.unit), "order": each.order, "fen": each.amount_fen, "fund": each.share.fund}
            for each in held.payments.select_related("order", "share__fund").order_by("unit", "part")
        ],
        "sessions": held.sessions.count(),
        "halves": [(unit_words(unit), own) for unit, own in half_years(held)],
        "record": record,
        "stacking": rules.rows(),
    }
