"""Money from level to level: handed down, acknowledged by the receiver, handed back where it is not used."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import accounts
from chunyu.ledger.actions.funds import open_beside
from chunyu.ledger.authority import handles_money
from chunyu.ledger.models import Account, Allocation, AllocationStep, Fund, Reason
from chunyu.ledger.posting import move, post
from chunyu.ledger.refusing import refusing
from chunyu.ui.templatetags.show import yuan

Kind = AllocationStep.Kind


@transaction.atomic
def hand_down(
    acting: Acting,
    *,
    giver: Fund,
    organisation: Organisation,
    amount_fen: int,
    day: date,
    document_no: str,
    key: str,
    programmes: Collection[str] | None = None,
    document_of_fund: str = "",
) -> Allocation:
    """Hand free money down to an organisation under the giver, into its fund of the same source, document and year,
    which is opened if need be.

    `programmes` narrows the earmarks of a new fund to some of the giver's; `document_of_fund` is the document number
    that the new fund carries when it is the allocation's and not the giver's.
    """
    handles_money(acting, giver.scope_path)
    carried = document_of_fund or giver.document_no
    taker = Fund.objects.filter(
        organisation=organisation, source=giver.source, document_no=carried, year=giver.year
    ).first()
    if taker is None:
        if not giver.organisation.covers(organisation.path) or organisation == giver.organisation:
            raise Refusal(_("%(name)s is not under the giver.") % {"name": organisation.name}, "not_under_the_giver")
        _known(giver, programmes)
        taker = open_beside(
            acting, giver, programmes=programmes, organisation=organisation, document_no=carried, opened_on=day
        )
    return allocate(acting, giver=giver, taker=taker, amount_fen=amount_fen, day=day, document_no=document_no, key=key)


def _known(giver: Fund, programmes: Collection[str] | None) -> None:
    own = set(giver.earmarks.values_list("programme", flat=True))
    if programmes is not None and own and (not programmes or not set(programmes) <= own):
        raise Refusal(
            _("Money is handed down for the purposes of its fund, or some of them."),
            code="ledger_transfer_keeps_purpose",
        )


@transaction.atomic
def allocate(
    acting: Acting, *, giver: Fund, taker: Fund, amount_fen: int, day: date, document_no: str, key: str
) -> Allocation:
    """Free money leaves for a fund of the same source under the giver, for the same purposes or fewer. It is on its way
    until the receiver acknowledges it. `key` makes a repeated request harmless."""
    handles_money(acting, giver.scope_path)
    allocation = Allocation(
        organisation=giver.organisation,
        giver=giver,
        taker=taker,
        amount_fen=amount_fen,
        document_no=document_no.strip(),
        day=day,
        by=acting.post,
        key=f"{giver.pk}:{key}",
    )
    if (earlier := Allocation.objects.filter(key=allocation.key).first()) is not None:
        if (earlier.taker_id, earlier.amount_fen) == (taker.pk, amount_fen):
            return earlier
        raise Refusal(
            _("The key %(key)s was used before for another movement. Nothing was posted.") % {"key": key},
            code="ledger_key_other_content",
        )
    with refusing():
        allocation.save(force_insert=True)
        movement = move(
            f"allocate:{allocation.pk}",
            Reason.ALLOCATION,
            day,
            out_of=accounts.cash(giver),
            into=accounts.arriving(taker),
            quantity=amount_fen,
            reference=allocation.document_no,
        )
        post(acting, [movement])
    record(acting, "ledger.allocate", giver, f"{allocation.pk}: {yuan(amount_fen)} yuan to fund {taker.pk}")
    return allocation


@transaction.atomic
def acknowledge(acting: Acting, allocation: Allocation, *, day: date, document_no: str = "") -> AllocationStep:
    """Somebody of the receiver's finance office says that the money arrived: it is free there from now on."""
    handles_money(acting, allocation.taker.scope_path)
    _by_the_receiver(acting, allocation)
    return arrive(acting, allocation, day=day, document_no=document_no)


