"""A batch from preparation to the bank or the paying place: collected, submitted, approved by another person, sent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.one_of import one_of
from chunyu.ledger import accounts
from chunyu.ledger.actions.orders import step as order_step
from chunyu.ledger.actions.orders import step_all
from chunyu.ledger.authority import handles_money
from chunyu.ledger.bank_file import bank_file
from chunyu.ledger.batch_digest import digest, keyed, lines_of
from chunyu.ledger.checks_before_pay import Finding, findings
from chunyu.ledger.models import (
    BankFile,
    BatchDecision,
    BatchLine,
    Fund,
    LineFinding,
    PaymentOrder,
    PayoutBatch,
    Reason,
)
from chunyu.ledger.posting import Movement, move, post
from chunyu.ledger.process import BATCH_MOVES, Method
from chunyu.ledger.refusing import refusing, sentences
from chunyu.ledger.shares import shares_by_order
from chunyu.privacy import vault
from chunyu.registry.importing.writing import copy_in


def step(batch: PayoutBatch, name: str) -> str:
    """The state that a move leads to; Refusal when the batch cannot make it now."""
    if (after := BATCH_MOVES.get((batch.status, name))) is None:
        raise Refusal(
            _("Batch %(batch)s is “%(state)s”: this cannot be done now.")
            % {"batch": batch.number, "state": batch.get_status_display()},
            code="ledger_batch_state",
        )
    return after


def locked(batch: PayoutBatch) -> PayoutBatch:
    """The batch as it stands, held against everybody else until the transaction ends."""
    held = PayoutBatch.objects.select_for_update(of=["self"]).select_related("fund__organisation")
    return held.get(pk=batch.pk)


@transaction.atomic
def prepare_batch(
    acting: Acting, *, fund: Fund, orders: Sequence[PaymentOrder], day: date, cash_at: str = ""
) -> PayoutBatch:
    """A draft with one line for each order, for the bank, or for a paying place named in `cash_at`.

    Refused when an order is not ready, is not of this fund, or when a check stands against paying it: see
    `hold_blocked`, which holds such orders back first.
    """
    handles_money(acting, fund.scope_path)
    if not orders:
        raise Refusal(_("Choose at least one payment."), code="ledger_batch_empty")
    # Two preparers of one fund take turns, so that numbers follow each other without a gap.
    Fund.objects.select_for_update().get(pk=fund.pk)
    batch = PayoutBatch(
        organisation=fund.organisation,
        fund=fund,
        number=_next_number(fund, day),
        method=Method.CASH if cash_at.strip() else Method.BANK,
        place=cash_at.strip(),
        day=day,
        prepared_by=acting.post,
    )
    batch.save(force_insert=True)
    _collect(batch, orders, day)
    record(acting, "ledger.prepare_batch", batch, f"{batch.number}: {len(orders)} lines")
    return batch


def _next_number(fund: Fund, day: date) -> str:
    first = f"FF{fund.pk:06d}-{day.year}-"
    return f"{first}{PayoutBatch.objects.filter(number__startswith=first).count() + 1:04d}"


def _collect(batch: PayoutBatch, orders: Sequence[PaymentOrder], day: date) -> None:
    keys = [order.pk for order in orders]
    held = list(PaymentOrder.objects.select_for_update().filter(one_of("pk", keys), fund=batch.fund).order_by("pk"))
    if len(held) != len(set(keys)):
        raise Refusal(_("A batch pays orders of one fund only."), code="ledger_batch_other_fund")
    for order in held:
        order.fund = batch.fund
        order_step(order, "collect")
    refuse_blocked(held, day)
    lines = [
        BatchLine(
            batch=batch,
            order=order,
            line_no=number,
            line_key=f"{batch.number}-{number:04d}",
            payee_name=order.payee_name,
            bank_name=order.bank_name,
            card=order.card.reveal() if order.card and not batch.in_cash else None,
            amount_fen=order.amount_fen,
        )
        for number, order in enumerate(sorted(held, key=lambda each: (each.reference, each.instalment)), start=1)
    ]
    with refusing():
        step_all(held, "collect")
        copy_in(BatchLine, lines)


def refuse_blocked(orders: Sequence[PaymentOrder], day: date) -> dict[UUID, list[Finding]]:
    """What the checks find about each order; Refusal with every one against which a check stands, and why."""
    found = findings(orders, day)
    said = [
        _("%(order)s: %(finding)s") % {"order": order.reference, "finding": each.sentence}
        for order in orders
        for each in found[order.pk]
        if each.blocks
    ]
    if said:
        more = _(" And %(count)s more.") % {"count": len(said) - 5} if len(said) > 5 else ""
        raise Refusal(
            _("These payments cannot go on; hold them, and let another person look. ") + " ".join(said[:5]) + more,
            code="ledger_payment_blocked",
        )
    return found


@transaction.atomic
def take_out(acting: Acting, line: BatchLine) -> None:
    """A line leaves the draft; its order can join another batch."""
    batch = locked(line.batch)
    handles_money(acting, batch.scope_path)
    if batch.status != "draft":
        raise Refusal(_("Lines can be taken out only while the batch is being prepared."), code="ledger_line_of_draft")
    order = line.order
    order.status = order_step(order, "put_back")
    with refusing():
        line.delete()
        order.save(update_fields=["status"])
    record(acting, "ledger.take_out", batch, line.line_key)


@transaction.atomic
def dissolve(acting: Acting, batch: PayoutBatch) -> PayoutBatch:
    """Give up a draft: all its orders are ready again."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    batch.status, state = step(batch, "dissolve"), "planned"
    with refusing():
        PaymentOrder.objects.filter(lines__batch=batch, status="batched").update(status=state)
        batch.lines.all().delete()
        batch.save(update_fields=["status"])
    record(acting, "ledger.dissolve", batch, batch.number)
    return batch


