"""The public notice on paper, for the board that it also hangs on."""

from __future__ import annotations

from django.db import models
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.casework.models import PublicNotice
from chunyu.casework.pages import CaseAddress
from chunyu.printing.forms import Notice, NoticeLine
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form, spoken, starred


def notice_paper(notice: PublicNotice) -> Notice:
    """What hangs on the board is what the public page shows, and nothing more."""
    days = ngettext("%(days)s working day", "%(days)s working days", notice.working_days)
    period = _("%(from)s to %(to)s (%(days)s)") % {
        "from": spoken(notice.from_day),
        "to": spoken(notice.to_day),
        "days": days % {"days": notice.working_days},
    }
    return Notice(
        number=notice.case.number,
        day=notice.from_day,
        organisation=notice.county.name,
        sentence=_(
            "Aid has been applied for, and the union has visited the household and checked what was stated. "
            "It is proposed to give the following aid, which is made known here."
        ),
        lines=(
            NoticeLine(
                starred(notice.masked_name),
                notice.category,
                notice.programme,
                notice.amount_fen,
                notice.organisation_name,
            ),
        ),
        period=period,
        objections_to=notice.objections_to,
    )


class PrintNotice(CaseAddress, PrintPage):
    """Masked values only: whoever sees the case may hang it out."""

    event = "casework.print_notice"
    back = "casework:case"

    def paper(self) -> tuple[Form, models.Model]:
        if self.standing.notice is None:
            raise Http404
        return notice_paper(self.standing.notice), self.case
