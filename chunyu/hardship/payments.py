"""Bringing cases up to date with what the bank answered."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.hardship.actions import PROCESS
from chunyu.ledger.models import PaymentOrder


@dataclass
class Followed:
    arrived: int = 0
    returned: int = 0


def follow_payments(acting: Acting) -> Followed:
    """Move every case whose payment arrived or came back, as the finance officer who posted the bank's answer.

    Where the process does not let this post take the step (an approver posted the answer), the case keeps its button
    for the finance officer.
    """
    followed = Followed()
    waiting = Case.objects.within(acting.path).filter(process=PROCESS, state="in_payment")
    answered = PaymentOrder.objects.within(acting.path).filter(status__in=["paid", "returned"])
    status = dict(answered.filter(reference__in=waiting.values("number")).values_list("reference", "status"))
    for case in waiting.filter(number__in=status).order_by("number"):
        with contextlib.suppress(casework.Refused):
            if status[case.number] == "paid":
                casework.move(acting, case, "settle")
                followed.arrived += 1
            else:
                casework.move(acting, case, "bounce", note=_("The bank returned the payment."))
                followed.returned += 1
    return followed