@transaction.atomic
def submit(acting: Acting, batch: PayoutBatch) -> PayoutBatch:
    """Bind the batch to what it shows, with what the checks find about its lines, and hand it to a second person."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    after = step(batch, "submit")
    lines = lines_of(batch)
    if not lines:
        raise Refusal(_("The batch has no lines."), code="ledger_batch_empty")
    with refusing():
        _note_findings(lines, acting.day)
        batch.status, batch.digest, batch.submitted_by = after, digest(batch, lines), acting.post
        batch.save(update_fields=["status", "digest", "submitted_by"])
    record(acting, "ledger.submit", batch, f"{batch.number} as shown, code x{batch.digest[:16]}")
    return batch


@transaction.atomic
def approve(acting: Acting, batch: PayoutBatch, *, shown: str, day: date) -> PayoutBatch:
    """A second person approves. `shown` is the digest of the page that they looked at: it must be the batch's still."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    after = step(batch, "approve")
    lines = _unchanged(batch, shown)
    refuse_blocked([line.order for line in lines], day)
    with refusing():
        _decide(acting, batch, BatchDecision.Kind.APPROVE, day)
        batch.status = after
        batch.save(update_fields=["status"])
    record(acting, "ledger.approve", batch, f"{batch.number} as shown, code x{batch.digest[:16]}")
    return batch