def arrive(acting: Acting, allocation: Allocation, *, day: date, document_no: str = "") -> AllocationStep:
    """The money arrived, as the caller's own process had somebody at the receiver's say."""
    taker = allocation.taker
    return _step(
        acting, allocation, Kind.ARRIVED, allocation.amount_fen, day, "arrived",
        out_of=accounts.arriving(taker), into=accounts.cash(taker), document_no=document_no,
    )  # fmt: skip


def _by_the_receiver(acting: Acting, allocation: Allocation) -> None:
    if allocation.giver.scope_path.startswith(acting.path):
        raise Refusal(
            _("The receiver says whether the money arrived, not the giver."), code="ledger_allocation_by_the_receiver"
        )


@transaction.atomic
def refuse_allocation(acting: Acting, allocation: Allocation, *, day: date, reason: str) -> AllocationStep:
    """The receiver does not take the money, or it never arrived: it is free at the giver's again."""
    handles_money(acting, allocation.taker.scope_path)
    _by_the_receiver(acting, allocation)
    return _undo(acting, allocation, Kind.REFUSED, day, reason)


@transaction.atomic
def take_allocation_back(acting: Acting, allocation: Allocation, *, day: date, reason: str) -> AllocationStep:
    """The giver takes money back that nobody has acknowledged."""
    handles_money(acting, allocation.giver.scope_path)
    return _undo(acting, allocation, Kind.TAKEN_BACK, day, reason)


def _undo(acting: Acting, allocation: Allocation, kind: Kind, day: date, reason: str) -> AllocationStep:
    return _step(
        acting, allocation, kind, allocation.amount_fen, day, "undone",
        out_of=accounts.arriving(allocation.taker), into=accounts.cash(allocation.giver), reason=reason,
    )  # fmt: skip


@transaction.atomic
def return_unspent(
    acting: Acting, allocation: Allocation, *, amount_fen: int, day: date, document_no: str, reason: str, key: str
) -> AllocationStep:
    """The receiver hands unspent money back to the fund that it came from."""
    handles_money(acting, allocation.taker.scope_path)
    return _step(
        acting, allocation, Kind.RETURNED, amount_fen, day, f"returned:{key}",
        out_of=accounts.cash(allocation.taker), into=accounts.cash(allocation.giver),
        document_no=document_no, reason=reason,
    )  # fmt: skip


def _step(
    acting: Acting,
    allocation: Allocation,
    kind: Kind,
    amount_fen: int,
    day: date,
    key: str,
    *,
    out_of: Account,
    into: Account,
    document_no: str = "",
    reason: str = "",
) -> AllocationStep:
    """One step with its movement; the same step asked for again is the first one."""
    step = AllocationStep(
        allocation=allocation,
        kind=kind,
        amount_fen=amount_fen,
        document_no=document_no.strip(),
        reason=reason.strip(),
        day=day,
        by=acting.post,
        key=f"{allocation.pk}:{key}",
    )
    if (earlier := AllocationStep.objects.filter(key=step.key).first()) is not None:
        if (earlier.kind, earlier.amount_fen) == (kind, amount_fen):
            return earlier
        raise Refusal(
            _("The key %(key)s was used before for another movement. Nothing was posted.") % {"key": key},
            code="ledger_key_other_content",
        )
    with refusing():
        step.save(force_insert=True)
        movement = move(
            f"step:{step.pk}",
            Reason.ARRIVAL if kind == Kind.ARRIVED else Reason.HAND_BACK,
            day,
            out_of=out_of,
            into=into,
            quantity=amount_fen,
            reference=step.document_no or allocation.document_no,
            note=step.reason,
        )
        post(acting, [movement])
    record(acting, f"ledger.allocation_{kind}", allocation.taker, f"{allocation.pk}: {yuan(amount_fen)} yuan")
    return step
