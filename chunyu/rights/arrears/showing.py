"""What the case page shows of the matter, what departments see of it, and what forms suggest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.rights.arrears import queries
from chunyu.rights.arrears.pay_tables import ArrearsPayment
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.states import LISTING, PAYING
from chunyu.rights.arrears.tables import ArrearsMatter, ArrearsWorker
from chunyu.ui.templatetags.show import yuan

__all__ = ["panel", "shared", "shared_panel", "yuan"]
SHOWN = 30  # lines on the case page; all of them have a page of their own


def unpaid(case: Case) -> QuerySet[ArrearsWorker]:
    """The lines on which something is still owed."""
    rows = ArrearsWorker.objects.filter(matter__case=case)
    return rows.filter(owed_fen__gt=F("paid_fen") + F("written_off_fen")).order_by("line")


def standing_payments(case: Case) -> QuerySet[ArrearsPayment]:
    """Payments that did not bounce."""
    rows = ArrearsPayment.objects.filter(payout__matter__case=case, returned__isnull=True)
    return rows.select_related("worker", "payout").order_by("-payout__day", "worker__line")


def suggested_rest(case: Case, acting: Acting) -> int:
    return matter_of(case).remaining_fen


def still_owed(matter: ArrearsMatter) -> Iterable[Refusal]:
    """What keeps a case from ending, with the first names to begin with."""
    if matter.remaining_fen <= 0:
        return
    rows = list(unpaid(matter.case)[:4])
    names = _(", ").join(each.name for each in rows[:3]) + ("…" if len(rows) > 3 else "")
    sentence = _("%(amount)s yuan are still owed (%(names)s): pay them, or have the lines written off.")
    yield Refusal(sentence % {"amount": yuan(matter.remaining_fen), "names": names}, code="still_owed")


def _sums(matter: ArrearsMatter) -> list[tuple[str, str]]:
    people = ngettext("%(count)d worker", "%(count)d workers", matter.owed_to) % {"count": matter.owed_to}
    return [
        (_("Workers owed"), people),
        (pgettext("wages", "Owed"), yuan(matter.owed_fen)),
        (pgettext("wages", "Paid"), yuan(matter.paid_fen)),
        (_("Written off"), yuan(matter.written_off_fen)),
        (_("Still owed"), yuan(matter.remaining_fen)),
    ]


def shared(case: Case) -> list[tuple[str, Any]]:
    """What stands beside a department's question: employer and site. Never who reported it."""
    matter = matter_of(case)
    return [(_("Employer"), matter.employer), (_("Project or site"), matter.site or "—")]


def shared_panel(case: Case) -> dict[str, Any]:
    """The ledger of owed and paid that all departments share; no telephone, no ID number, no note."""
    matter = matter_of(case)
    return {"matter": matter, "sums": _sums(matter), "lines": queries.workers(matter).filter(owed_fen__gt=0)}


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This service's part of the case page."""
    matter = queries.with_lines(matter_of(case))
    lines = list(queries.workers(matter).filter(owed_fen__gt=0)[: SHOWN + 1])
    works = acting.role in case.table.access.works and case.is_open
    return {
        "matter": matter,
        "case": case,
        "sums": _sums(matter),
        "lines": lines[:SHOWN],
        "more": matter.owed_to - SHOWN if len(lines) > SHOWN else 0,
        "twice": queries.named_twice(acting, matter),
        "lists": works and case.state in LISTING,
        "pays": works and case.state == PAYING,
        "may_print": works and case.state in (*LISTING, PAYING) and bool(matter.owed_to),
        "may_lock": works and not matter.name_locked and matter.reporter_name is not None,
        "opens_name": works and matter.name_locked and acting.role == Role.COUNTY_APPROVER,
        "told": matter.told.reveal(),
        "reporter": reporter(matter),
    }


def reporter(matter: ArrearsMatter) -> str:
    """Who reported; nothing of it while the name is locked."""
    if matter.name_locked or matter.reporter_name is None:
        return ""
    phone = matter.reporter_phone.reveal() if matter.reporter_phone else ""
    return f"{matter.reporter_name.reveal()} {phone}".strip()