@transaction.atomic
def send_back(acting: Acting, batch: PayoutBatch, *, day: date, note: str) -> PayoutBatch:
    """Back to the preparer, approved or not yet; an approval given before is void."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    after = step(batch, "send_back")
    if not note.strip():
        raise Refusal(_("Say what must be put right."), code="ledger_send_back_note")
    with refusing():
        _decide(acting, batch, BatchDecision.Kind.SEND_BACK, day, note.strip())
        batch.status, batch.digest = after, ""
        batch.save(update_fields=["status", "digest"])
        LineFinding.objects.filter(line__batch=batch).delete()
    record(acting, "ledger.send_back", batch, batch.number)
    return batch


def _note_findings(lines: Sequence[BatchLine], day: date) -> None:
    """What the second person will see. Something that blocks a line refuses the whole."""
    found = refuse_blocked([line.order for line in lines], day)
    LineFinding.objects.bulk_create(
        [
            LineFinding(line=line, code=each.check.code, detail=each.detail, hold=each.release)
            for line in lines
            for each in found[line.order_id]
        ]
    )


def approval_barred(acting: Acting, batch: PayoutBatch) -> Refusal | None:
    """Why this person cannot approve this batch, asked for the button; the database asks again."""
    hands = {batch.prepared_by.user_id, batch.submitted_by.user_id if batch.submitted_by else None}
    for people in batch.lines.values_list(
        "order__entered_by_id", "order__approved_by_id", "order__ordered_by__user_id"
    ):
        hands.update(people)
    if acting.user_id in hands:
        return Refusal(sentences()["ledger_decision_of_another"], code="ledger_decision_of_another")
    return None


def _decide(acting: Acting, batch: PayoutBatch, kind: str, day: date, note: str = "") -> None:
    BatchDecision.objects.create(batch=batch, kind=kind, digest=batch.digest, by=acting.post, day=day, note=note)


def _unchanged(batch: PayoutBatch, expected: str) -> list[BatchLine]:
    """The lines of a batch that is still what was shown."""
    lines = lines_of(batch)
    if not batch.digest == expected == digest(batch, lines):
        raise Refusal(
            _("The batch is not what was shown. Look at it again before you decide."), code="ledger_batch_changed"
        )
    return lines


@transaction.atomic
def send(acting: Acting, batch: PayoutBatch, *, day: date) -> BankFile | None:
    """Put the money on its way and make the bank file, both or neither; cash is drawn and has no file. After this only
    an answer moves it: the bank's, or a receipt. What has come up against a payment since the approval refuses it."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    after = step(batch, "send")
    lines = _unchanged(batch, batch.digest)
    orders = [line.order for line in lines]
    refuse_blocked(orders, day)
    batch.sent_on = day
    with refusing():
        batch.status = after
        batch.save(update_fields=["status", "sent_on"])
        step_all(orders, "send")
        post(acting, _sendings(batch, lines, day))
        kept = None if batch.in_cash else _keep_file(acting, batch, lines)
    record(acting, "ledger.send", batch, f"{batch.number}: {len(lines)} lines")
    return kept


def _keep_file(acting: Acting, batch: PayoutBatch, lines: Sequence[BatchLine]) -> BankFile:
    content = bank_file(batch, lines)
    stored = vault.put(content)
    return BankFile.objects.create(
        batch=batch, vault_name=stored.name, digest=_file_digest(content), size=stored.size, by=acting.post
    )


def _sendings(batch: PayoutBatch, lines: Sequence[BatchLine], day: date) -> list[Movement]:
    """One movement for each programme in the fund of the batch, and in any other that pays a part of its orders."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    funds: dict[str, Fund] = {}
    shares = shares_by_order(line.order for line in lines)
    for line in lines:
        for share in shares[line.order_id]:
            totals[line.order.programme, share.mark] += share.fen
            funds[share.mark] = share.fund
    return [
        move(
            f"send:{batch.pk}:{programme}{mark}",
            Reason.SENDING,
            day,
            out_of=accounts.committed(funds[mark], programme),
            into=accounts.in_transit(funds[mark], programme),
            quantity=total,
            programme=programme,
            reference=batch.number,
        )
        for (programme, mark), total in sorted(totals.items())
    ]


def _file_digest(content: bytes) -> str:
    return keyed(content.decode(), "bank-file")


@transaction.atomic
def download(acting: Acting, batch: PayoutBatch) -> bytes:
    """The bank file, as often as asked: made again from the batch and equal to the sealed one, byte for byte."""
    handles_money(acting, batch.scope_path)
    kept = BankFile.objects.filter(batch=batch).first()
    if kept is None:
        raise Refusal(_("The batch has not been sent yet: there is no bank file."), code="ledger_no_bank_file")
    content = vault.get(kept.vault_name)
    again = bank_file(batch, batch.lines.order_by("line_no"))
    if content != again or _file_digest(again) != kept.digest:
        raise Refusal(
            _("The bank file no longer agrees with the batch. Do not use it; tell the system keeper."),
            code="ledger_bank_file_differs",
        )
    record(acting, "ledger.download", batch, batch.number)
    return content
