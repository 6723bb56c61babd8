"""What the bank answered: taken over whole or not at all, each line posted once."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.following import follow
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.one_of import one_of
from chunyu.ledger import accounts
from chunyu.ledger.actions.batches import locked, step
from chunyu.ledger.actions.orders import step as order_step
from chunyu.ledger.actions.orders import step_all
from chunyu.ledger.authority import handles_money
from chunyu.ledger.batch_digest import keyed, lines_of
from chunyu.ledger.models import Account, BatchLine, Fund, PayoutBatch, Reason, ResultFile, Transfer
from chunyu.ledger.posting import Movement, move, post, reversal
from chunyu.ledger.process import OPEN, Outcome
from chunyu.ledger.refusing import refusing
from chunyu.ledger.result_file import Answer, Fault, ResultRefused, read
from chunyu.ledger.shares import Share, shares_by_order, shares_of
from chunyu.privacy import vault


@transaction.atomic
def import_result(acting: Acting, batch: PayoutBatch, *, content: bytes, day: date) -> ResultFile:
    """Take over a result file of the bank: paid lines reach their households, returned ones the fund.

    A file may answer a part of the lines; the rest waits. A line of which the bank does not know is unclear from then
    on, and waits too. The same file again, or a line answered before with the same result, changes nothing. Anything
    that does not fit refuses the whole file, with every fault at its row.
    """
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    # Base 64, since the content may be in any encoding.
    file_digest = keyed(base64.b64encode(content).decode(), "result-file")
    if earlier := ResultFile.objects.filter(batch=batch, digest=file_digest).first():
        return earlier
    if batch.status not in ("sent", "settled"):
        raise Refusal(_("The batch is not at the bank: there is no result to take over."), code="ledger_batch_not_sent")
    if batch.in_cash:
        raise Refusal(_("This batch is paid in cash: no bank answers for it."), code="ledger_batch_not_sent")
    paid, returned, unclear = _match(batch, read(content))
    stored = vault.put(content)
    with refusing():
        kept = ResultFile.objects.create(
            batch=batch,
            vault_name=stored.name,
            digest=file_digest,
            day=day,
            by=acting.post,
            paid_count=len(paid),
            paid_fen=sum(line.amount_fen for line in paid),
            returned_count=len(returned),
            returned_fen=sum(line.amount_fen for line in returned),
        )
        BatchLine.objects.filter(one_of("pk", [line.pk for line in unclear])).update(
            outcome=Outcome.UNCLEAR, unclear_since=day
        )
        settle(acting, paid, returned, day)
        if batch.status == "sent" and not batch.lines.filter(outcome__in=OPEN).exists():
            batch.status = step(batch, "settle")
            batch.save(update_fields=["status"])
    record(acting, "ledger.import_result", batch, f"{batch.number}: {len(paid)} paid, {len(returned)} returned")
    follow("ledger.result_imported", acting)
    return kept


def _match(batch: PayoutBatch, answers: Iterable[Answer]) -> tuple[list[BatchLine], list[BatchLine], list[BatchLine]]:
    """The lines that this file newly answers: paid, returned, and newly unclear; ResultRefused with every row that does
    not fit."""
    lines = {line.line_key: line for line in lines_of(batch, held=True)}
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    new: dict[str, list[BatchLine]] = {Outcome.PAID: [], Outcome.RETURNED: [], Outcome.UNCLEAR: []}
    for answer in answers:
        line = lines.get(answer.line_key)
        if message := _fault(answer, line, seen.get(answer.line_key)):
            faults.append(Fault(answer.row, message))
        elif line is not None and answer.outcome == Outcome.UNCLEAR:
            if line.outcome == Outcome.WAITING:  # what is settled, or unclear already, stays so
                new[Outcome.UNCLEAR].append(line)
        elif line is not None and answer.outcome not in ("", line.outcome):
            line.outcome, line.bank_reason = answer.outcome, answer.reason
            new[answer.outcome].append(line)
        seen.setdefault(answer.line_key, answer.row)
    if faults:
        raise ResultRefused(faults)
    return new[Outcome.PAID], new[Outcome.RETURNED], new[Outcome.UNCLEAR]


def _fault(answer: Answer, line: BatchLine | None, seen_at: int | None) -> str:
    if line is None:
        return _("line %(key)s is not in this batch.") % {"key": answer.line_key}
    if seen_at is not None:
        return _("line %(key)s was already answered in row %(row)s.") % {"key": answer.line_key, "row": seen_at}
    if answer.amount_fen != line.amount_fen:
        return _("the amount of line %(key)s differs from what was sent.") % {"key": answer.line_key}
    if line.outcome == Outcome.PAID and answer.outcome == Outcome.RETURNED:
        return _("line %(key)s was reported as paid before. If the bank took it back, record that on the line.") % {
            "key": answer.line_key
        }
    if line.outcome == Outcome.RETURNED and answer.outcome == Outcome.PAID:
        return _("line %(key)s was reported as returned before. Clear this with the bank.") % {"key": answer.line_key}
    return ""


def settle(acting: Acting, paid: Sequence[BatchLine], returned: Sequence[BatchLine], day: date) -> None:
    """Lines that carry their new outcome, their orders, and the books together."""
    lines = [*paid, *returned]
    if not lines:
        return
    said: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for line in lines:
        line.settled_on = day
        said[line.outcome, line.bank_reason].append(line.pk)
    for (outcome, reason), keys in said.items():
        answered = BatchLine.objects.filter(one_of("pk", keys))
        answered.update(outcome=outcome, bank_reason=reason, settled_on=day)
    step_all([line.order for line in paid], "confirm")
    step_all([line.order for line in returned], "bounce")
    shares = shares_by_order(line.order for line in lines)
    recipients: dict[object, list[tuple[UUID, str]]] = defaultdict(list)
    funds: dict[object, Fund] = {}
    for line in paid:
        for share in shares[line.order_id]:
            funds[share.fund.pk] = share.fund
            recipients[share.fund.pk].append((line.order.household_id, line.order.programme))
    received = {key: accounts.received(funds[key], homes) for key, homes in recipients.items()}
    ways = _Ways()
    payments = [
        _payment(line, share, ways, received[share.fund.pk], day) for line in paid for share in shares[line.order_id]
    ]
    bounces = [_bounce(line, share, ways, day) for line in returned for share in shares[line.order_id]]
    post(acting, payments + bounces)


class _Ways:
    """The accounts through which money goes to the bank and back, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, str, str], Account] = {}

    def __call__(self, fund: Fund, kind: str, programme: str) -> Account:
        key = (fund.pk, kind, programme)
        if key not in self._known:
            [self._known[key]] = accounts.of(fund, (kind, programme))
        return self._known[key]


