"""Papers of wages owed: the sheet on which every worker signs for what was paid."""

from __future__ import annotations

import hashlib
from datetime import date

from django.utils.translation import gettext as _

from chunyu.printing.forms import Pair
from chunyu.printing.paper import starred
from chunyu.printing.wages import WageLine, WageSheet
from chunyu.privacy.masking import mask_id_number
from chunyu.rights.arrears import queries
from chunyu.rights.arrears.tables import ArrearsMatter

BLANK_WITNESSES = 4


def pay_sheet(matter: ArrearsMatter, day: date) -> WageSheet:
    """农民工工资发放确认表: who is still owed something, with room for signature and witnesses."""
    rows = queries.workers(matter).filter(rest_fen__gt=0)
    lines = tuple(
        WageLine(
            number=str(each.line),
            name=each.name,
            id_number=starred(mask_id_number(each.id_number.reveal())),
            days=each.days,
            rate_fen=each.last_rate_fen,
            owed_fen=each.owed_fen,
            before_fen=each.paid_fen,
            amount_fen=each.rest_fen,
        )
        for each in rows
    )
    return WageSheet(
        number=matter.case.number,
        day=day,
        organisation=matter.organisation.name,
        check_code=_code(matter, lines),
        facts=(
            Pair(_("Employer"), matter.employer),
            Pair(_("Project or site"), matter.site or "—"),
        ),
        lines=lines,
        total_fen=sum(each.amount_fen for each in lines),
        witnesses=BLANK_WITNESSES,
    )


def _code(matter: ArrearsMatter, lines: tuple[WageLine, ...]) -> str:
    """Binds every line: a sheet with another name or sum has another code."""
    said = [matter.case.number, *(f"{each.number} {each.name} {each.amount_fen}" for each in lines)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
