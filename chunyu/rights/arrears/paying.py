"""Paying out on the spot: the occasion with its witnesses, then each worker by signature, or all from the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import attach_document, move
from chunyu.casework.actions.case import locked, refuse_outsiders
from chunyu.casework.models import Case, Department
from chunyu.rights.arrears.pay_tables import ArrearsPayment, ArrearsPayout, ArrearsWitness
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.states import PAYING, PHOTO, SIGNATURE, SIGNED_SHEET
from chunyu.rights.arrears.tables import ArrearsWorker
from chunyu.rights.refusing import refusing

File = tuple[str, bytes]
Signed = ArrearsPayment.Signed
WITNESSES_NEEDED = 2  # departments; a trigger keeps it too


@dataclass(frozen=True)
class Witness:
    """Who stood by, and for which department."""

    department: str
    name: str
    to: Department | None = None


@transaction.atomic
def open_payout(
    acting: Acting,
    case: Case,
    *,
    day: date,
    place: str,
    payer: str,
    method: str,
    witnesses: Sequence[Witness],
    unwitnessed: bool = False,
    photo: File | None = None,
) -> ArrearsPayout:
    """Write down an occasion on which the employer pays, and who of which departments is there."""
    _paying(acting, case)
    matter = matter_of(case)
    if not case.opened_on <= day <= acting.day:
        raise Refusal(_("The pay-out lies between the opening of the case and today."), code="day")
    if not place.strip() or not payer.strip():
        raise Refusal(_("Say where it is paid out, and by whom."), code="field")
    too_few = len({each.department for each in witnesses}) < WITNESSES_NEEDED
    if too_few and not unwitnessed:
        sentence = _("Fewer than two departments witnessed this pay-out: name them, or mark it as unwitnessed.")
        raise Refusal(sentence, code="arrears_payout_witnessed_by_two")
    with refusing():
        payout = ArrearsPayout.objects.create(
            matter=matter,
            day=day,
            place=place.strip(),
            payer=payer.strip(),
            method=method,
            unwitnessed=too_few,
            photo=attach_document(acting, case, kind=PHOTO, name=photo[0], content=photo[1]) if photo else None,
            by=acting.post,
        )
        ArrearsWitness.objects.bulk_create(
            ArrearsWitness(payout=payout, to=each.to, department=each.department, name=each.name) for each in witnesses
        )
    record(acting, "rights.open_payout", matter, f"{len(witnesses)} witnesses")
    return payout


@transaction.atomic
def pay(
    acting: Acting, payout: ArrearsPayout, worker: ArrearsWorker, *, amount_fen: int, signature: File
) -> ArrearsPayment:
    """One worker takes the money and signs on the phone. When nothing is owed any more the case moves on by itself."""
    case = payout.matter.case
    _paying(acting, case)
    name, content = signature
    drawn = attach_document(acting, case, kind=SIGNATURE, name=f"{payout.day}-{worker.line}-{name}", content=content)
    with refusing():
        payment = ArrearsPayment.objects.create(
            payout=payout,
            worker=worker,
            amount_fen=amount_fen,
            signed=Signed.FINGER,
            signature=drawn,
            by=acting.post,
            day=acting.day,
        )
    record(acting, "rights.pay_wages", payout.matter, f"line {worker.line}: {amount_fen}")
    _on(acting, case)
    return payment


@transaction.atomic
def pay_from_sheet(
    acting: Acting, payout: ArrearsPayout, amounts: Mapping[ArrearsWorker, int], *, sheet: File
) -> list[ArrearsPayment]:
    """Enter a sheet that the workers signed: the scan, and what each received."""
    case = payout.matter.case
    _paying(acting, case)
    if not amounts:
        raise Refusal(_("Enter what at least one worker received."), code="field")
    held = ArrearsPayout.objects.select_for_update(of=("self",)).get(pk=payout.pk)
    if held.sheet_id is not None:
        raise Refusal(_("The sheet of this pay-out has been entered already. Open another pay-out."), code="sheet")
    name, content = sheet
    held.sheet = attach_document(acting, case, kind=SIGNED_SHEET, name=name, content=content)
    held.save(update_fields=["sheet"])
    with refusing():
        payments = ArrearsPayment.objects.bulk_create(
            ArrearsPayment(
                payout=held, worker=worker, amount_fen=amount, signed=Signed.PAPER, by=acting.post, day=acting.day
            )
            for worker, amount in sorted(amounts.items(), key=lambda each: each[0].line)
        )
    record(acting, "rights.pay_from_sheet", payout.matter, f"{len(payments)} workers, {sum(amounts.values())}")
    _on(acting, case)
    return payments


def _paying(acting: Acting, case: Case) -> None:
    locked(acting, case)
    refuse_outsiders(acting, case)
    if case.state != PAYING:
        raise Refusal(_("Wages are paid out while the case stands at “Being paid out”."), code="state")


def _on(acting: Acting, case: Case) -> None:
    """Nothing is owed any more: the case need not wait for a button."""
    if matter_of(case).remaining_fen == 0:
        move(acting, case, "pay_rest")
