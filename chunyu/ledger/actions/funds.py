"""Opening funds and moving their free money: received, given back, allocated to another level."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import accounts
from chunyu.ledger.authority import handles_money
from chunyu.ledger.models import Account, Earmark, Fund, Reason, Transfer, YearClosing
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
) -> Fund:
    """A new, empty fund. `programmes` (code to label) are its earmarks for good; none means that it serves any."""
    handles_money(acting, organisation.path)
    if not document_no.strip():
        raise Refusal(_("Give the number of the document that grants this money."), code="ledger_fund_document")
    fund = Fund(
        organisation=organisation, name=name, source=source, document_no=document_no.strip(), year=year, opened_on=day
    )
    try:
        fund.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    with refusing():
        fund.save()
        for code, label in (programmes or {}).items():
            Earmark.objects.create(fund=fund, programme=code, label=label)
        accounts.source(fund)
        accounts.cash(fund)
    record(acting, "ledger.open_fund", fund, f"{fund.source} {fund.year}")
    return fund


@transaction.atomic
def receive(acting: Acting, *, fund: Fund, amount_fen: int, day: date, document_no: str, key: str) -> Transfer:
    """Money arrives in the fund from its source, under a document. `key` makes a repeated request harmless."""
    handles_money(acting, fund.scope_path)
    if not document_no.strip():
        raise Refusal(_("Give the number of the receipt or remittance."), code="ledger_receipt_document")
    movement = move(
        f"receive:{fund.pk}:{key}",
        Reason.RECEIPT,
        day,
        out_of=accounts.source(fund),
        into=accounts.cash(fund),
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
    movement = move(
        f"give-back:{fund.pk}:{key}",
        Reason.GIVE_BACK,
        day,
        out_of=accounts.cash(fund),
        into=accounts.source(fund),
        quantity=amount_fen,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.give_back", fund, f"{transfer.pk}: {yuan(amount_fen)} yuan")
    return transfer


@transaction.atomic
def allocate(
    acting: Acting, *, giver: Fund, taker: Fund, amount_fen: int, day: date, document_no: str, key: str
) -> Transfer:
    """Free money goes to a fund of the same source at another organisation, for the same purposes or fewer."""
    handles_money(acting, giver.scope_path)
    movement = move(
        f"allocate:{giver.pk}:{key}",
        Reason.ALLOCATION,
        day,
        out_of=accounts.cash(giver),
        into=accounts.cash(taker),
        quantity=amount_fen,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.allocate", giver, f"{transfer.pk}: {yuan(amount_fen)} yuan to fund {taker.pk}")
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
    movement = move(
        f"spend:{fund.pk}:{key}",
        Reason.SPENDING,
        day,
        out_of=accounts.cash(fund),
        into=accounts.spent(fund),
        quantity=amount_fen,
        programme=programme,
        reference=document_no.strip(),
    )
    [transfer] = post(acting, [movement])
    record(acting, "ledger.spend", fund, f"{transfer.pk}: {yuan(amount_fen)} yuan")
    return transfer


# Orders and batches have their own ways back, which keep their states in step with the books.
REVERSIBLE = frozenset({Reason.RECEIPT, Reason.GIVE_BACK, Reason.ALLOCATION})


@transaction.atomic
def reverse(acting: Acting, *, transfer: Transfer, day: date, reason: str) -> Transfer:
    """Undo a receipt, return or allocation by its mirror image; `reason` stays beside it for the auditor."""
    fund = Fund.objects.filter(accounts__legs__transfer=transfer).order_by("pk").first()
    assert fund is not None
    handles_money(acting, fund.scope_path)
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


@transaction.atomic
def close_year(acting: Acting, *, fund: Fund, year: int) -> YearClosing:
    """Close the fund's books up to the end of `year`. There is no opening them again."""
    handles_money(acting, fund.scope_path)
    # Whoever is posting now holds these rows; whoever comes later finds the year closed.
    list(Account.objects.select_for_update().filter(fund=fund).order_by("pk"))
    with refusing():
        closing = YearClosing.objects.create(fund=fund, year=year, by=acting.post)
    record(acting, "ledger.close_year", fund, str(year))
    return closing
