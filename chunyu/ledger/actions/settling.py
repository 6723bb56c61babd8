"""Lines that no result file settles: cash handed over against a receipt, and lines that stayed unclear at the bank."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.following import follow
from chunyu.accounts.models import Post, User
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.ledger.actions.batches import locked, step
from chunyu.ledger.actions.results import settle
from chunyu.ledger.authority import handles_money
from chunyu.ledger.models import BatchLine, CashReceipt, Clearing, PayoutBatch
from chunyu.ledger.models.settling import PAPER_LIMIT
from chunyu.ledger.paper import paper_type
from chunyu.ledger.process import OPEN, Outcome
from chunyu.ledger.refusing import refusing, sentences
from chunyu.privacy import vault


def _line(line: BatchLine) -> BatchLine:
    """The line as it stands, held until the transaction ends; its batch was locked before."""
    held = BatchLine.objects.select_for_update(of=["self"]).select_related("order", "batch__fund")
    return held.get(pk=line.pk)


def _close(batch: PayoutBatch) -> None:
    """A batch with no open line left is settled."""
    if batch.status == "sent" and not batch.lines.filter(outcome__in=OPEN).exists():
        batch.status = step(batch, "settle")
        batch.save(update_fields=["status"])


def witnesses(acting: Acting, scope_path: str) -> list[User]:
    """Who can be the second person where money or goods change hands: everybody else with a post around here."""
    chain = [scope_path[: n + 1] for n, mark in enumerate(scope_path) if mark == "."]
    posts = Post.objects.held_on(acting.day).filter(organisation__path__in=chain).exclude(user=acting.user_id)
    people = {post.user_id: post.user for post in posts.select_related("user").order_by("user__full_name", "pk")}
    return list(people.values())


@transaction.atomic
def hand_over(
    acting: Acting, line: BatchLine, *, kind: str, taken_by: str, paper: bytes, witness: User, day: date
) -> CashReceipt:
    """Cash was handed to a person in the sight of two: the signed paper is kept, and the money has arrived."""
    batch = locked(line.batch)
    handles_money(acting, batch.scope_path)
    line = _line(line)
    if not batch.in_cash or batch.status != "sent" or line.outcome != Outcome.WAITING:
        raise Refusal(
            _("Cash is handed over while its batch is being paid, once for each line."), code="ledger_cash_state"
        )
    if not taken_by.strip():
        raise Refusal(_("Name who took the money."), code="ledger_receipt_has_its_paper")
    content_type = paper_type(paper, PAPER_LIMIT)
    stored = vault.put(paper)
    with refusing():
        receipt = CashReceipt.objects.create(
            line=line,
            kind=kind,
            taken_by=taken_by.strip(),
            vault_name=stored.name,
            digest=stored.digest,
            size=stored.size,
            content_type=content_type,
            day=day,
            by=acting.post,
            witness=witness,
        )
        line.outcome = Outcome.PAID
        settle(acting, [line], [], day)
        _close(batch)
    record(acting, "ledger.hand_over", batch, f"{line.line_key} {stored.digest[:12]}")
    follow("ledger.result_imported", acting)
    return receipt


@transaction.atomic
def bring_back(acting: Acting, batch: PayoutBatch, *, day: date, reason: str) -> int:
    """Cash that nobody fetched goes back from the paying place: every line without a receipt returns to its fund. How
    many fen that is."""
    batch = locked(batch)
    handles_money(acting, batch.scope_path)
    if not batch.in_cash or batch.status != "sent":
        raise Refusal(_("Only cash that was drawn can be brought back."), code="ledger_cash_state")
    if not reason.strip():
        raise Refusal(_("State why the cash was not fetched."), code="ledger_bring_back_reason")
    lines = list(
        BatchLine.objects.select_for_update(of=["self"])
        .filter(batch=batch, outcome=Outcome.WAITING)
        .select_related("order", "batch__fund")
        .order_by("line_no")
    )
    for line in lines:
        line.outcome, line.bank_reason = Outcome.RETURNED, reason.strip()[:200]
    with refusing():
        settle(acting, [], lines, day)
        _close(batch)
    record(acting, "ledger.bring_back", batch, f"{batch.number}: {len(lines)} lines")
    follow("ledger.result_imported", acting)
    return sum(line.amount_fen for line in lines)


@transaction.atomic
def open_receipt(acting: Acting, receipt: CashReceipt) -> bytes:
    """The signed paper, for somebody who reads the money; that it was opened is part of the record."""
    content = vault.get(receipt.vault_name)
    record(acting, "ledger.open_receipt", receipt.line.batch, receipt.line.line_key)
    return content


# --- lines that stayed unclear at the bank


@transaction.atomic
def say_cleared(
    acting: Acting, line: BatchLine, *, outcome: str, statement_no: str, reason: str = "", day: date
) -> Clearing:
    """One person found in the bank's statement what became of an open line. Nothing moves until another confirms."""
    batch = locked(line.batch)
    handles_money(acting, batch.scope_path)
    line = _line(line)
    if batch.in_cash or batch.status != "sent" or line.outcome not in OPEN:
        raise Refusal(
            _("Only a line that waits for the bank's answer can be cleared so."), code="ledger_clearing_state"
        )
    if outcome == Outcome.RETURNED and not reason.strip():
        raise Refusal(_("Give the bank's reason."), code="ledger_clearing_reason")
    with refusing():
        clearing = Clearing.objects.create(
            line=line,
            outcome=outcome,
            statement_no=statement_no.strip(),
            reason=reason.strip(),
            said_by=acting.post,
            said_on=day,
        )
    record(acting, "ledger.say_cleared", batch, line.line_key)
    return clearing


def confirmation_barred(acting: Acting, clearing: Clearing) -> Refusal | None:
    """Why this person cannot confirm, asked for the button; the database asks again."""
    if clearing.said_by.user_id == acting.user_id:
        return Refusal(sentences()["ledger_clearing_by_two"], code="ledger_clearing_by_two")
    return None


@transaction.atomic
def confirm_cleared(acting: Acting, clearing: Clearing, *, day: date) -> BatchLine:
    """Another person saw the same in the statement: the line is settled as if the bank's file had said so."""
    batch = locked(clearing.line.batch)
    handles_money(acting, batch.scope_path)
    line = _line(clearing.line)
    clearing = Clearing.objects.select_for_update(of=["self"]).get(pk=clearing.pk)
    if line.outcome not in OPEN:
        raise Refusal(_("The line has been settled meanwhile."), code="ledger_clearing_state")
    clearing.confirmed_by, clearing.confirmed_on = acting.post, day
    line.outcome, line.bank_reason = clearing.outcome, clearing.reason
    with refusing():
        clearing.save(update_fields=["confirmed_by", "confirmed_on"])
        paid = line.outcome == Outcome.PAID
        settle(acting, [line] if paid else [], [] if paid else [line], day)
        _close(batch)
    record(acting, "ledger.confirm_cleared", batch, line.line_key)
    follow("ledger.result_imported", acting)
    return line


@transaction.atomic
def drop_clearing(acting: Acting, clearing: Clearing, *, day: date) -> Clearing:
    """What was found was a mistake: it is dropped, and the line waits on."""
    handles_money(acting, clearing.line.batch.scope_path)
    clearing.dropped_on = day
    with refusing():
        clearing.save(update_fields=["dropped_on"])
    record(acting, "ledger.drop_clearing", clearing.line.batch, clearing.line.line_key)
    return clearing
