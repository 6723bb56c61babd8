"""What the moves of the process write down beside the move itself; the process has checked who may."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework.actions import ask_department, decide, link_cases
from chunyu.casework.departments.queries import nearest
from chunyu.casework.festivals import shortly_before
from chunyu.casework.models import Case, Decision, Department
from chunyu.casework.queries import known_to
from chunyu.rights.arrears.pay_tables import ArrearsPayment, ArrearsReturn, ArrearsWriteOff
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.states import IN_HASTE_BEFORE, NAME
from chunyu.rights.arrears.tables import ArrearsMeasure, ArrearsWorker
from chunyu.rights.refusing import refusing

Duty = Department.Duty
# What each department is asked; on record, whatever the language of who sends it.
TASKS: dict[str, str] = {
    Duty.PETITIONS: "请接待并稳定来访职工，登记诉求，通报本案涉访情况。",
    Duty.HOUSING: "请核实建设单位、总包、分包和工程款拨付情况，督促总包先行清偿，提出工资保证金动用意见。",
    Duty.POLICE: "请到场维护秩序、见证发放；对逃匿、转移财产的，依法核查是否涉嫌拒不支付劳动报酬。",
    Duty.LABOUR: "请协调用人单位与职工核对工资，组织协商，督促限期支付。",
    Duty.INSPECTION: "请立案核查用工和工资支付情况，必要时下达限期支付决定。",
}
WITHIN, WITHIN_IN_HASTE = 10, 3  # working days for an answer


def answer_days(day: date) -> int:
    return WITHIN_IN_HASTE if shortly_before(day, IN_HASTE_BEFORE) else WITHIN


def _ask(acting: Acting, case: Case, duty: str, asked: str) -> None:
    """The department that answers for this, listed or on paper."""
    listed = nearest(case.organisation, duty, acting.day)
    name = "" if listed else str(Duty(duty).label)
    ask_department(acting, case, to=listed, department=name, asked=asked, days=answer_days(acting.day))


def send_out(acting: Acting, case: Case, *, note: str | None = None, **fields: Any) -> None:
    """A task of its own for each of the five, with its day."""
    for duty, task in TASKS.items():
        _ask(acting, case, duty, f"{task}\n{note}" if note else task)


def _measure(acting: Acting, case: Case, kind: str, **more: Any) -> None:
    with refusing():
        ArrearsMeasure.objects.create(matter=matter_of(case), kind=kind, day=acting.day, by=acting.post, **more)


def agree(acting: Acting, case: Case, *, amount_fen: int, pay_by: date, **fields: Any) -> None:
    _to_come(acting, pay_by)
    _measure(acting, case, ArrearsMeasure.Kind.AGREEMENT, amount_fen=amount_fen, pay_by=pay_by)


def order(acting: Acting, case: Case, *, number: str, amount_fen: int, pay_by: date, **fields: Any) -> None:
    _to_come(acting, pay_by)
    _measure(acting, case, ArrearsMeasure.Kind.ORDER, number=number, amount_fen=amount_fen, pay_by=pay_by)


def draw_guarantee(acting: Acting, case: Case, *, number: str, amount_fen: int, **fields: Any) -> None:
    _measure(acting, case, ArrearsMeasure.Kind.GUARANTEE, number=number, amount_fen=amount_fen)


def refer_police(acting: Acting, case: Case, *, note: str, **fields: Any) -> None:
    _measure(acting, case, ArrearsMeasure.Kind.POLICE)
    _ask(acting, case, Duty.POLICE, f"本案涉嫌拒不支付劳动报酬，现予移送，请答复是否立案。\n{note}")


def refer_legal_aid(acting: Acting, case: Case, *, number: str | None = None, **fields: Any) -> None:
    """Both numbers are kept: the other case's stands in the measure, and tied cases name each other."""
    _measure(acting, case, ArrearsMeasure.Kind.LEGAL_AID, number=number or "")
    other = known_to(acting).filter(number=(number or "").strip().upper()).exclude(pk=case.pk).first()
    if other is not None:
        link_cases(acting, case, other, "法律援助")


def write_off(acting: Acting, case: Case, *, worker: str, amount_fen: int, code: str, note: str, **fields: Any) -> None:
    with refusing():
        ArrearsWriteOff.objects.create(
            worker=ArrearsWorker.objects.get(pk=worker, matter__case=case),
            amount_fen=amount_fen,
            why=code,
            note=note,
            by=acting.post,
            day=acting.day,
        )


def settle(acting: Acting, case: Case, *, note: str | None = None, **fields: Any) -> None:
    matter = matter_of(case)
    decide(acting, case, Decision.Verdict.APPROVED, amount_fen=matter.paid_fen, reason=note)


def bounce(acting: Acting, case: Case, *, payment: str, reason: str, **fields: Any) -> None:
    """The money did not reach the worker: it is owed again."""
    row = ArrearsPayment.objects.get(pk=payment, payout__matter__case=case)
    with refusing():
        ArrearsReturn.objects.create(payment=row, reason=reason, by=acting.post, day=acting.day)


def join(acting: Acting, case: Case, *, number: str, **fields: Any) -> None:
    """A second report about the same wages: both numbers stay, and each case names the other."""
    other = known_to(acting).filter(process=NAME, number=number.strip().upper()).exclude(pk=case.pk).first()
    if other is None:
        raise Refusal(_("No other case of wages owed has this number here."), code="no_case")
    link_cases(acting, case, other, "同一欠薪事项")


def dismiss(acting: Acting, case: Case, *, code: str, note: str, **fields: Any) -> None:
    decide(acting, case, Decision.Verdict.REFUSED, code=code, reason=note)


def _to_come(acting: Acting, day: date) -> None:
    if day < acting.day:
        raise Refusal(_("The day by which it is to be paid lies in the past."), code="day")
