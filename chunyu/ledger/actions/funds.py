"""Opening funds and moving their free money: received, given back, spent by the union itself."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import accounts
from chunyu.ledger.authority import handles_money
from chunyu.ledger.earmarks.matrix import refuse_outside
from chunyu.ledger.earmarks.uses import use_of
from chunyu.ledger.models import Earmark, Fund, Reason, Transfer
from chunyu.ledger.posting import move, post, reversal
from chunyu.ledger.refusing import refusing
from chunyu.ui.templatetags.show import yuan


@transaction.atomic
def open_fund(
    acting: Acting,
    *,
    organisation: Organisation,
    name: str,
    source: str,
    document_no: str,
    year: int,
    day: date,
    programmes: Mapping[str, str] | None = None,
    rule_numbers: Mapping[str, str] | None = None,
) -> Fund:
    """A new, empty fund. `programmes` (code to label) are its earmarks for good; none means that it serves any.

    Each must be allowed by the earmark matrix; `rule_numbers` (code to document number) states the document where the
    matrix asks for one. Refusal with the rule and its source otherwise.
    """
    handles_money(acting, organisation.path)
    return _opened(
        acting,
        Fund(organisation=organisation, name=name, source=source, document_no=document_no, year=year, opened_on=day),
        [
            Earmark(programme=code, label=label, use=use_of(code), rule_no=(rule_numbers or {}).get(code, "").strip())
            for code, label in (programmes or {}).items()
        ],
    )


def open_beside(acting: Acting, like: Fund, *, programmes: Collection[str] | None = None, **changed: Any) -> Fund:
    """A new fund of the same money at another organisation or for another year, with the same earmarks or some of
    them. The caller has asked who may."""
    fund = Fund(**{
        "organisation": like.organisation, "name": like.name, "source": like.source, "document_no": like.document_no,
        "year": like.year, **changed,
    })  # fmt: skip
    marks = [each for each in like.earmarks.all() if programmes is None or each.programme in programmes]
    return _opened(
        acting, fund, [Earmark(programme=m.programme, label=m.label, use=m.use, rule_no=m.rule_no) for m in marks]
    )


def _opened(acting: Acting, fund: Fund, earmarks: list[Earmark]) -> Fund:
    fund.document_no = fund.document_no.strip()
    if not fund.document_no:
        raise Refusal(_("Give the number of the document that grants this money."), code="ledger_fund_document")
    try:
        fund.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    for mark in earmarks:
        refuse_outside(fund.source, fund.get_source_display(), mark.use, fund.opened_on, rule_no=mark.rule_no)
    with refusing():
        fund.save()
        for mark in earmarks:
            mark.fund = fund
            mark.save(force_insert=True)
        accounts.of(fund, accounts.SOURCE, accounts.CASH)
    record(acting, "ledger.open_fund", fund, f"{fund.source} {fund.year}")
    return fund


@transaction.atomic
def receive(acting: Acting, *, fund: Fund, amount_fen: int, day: date, document_no: str, key: str) -> Transfer:
    """Money arrives in the fund from its source, under a document. `key` makes a repeated request harmless."""
    handles_money(acting, fund.scope_path)
    if not document_no.strip():
        raise Refusal(_("Give the number of the receipt or remittance."), code="ledger_receipt_document")
    source, cash = accounts.of(fund, accounts.SOURCE, accounts.CASH)
    movement = move(
        f"receive:{fund.pk}:{key}",
        Reason.RECEIPT,
        day,
        out_of=source,
        into=cash,
        quantity=amount_fen,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.receive", fund, f"{transfer.pk}: {yuan(amount_fen)} yuan")
    return transfer


@transaction.atomic
def give_back(acting: Acting, *, fund: Fund, amount_fen: int, day: date, document_no: str, key: str) -> Transfer:
    """Unspent free money goes back to the source."""
    handles_money(acting, fund.scope_path)
    source, cash = accounts.of(fund, accounts.SOURCE, accounts.CASH)
    movement = move(
        f"give-back:{fund.pk}:{key}",
        Reason.GIVE_BACK,
        day,
        out_of=cash,
        into=source,
        quantity=amount_fen,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.give_back", fund, f"{transfer.pk}: {yuan(amount_fen)} yuan")
    return transfer


@transaction.atomic
def spend(
    acting: Acting, *, fund: Fund, amount_fen: int, day: date, document_no: str, key: str, programme: str = ""
) -> Transfer:
    """A union used free money for its own work, as its checked report says: it leaves the fund for good. Earmarked
    money is for programmes of aid: it goes only for a `programme` that the earmark names, such as visits to people who
    have no file."""
    handles_money(acting, fund.scope_path)
    if fund.earmarks.exists() and not (programme and fund.serves(programme)):
        raise Refusal(_("This fund is earmarked for programmes of aid."), code="ledger_spend_earmarked")
    cash, spent = accounts.of(fund, accounts.CASH, accounts.SPENT)
    movement = move(
        f"spend:{fund.pk}:{key}",
        Reason.SPENDING,
        day,
        out_of=cash,
        into=spent,
        quantity=amount_fen,
        programme=programme,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.spend", fund, f"{transfer.pk}: {yuan(amount_fen)} yuan")
    return transfer


# Orders and batches have their own ways back, which keep their states in step with the books.
REVERSIBLE = frozenset({Reason.RECEIPT, Reason.GIVE_BACK})


@transaction.atomic
def reverse(acting: Acting, *, transfer: Transfer, day: date, reason: str) -> Transfer:
    """Undo a receipt or a return by its mirror image; `reason` stays beside it for the auditor."""
    fund = Fund.objects.filter(accounts__legs__transfer=transfer).order_by("pk").first()
    assert fund is not None
    handles_money(acting, fund.scope_path)
    if transfer.reason in (Reason.ALLOCATION, Reason.ARRIVAL, Reason.HAND_BACK, Reason.CARRY):
        raise Refusal(
            _("Money that changed levels is handed back, not reversed."), code="ledger_transfer_level_by_level"
        )
    if transfer.reason not in REVERSIBLE:
        raise Refusal(
            _("A payment is undone through its order or batch, not by reversing the transfer."),
            code="ledger_reverse_through_order",
        )
    if not reason.strip():
        raise Refusal(_("State why the transfer is reversed."), code="ledger_reverse_reason")
    [posted] = post(acting, [reversal(transfer, key=f"reverse:{transfer.pk}", day=day, note=reason.strip())])
    record(acting, "ledger.reverse", fund, f"{transfer.pk} by {posted.pk}")
    return posted
