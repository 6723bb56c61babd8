"""The auditor's ready-made questions about payments. Each narrows the lines that left for the bank or the paying place
and says beside each line what it was found by; nothing here changes anything.

Questions about what a room above knows are answered by it: `settings.AUDITING` names, for a question, functions that
give a condition over lines of batches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from chunyu.federation.models import path_end
from chunyu.ledger import queries
from chunyu.ledger.checks_before_pay import TWICE_WITHIN
from chunyu.ledger.models import BatchDecision, BatchLine, LineFinding
from chunyu.ledger.process import Method, Outcome
from chunyu.registry.models import Member

Rows = QuerySet[BatchLine]


@dataclass(frozen=True)
class Question:
    """`rows` narrows the lines of a scope as of a day; each row carries `beside`, what it was found by."""

    code: str
    title: str | Promise
    explanation: str | Promise
    rows: Callable[[str, date], Rows]


def _left(path: str) -> Rows:
    """Every line of a scope that left for the bank or the paying place."""
    return BatchLine.objects.filter(
        batch__sent_on__isnull=False, order__scope_path__gte=path, order__scope_path__lt=path_end(path)
    ).select_related("order__household", "order__fund", "batch")


def _paid(path: str) -> Rows:
    return _left(path).filter(outcome=Outcome.PAID)


def _beside(rows: Rows, expression: Any) -> Rows:
    return rows.annotate(beside=Coalesce(Cast(expression, CharField()), Value(""), output_field=CharField()))


def _outside(code: str) -> Q:
    """What rooms above know for a question, any of it; nothing where no room knows anything."""
    known = [Q(import_string(name)()) for name in settings.AUDITING.get(code, ())]
    return reduce(or_, known) if known else Q(pk__in=[])


def paid_twice(path: str, day: date) -> Rows:
    worker = Member.objects.filter(household=OuterRef("order__household"), is_worker=True).order_by("-is_open", "pk")
    rows = _paid(path).annotate(person=Subquery(worker.values("id_number_index")[:1]))
    other = BatchLine.objects.filter(
        outcome=Outcome.PAID,
        order__programme=OuterRef("order__programme"),
        order__household__members__is_worker=True,
        order__household__members__id_number_index=OuterRef("person"),
        settled_on__gte=OuterRef("settled_on") - Value(TWICE_WITHIN),
        settled_on__lte=OuterRef("settled_on") + Value(TWICE_WITHIN),
    ).exclude(order__reference=OuterRef("order__reference"))
    return _beside(rows.filter(Exists(other)), Subquery(other.order_by("settled_on").values("order__reference")[:1]))


def paid_after_exit(path: str, day: date) -> Rows:
    gone = Member.objects.filter(
        household=OuterRef("order__household"), name=OuterRef("payee_name"), left_on__lte=OuterRef("settled_on")
    )
    closed = Q(order__household__status__in=["exited", "closed"], order__household__closed_on__lte=F("settled_on"))
    on = Coalesce(Subquery(gone.values("left_on")[:1]), F("order__household__closed_on"))
    return _beside(_paid(path).filter(Q(Exists(gone)) | closed), on)


def other_name(path: str, day: date) -> Rows:
    own = Q(household=OuterRef("order__household")) | Q(household__merged_into=OuterRef("order__household"))
    stranger = ~Exists(Member.objects.filter(own, name=OuterRef("payee_name")))
    refused = Q(outcome=Outcome.RETURNED, bank_reason__contains="户名")
    return _beside(_left(path).filter(Q(stranger, outcome=Outcome.PAID) | refused), F("bank_reason"))


def over_cap(path: str, day: date) -> Rows:
    return _beside(_paid(path).filter(_outside("over_cap")), F("order__reference"))


def too_early(path: str, day: date) -> Rows:
    approved = BatchDecision.objects.filter(
        batch=OuterRef("batch"), kind=BatchDecision.Kind.APPROVE, day__lte=OuterRef("batch__sent_on")
    )
    rows = _left(path).exclude(outcome=Outcome.RETURNED)
    return _beside(rows.filter(Q(~Exists(approved)) | _outside("too_early")), F("batch__sent_on"))


def shared_card(path: str, day: date) -> Rows:
    other = (
        BatchLine.objects.filter(card_index=OuterRef("card_index"), batch__sent_on__isnull=False)
        .exclude(outcome=Outcome.RETURNED)
        .exclude(payee_name=OuterRef("payee_name"))
    )
    rows = _left(path).exclude(outcome=Outcome.RETURNED).filter(Exists(other), card_index__isnull=False)
    return _beside(rows, Subquery(other.order_by("pk").values("order__reference")[:1]))


def cash_without_receipt(path: str, day: date) -> Rows:
    rows = _left(path).filter(batch__method=Method.CASH, receipt__isnull=True).exclude(outcome=Outcome.RETURNED)
    return _beside(rows, F("batch__place"))


def unclear(path: str, day: date) -> Rows:
    return _beside(queries.unclear_at_bank(path, day), F("days"))


def let_pass(path: str, day: date) -> Rows:
    found = LineFinding.objects.filter(line=OuterRef("pk"), hold__isnull=False)
    rows = _left(path).filter(Exists(found))
    return _beside(rows, Subquery(found.values("hold__release_reason")[:1]))


QUESTIONS = {
    question.code: question
    for question in (
        Question(
            "twice", _("The same person paid twice"),
            _("Two payments of one programme within 60 days to the same ID number, at any level and from any fund. "
              "Beside it: the other case."),
            paid_twice,
        ),
        Question(
            "after-exit", _("Paid after death or exit"),
            _("The file was closed, or the payee had left the household, on or before the day of payment. Beside it: "
              "that day."),
            paid_after_exit,
        ),
        Question(
            "other-name", _("Payee and account in different names"),
            _("The payee is nobody of the household, or the bank said that the account is in another name. Beside it: "
              "the bank's words."),
            other_name,
        ),
        Question(
            "over-cap", _("Amount above the cap"),
            _("More was paid on a case than was granted, or than the rules allowed."), over_cap,
        ),
        Question(
            "too-early", _("Paid before approval or the notice's end"),
            _("The batch left before a second person approved it, before the grant, or before the public notice was "
              "over. Beside it: the day on which it left."),
            too_early,
        ),
        Question(
            "shared-card", _("One card for several payees"),
            _("The same card received for payees of different names. Beside it: one of the other cases."),
            shared_card,
        ),
        Question(
            "no-receipt", _("Cash without a receipt"),
            _("Cash that was drawn, for which there is no signed receipt and which was not brought back. Beside it: "
              "the paying place."),
            cash_without_receipt,
        ),
        Question(
            "unclear", _("Unclear at the bank"),
            _("The bank does not know of the line, or has not answered for three days. Beside it: the days."),
            unclear,
        ),
        Question(
            "let-pass", _("Let pass by a second person"),
            _("A check stood against the payment, and another person released it. Beside it: the reason."),
            let_pass,
        ),
    )
}  # fmt: skip
