"""Goods: listed, taken in, given out against a receipt, brought back, moved, counted, and written off by two."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import User
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.authority import keeps_stock
from chunyu.ledger.models import Account, Basket, BasketItem, Commodity, Good, Leg, Reason, StockMovement, Transfer
from chunyu.ledger.models.settling import PAPER_LIMIT
from chunyu.ledger.paper import paper_type
from chunyu.ledger.posting import Entry, Movement, credit, debit, post
from chunyu.ledger.refusing import refusing
from chunyu.privacy import vault
from chunyu.registry.models import Household

Kind = StockMovement.Kind
Goods = Mapping[Good, int]
GOODS_AT_ONCE = 40


@transaction.atomic
def list_good(acting: Acting, *, organisation: Organisation, name: str, unit: str, value_fen: int, day: date) -> Good:
    """A new kind of thing for an organisation and all below it, with what one unit counts for in reports."""
    keeps_stock(acting, organisation.path)
    if not (name.strip() and unit.strip()):
        raise Refusal(_("Give the good a name and a unit of counting."), code="ledger_good_name")
    with refusing():
        commodity = Commodity.objects.create(code=f"G{secrets.token_hex(11)}", name=name.strip(), unit=unit.strip())
        good = Good(commodity=commodity, organisation=organisation, value_fen=value_fen, listed_on=day)
        good.save(force_insert=True)
    record(acting, "ledger.list_good", good, name.strip())
    return good


@transaction.atomic
def revalue_good(acting: Acting, good: Good, *, value_fen: int) -> Good:
    """What one unit counts for from now on; papers written before keep the value that they had."""
    keeps_stock(acting, good.scope_path)
    good.value_fen = value_fen
    with refusing():
        good.save(update_fields=["value_fen"])
    record(acting, "ledger.revalue_good", good, good.commodity.name)
    return good


@transaction.atomic
def make_basket(
    acting: Acting, *, organisation: Organisation, name: str, programme: str, programme_label: str, goods: Goods,
    day: date,
) -> Basket:  # fmt: skip
    """Goods that are given out together, for one programme."""
    keeps_stock(acting, organisation.path)
    _some(goods)
    with refusing():
        basket = Basket(
            organisation=organisation, name=name.strip(), programme=programme, programme_label=programme_label,
            made_on=day,
        )  # fmt: skip
        basket.save(force_insert=True)
        BasketItem.objects.bulk_create(
            [BasketItem(basket=basket, good=good, quantity=quantity) for good, quantity in at.in_order(goods.items())]
        )
    record(acting, "ledger.make_basket", basket, basket.name)
    return basket


def goods_in(basket: Basket) -> dict[Good, int]:
    return {item.good: item.quantity for item in basket.items.select_related("good__commodity")}


def _some(goods: Goods) -> None:
    if not goods or len(goods) > GOODS_AT_ONCE or any(quantity <= 0 for quantity in goods.values()):
        raise Refusal(_("Name at least one good with a quantity above zero."), code="ledger_stock_nothing")


def _key(place: Organisation, key: str) -> str:
    return f"stock:{place.pk}:{key}"


def _enough(place: Organisation, goods: Goods, key: str) -> None:
    """The kind question, of what is not posted already; the floor of the account is the answer that counts."""
    if Transfer.objects.filter(key=_key(place, key)).exists():
        return
    missing = [
        _("%(good)s: %(there)s there, %(needed)s needed")
        % {"good": good.commodity.name, "there": at.store(place, good).balance, "needed": quantity}
        for good, quantity in at.in_order(goods.items())
        if at.store(place, good).balance < quantity
    ]
    if missing:
        raise Refusal(
            _("%(place)s does not have that much. ") % {"place": place.name} + _("; ").join(missing),
            code="ledger_account_not_below_floor",
        )


@dataclass
class _Paper:
    """A movement about to be posted."""

    kind: Kind
    place: Organisation
    goods: Goods
    key: str
    document_no: str
    day: date
    reason: Reason
    entries: tuple[Entry, ...]
    programme: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def _post(acting: Acting, paper: _Paper) -> StockMovement:
    """Paper and transfer together. The same key again gives the paper that was first posted under it."""
    if not paper.document_no.strip():
        raise Refusal(_("Give the number of the document."), code="ledger_stock_has_its_paper")
    with refusing():
        movement = Movement(
            _key(paper.place, paper.key), paper.reason, paper.day, paper.entries, paper.programme,
            paper.document_no.strip(),
        )  # fmt: skip
        [transfer] = post(acting, [movement])
        earlier = StockMovement.objects.filter(transfer=transfer).first()
        if earlier is not None:
            return earlier
        kept = StockMovement(
            organisation=paper.place,
            kind=paper.kind,
            transfer=transfer,
            document_no=paper.document_no.strip(),
            day=paper.day,
            by=acting.post,
            value_fen=sum(good.value_fen * quantity for good, quantity in paper.goods.items()),
            **paper.fields,
        )
        kept.save(force_insert=True)
    record(acting, f"ledger.goods_{paper.kind}", kept, f"{kept.document_no}: {len(paper.goods)} goods")
    return kept


@transaction.atomic
def take_in(
    acting: Acting, *, place: Organisation, goods: Goods, origin: str, document_no: str, day: date, key: str
) -> StockMovement:
    """Goods arrive at a place: bought, given, or from the level above, under the number of their paper."""
    keeps_stock(acting, place.path)
    _some(goods)
    entries = tuple(
        entry
        for good, quantity in at.in_order(goods.items())
        for entry in (debit(at.store(place, good), quantity), credit(at.outside(place, good), quantity))
    )
    paper = _Paper(Kind.RECEIVED, place, goods, key, document_no, day, Reason.RECEIPT, entries)
    paper.fields = {"origin": origin}
    return _post(acting, paper)


@transaction.atomic
def give_out(
    acting: Acting,
    *,
    place: Organisation,
    household: Household,
    goods: Goods,
    programme: str,
    taken_by: str,
    paper: bytes,
    document_no: str,
    day: date,
    key: str,
    basket: Basket | None = None,
) -> StockMovement:
    """Goods go to a household against a signed receipt, which is kept in the vault."""
    keeps_stock(acting, place.path)
    content_type = paper_type(paper, PAPER_LIMIT)
    stored = vault.put(paper)
    receipt = {"vault_name": stored.name, "digest": stored.digest, "content_type": content_type}
    return issue(
        acting, place=place, household=household, goods=goods, programme=programme, taken_by=taken_by,
        document_no=document_no, day=day, key=key, basket=basket, receipt=receipt,
    )  # fmt: skip


def issue(
    acting: Acting,
    *,
    place: Organisation,
    household: Household,
    goods: Goods,
    programme: str,
    taken_by: str,
    document_no: str,
    day: date,
    key: str,
    basket: Basket | None,
    receipt: Mapping[str, str],
) -> StockMovement:
    """What giving out and using a coupon have in common; `receipt` is what proves it."""
    _some(goods)
    if not taken_by.strip():
        raise Refusal(_("Name who took the goods."), code="ledger_stock_issued_to_a_household")
    if household.status in (Household.Status.MERGED, Household.Status.CLOSED, Household.Status.EXITED):
        raise Refusal(_("The file of this household is closed or joined to another."), code="ledger_stock_closed_file")
    _enough(place, goods, key)
    entries = tuple(
        entry
        for good, quantity in at.in_order(goods.items())
        for entry in (
            debit(at.given_to(household, programme, good), quantity),
            credit(at.store(place, good), quantity),
        )
    )
    paper = _Paper(Kind.ISSUED, place, goods, key, document_no, day, Reason.PAYMENT, entries, programme)
    paper.fields = {"household": household, "taken_by": taken_by.strip(), "basket": basket, **receipt}
    return _post(acting, paper)


def quantities(movement: StockMovement, kind: str = "cash") -> dict[Good, int]:
    """How many of each good a movement took into its place (above nought) or out of it (below)."""
    moved: dict[Good, int] = {}
    for leg in movement.transfer.legs.filter(account__kind=kind, account__organisation=movement.organisation):
        good = Good.objects.select_related("commodity").get(pk=leg.account.commodity_id)
        moved[good] = moved.get(good, 0) + (leg.quantity if leg.side == Leg.Side.DEBIT else -leg.quantity)
    return moved


@transaction.atomic
def bring_goods_back(
    acting: Acting, issued: StockMovement, *, goods: Goods, document_no: str, taken_by: str, day: date, key: str
) -> StockMovement:
    """Goods of an issue come back into the store that they left: no more of each than went out and is not back yet."""
    place, household = issued.organisation, issued.household
    keeps_stock(acting, place.path)
    _some(goods)
    StockMovement.objects.select_for_update(of=["self"]).get(pk=issued.pk)
    if issued.kind != Kind.ISSUED or household is None:
        raise Refusal(_("Only goods that were given out can come back."), code="ledger_stock_return_names_its_issue")
    out = {good: -quantity for good, quantity in quantities(issued).items()}
    for earlier in issued.returned_by.exclude(transfer__key=_key(place, key)):
        for good, quantity in quantities(earlier).items():
            out[good] -= quantity
    if any(quantity > out.get(good, 0) for good, quantity in goods.items()):
        raise Refusal(_("No more can come back than was given out."), code="ledger_stock_return_too_much")
    programme = issued.transfer.programme
    entries = tuple(
        entry
        for good, quantity in at.in_order(goods.items())
        for entry in (
            debit(at.store(place, good), quantity),
            credit(at.given_to(household, programme, good), quantity),
        )
    )
    paper = _Paper(Kind.RETURNED, place, goods, key, document_no, day, Reason.BOUNCE, entries, programme)
    paper.fields = {"household": household, "taken_by": taken_by.strip(), "returns": issued}
    return _post(acting, paper)


@transaction.atomic
def move_goods(
    acting: Acting, *, place: Organisation, to_place: Organisation, goods: Goods, document_no: str, day: date, key: str
) -> StockMovement:
    """Goods go from one place to another, both within reach of who enters it."""
    keeps_stock(acting, place.path)
    keeps_stock(acting, to_place.path)
    _some(goods)
    _enough(place, goods, key)
    entries = tuple(
        entry
        for good, quantity in at.in_order(goods.items())
        for entry in (debit(at.store(to_place, good), quantity), credit(at.store(place, good), quantity))
    )
    paper = _Paper(Kind.MOVED, place, goods, key, document_no, day, Reason.ALLOCATION, entries)
    paper.fields = {"to_place": to_place}
    return _post(acting, paper)


@transaction.atomic
def write_off(
    acting: Acting, *, place: Organisation, goods: Goods, second: User, reason: str, document_no: str, day: date,
    key: str,
) -> StockMovement:  # fmt: skip
    """Spoiled, expired or lost goods leave the store; two people stand for it."""
    keeps_stock(acting, place.path)
    _some(goods)
    _enough(place, goods, key)
    entries = tuple(
        entry
        for good, quantity in at.in_order(goods.items())
        for entry in (debit(at.written_off(place, good), quantity), credit(at.store(place, good), quantity))
    )
    paper = _Paper(Kind.WRITTEN_OFF, place, goods, key, document_no, day, Reason.SPENDING, entries)
    paper.fields = {"second": second, "reason": reason.strip()}
    return _post(acting, paper)


@transaction.atomic
def take_stock(
    acting: Acting, *, place: Organisation, counted: Mapping[Good, int], second: User, reason: str, document_no: str,
    day: date, key: str,
) -> StockMovement | None:  # fmt: skip
    """Two people counted what lies there: the books follow, each difference posted. None when they agree already."""
    keeps_stock(acting, place.path)
    entries: list[Entry] = []
    differences: dict[Good, int] = {}
    # Held until the differences are posted: what is given out meanwhile waits, or was counted.
    stores = [at.store(place, good).pk for good in counted]
    list(Account.objects.select_for_update().filter(pk__in=stores).order_by("pk"))
    for good, number in at.in_order(counted.items()):
        there = at.store(place, good)
        difference = number - there.balance
        if difference > 0:
            entries += [debit(there, difference), credit(at.outside(place, good), difference)]
        elif difference < 0:
            entries += [debit(at.written_off(place, good), -difference), credit(there, -difference)]
        if difference:
            differences[good] = difference
    if not entries:
        return None
    paper = _Paper(Kind.COUNTED, place, differences, key, document_no, day, Reason.SPENDING, tuple(entries))
    paper.fields = {"second": second, "reason": reason.strip()}
    return _post(acting, paper)


@transaction.atomic
def open_paper(acting: Acting, movement: StockMovement) -> bytes:
    """The signed receipt of an issue; that it was opened is part of the record."""
    content = vault.get(movement.vault_name)
    record(acting, "ledger.open_paper", movement, movement.document_no)
    return content