def _payment(
    line: BatchLine, share: Share, ways: _Ways, received: dict[tuple[UUID, str], Account], day: date
) -> Movement:
    order = line.order
    return move(
        f"pay:{line.pk}{share.mark}",
        Reason.PAYMENT,
        day,
        out_of=ways(share.fund, Account.Kind.IN_TRANSIT, order.programme),
        into=received[order.household_id, order.programme],
        quantity=share.fen,
        programme=order.programme,
        reference=line.line_key,
    )


def _bounce(line: BatchLine, share: Share, ways: _Ways, day: date) -> Movement:
    order = line.order
    return move(
        f"bounce:{line.pk}{share.mark}",
        Reason.BOUNCE,
        day,
        out_of=ways(share.fund, Account.Kind.IN_TRANSIT, order.programme),
        into=ways(share.fund, Account.Kind.COMMITTED, order.programme),
        quantity=share.fen,
        programme=order.programme,
        reference=line.line_key,
    )


@transaction.atomic
def take_back(acting: Acting, line: BatchLine, *, day: date, reason: str) -> BatchLine:
    """The bank reported a payment and later sent it back: the payment is reversed, the order can be reissued."""
    batch = locked(line.batch)
    handles_money(acting, batch.scope_path)
    line = BatchLine.objects.select_for_update(of=["self"]).select_related("order__fund__organisation").get(pk=line.pk)
    if not reason.strip():
        raise Refusal(_("Give the bank's reason."), code="ledger_take_back_reason")
    if line.outcome != Outcome.PAID:
        raise Refusal(_("Only a payment that was reported as paid can be taken back."), code="ledger_line_not_paid")
    line.order.status = order_step(line.order, "take_back")
    line.outcome, line.bank_reason, line.settled_on = Outcome.RETURNED, reason.strip()[:200], day
    with refusing():
        line.save(update_fields=["outcome", "bank_reason", "settled_on"])
        line.order.save(update_fields=["status"])
        post(acting, [each for share in shares_of(line.order) for each in _taken_back(line, share, day)])
    record(acting, "ledger.take_back", batch, line.line_key)
    return line


def _taken_back(line: BatchLine, share: Share, day: date) -> tuple[Movement, Movement]:
    """The payment of a part undone, and its money back from the bank to where it is set aside."""
    paid = Transfer.objects.get(key=f"pay:{line.pk}{share.mark}")
    undone = reversal(paid, key=f"take-back:{line.pk}{share.mark}", day=day, note="")
    return undone, _bounce(line, share, _Ways(), day)
