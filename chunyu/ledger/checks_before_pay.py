"""What is asked of every payment before it leaves: one table of checks, each with the sentence that people read.

A check that blocks keeps the payment out of batches until another person releases it with a reason; one that warns is
shown to whoever approves. What a room above knows is asked through `settings.BEFORE_PAYING`, which names a finder for
a code of the table: it takes the orders and the day, and yields (order, detail).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.ledger.models import BatchLine, OrderHold, PaymentOrder
from chunyu.ledger.models.checks import BY_HAND
from chunyu.ledger.models.payouts import CARD
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry.models import Household, Member

Found = Iterator[tuple[PaymentOrder, str]]
# Aid for one purpose twice within so many days is looked at; within a year the rulebooks themselves refuse it.
TWICE_WITHIN = timedelta(days=60)


@dataclass(frozen=True)
class Check:
    """`code` names it in the tables. `sentence` may name the `%(detail)s`: a number, a day, an amount; never a person.
    `find` is empty where a room above finds it."""

    code: str
    blocks: bool
    label: str | Promise
    sentence: str | Promise
    find: Callable[[Sequence[PaymentOrder], date], Found] | None = None


@dataclass(frozen=True)
class Finding:
    """Something found about one order; `release` is the hold by which another person let it pass all the same."""

    order_id: UUID
    check: Check
    detail: str
    release: OrderHold | None = None

    @property
    def blocks(self) -> bool:
        return self.check.blocks and self.release is None

    @property
    def sentence(self) -> str:
        return sentence_of(self.check.code, self.detail)


def sentence_of(code: str, detail: str) -> str:
    """What was found, in the language of the reader."""
    return str(CHECKS[code].sentence) % {"detail": detail} if code in CHECKS else code


# --- the same purpose, the same person, the same family


def _families(homes: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For each household all files that are the same family's: those joined with it, and others of the same worker."""
    linked = Q(pk__in=homes) | Q(merged_into__in=homes) | Q(merged_from__in=homes)
    root = {pk: into or pk for pk, into in Household.objects.filter(linked).values_list("pk", "merged_into")}
    workers = Member.objects.filter(household__in=root, is_worker=True)
    same = Member.objects.filter(is_worker=True, id_number_index__in=workers.values("id_number_index"))
    by_person: dict[bytes, set[UUID]] = defaultdict(set)
    for home, index in same.values_list("household", "id_number_index"):
        by_person[bytes(index)].add(home)
    family: dict[UUID, set[UUID]] = defaultdict(set)
    for home, of in root.items():
        family[of].add(home)
    for together in by_person.values():
        for home in together:
            family[root.get(home, home)] |= together
    return {home: family[root.get(home, home)] | {home} for home in homes}


def _kept_once(orders: Collection[UUID]) -> set[UUID]:
    """Those that a rule of the database keeps from being the same thing twice (the other eye, the next month): rooms
    above name them through `settings.PAID_ONCE_BY_RULE`, functions from orders to the ones they answer for."""
    found: set[UUID] = set()
    for path in settings.PAID_ONCE_BY_RULE:
        found |= import_string(path)(orders)
    return found


def paid_twice(orders: Sequence[PaymentOrder], day: date, *, same_name: bool = True) -> Found:
    """Another order for the family, at any level and from any fund, for the same programme not long ago: under the same
    name of purpose, or under another. Of two that both wait, the later one is found."""
    families = _families({order.household_id for order in orders})
    every = {home for family in families.values() for home in family}
    others: dict[UUID, list[PaymentOrder]] = defaultdict(list)
    known = PaymentOrder.objects.filter(household__in=every).exclude(status="cancelled")
    for other in known.defer("card").order_by("ordered_on", "pk"):
        others[other.household_id].append(other)
    once = _kept_once([other.pk for there in others.values() for other in there])
    for order in orders:
        for other in (each for home in families[order.household_id] for each in others[home]):
            if (
                other.reference != order.reference
                and not (order.pk in once and other.pk in once)
                and other.programme == order.programme
                and (other.programme_label == order.programme_label) is same_name
                and abs(other.ordered_on - order.ordered_on) <= TWICE_WITHIN
                and ((other.ordered_on, other.pk) < (order.ordered_on, order.pk) or other.status in ("sent", "paid"))
            ):
                yield order, other.reference
                break


def paid_beside(orders: Sequence[PaymentOrder], day: date) -> Found:
    return paid_twice(orders, day, same_name=False)


# --- who is paid


def gone(orders: Sequence[PaymentOrder], day: date) -> Found:
    """The file was closed, or the payee died or left the household."""
    homes = Household.objects.in_bulk({order.household_id for order in orders})
    left = Member.objects.filter(household__in=homes, left_on__lte=day).values_list("household", "name", "left_on")
    days = {(home, name): on for home, name, on in left}
    for order in orders:
        home = homes[order.household_id]
        on = home.closed_on if home.status in ("exited", "closed") else days.get((home.pk, order.payee_name))
        if on is not None and on <= day:
            yield order, on.isoformat()


def not_of_household(orders: Sequence[PaymentOrder], day: date) -> Found:
    """The payee is nobody of the household."""
    homes = {order.household_id for order in orders}
    people: dict[UUID, set[str]] = defaultdict(set)
    rows = Member.objects.filter(Q(household__in=homes) | Q(household__merged_into__in=homes))
    for home, into, name in rows.values_list("household", "household__merged_into", "name"):
        people[into or home].add(_plain(name))
    for order in orders:
        if _plain(order.payee_name) not in people[order.household_id]:
            yield order, ""


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def refused_by_bank(orders: Sequence[PaymentOrder], day: date) -> Found:
    """The bank has said of this card that its holder has another name, and neither was changed."""
    cards = _cards(orders)
    known = BatchLine.objects.filter(card_index__in=list(cards.values()), outcome="returned")
    said = known.filter(bank_reason__contains="户名").values_list("card_index", "payee_name", "line_key")
    lines = {(bytes(card), name): key for card, name, key in said}
    for order in orders:
        if order.pk in cards and (key := lines.get((cards[order.pk], order.payee_name))):
            yield order, key


def _cards(orders: Iterable[PaymentOrder]) -> dict[UUID, bytes]:
    """The blind index of each order's card, of those that have one."""
    return {order.pk: BlindIndexField.of_value(order.card.reveal(), CARD) for order in orders if order.card is not None}


def card_of_another(orders: Sequence[PaymentOrder], day: date, *, same_name: bool = False) -> Found:
    """The card also receives for another household: of a payee of another name, or of the same name."""
    cards = _cards(orders)
    users: dict[bytes, list[tuple[UUID, str, str]]] = defaultdict(list)
    lines = BatchLine.objects.filter(card_index__in=set(cards.values())).exclude(outcome="returned")
    for card, home, name, reference in lines.values_list(
        "card_index", "order__household", "payee_name", "order__reference"
    ):
        users[bytes(card)].append((home, name, reference))
    for order in orders:
        if order.pk in cards:
            users[cards[order.pk]].append((order.household_id, order.payee_name, order.reference))
    for order in orders:
        for home, name, reference in users[cards[order.pk]] if order.pk in cards else ():
            if home != order.household_id and (name == order.payee_name) is same_name:
                yield order, reference
                break


def card_of_another_home(orders: Sequence[PaymentOrder], day: date) -> Found:
    return card_of_another(orders, day, same_name=True)


def outside_the_earmark(orders: Sequence[PaymentOrder], day: date) -> Found:
    """The fund does not serve the programme."""
    serves: dict[tuple[int, str], bool] = {}
    for order in orders:
        asked = order.fund_id, order.programme
        if asked not in serves:
            serves[asked] = order.fund.serves(order.programme)
        if not serves[asked]:
            yield order, ""


_TABLE = (
    Check("paid_twice", True, _("paid twice for one purpose"),
          _("The family already has a payment for this purpose: %(detail)s."), paid_twice),
    Check("paid_beside", False, _("paid for the same programme"),
          _("The family has another payment of this programme, under another name: %(detail)s."), paid_beside),
    Check("gone", True, _("death or exit"),
          _("The file was closed, or the payee left the household, on %(detail)s."), gone),
    Check("not_of_household", True, _("payee not of the household"),
          _("The payee is nobody of this household."), not_of_household),
    Check("refused_by_bank", True, _("payee is not the card's holder"),
          _("The bank returned line %(detail)s because the card is in another name, and neither was corrected."),
          refused_by_bank),
    Check("card_of_another", True, _("one card for several payees"),
          _("The same card receives for a payee of another name: %(detail)s."), card_of_another),
    Check("card_of_another_home", False, _("one card for two households"),
          _("The same card receives for another household whose payee has the same name: %(detail)s."),
          card_of_another_home),
    Check("outside_the_earmark", True, _("outside the earmark"),
          _("The fund is not meant for this programme."), outside_the_earmark),
    Check("over_grant", True, _("above what was granted"),
          _("More is ordered than was granted: %(detail)s yuan.")),
    Check("over_cap", True, _("above the yearly cap"),
          _("More is ordered this year than the rules allow for the programme: %(detail)s yuan.")),
    Check("notice_running", True, _("notice not over"), _("The public notice runs until the end of %(detail)s.")),
    Check("objection_open", True, _("objection open"), _("An objection to the notice of %(detail)s is not resolved.")),
    Check(BY_HAND, True, pgettext_lazy("payment order", "held by hand"), pgettext_lazy("payment order", "Held.")),
)  # fmt: skip
CHECKS = {check.code: check for check in _TABLE}


def _finders() -> Iterator[tuple[Check, Callable[[Sequence[PaymentOrder], date], Found]]]:
    outside = {code: import_string(name) for code, name in settings.BEFORE_PAYING.items()}
    for check in _TABLE:
        if find := check.find or outside.get(check.code):
            yield check, find


def findings(orders: Sequence[PaymentOrder], day: date) -> dict[UUID, list[Finding]]:
    """What every check finds about these orders on a day, by order, in the order of the table."""
    orders = sorted(orders, key=lambda order: (order.reference, order.instalment))
    released = {
        (hold.order_id, hold.code, hold.detail): hold
        for hold in OrderHold.objects.filter(order__in=orders, released_by__isnull=False).select_related(
            "released_by__user"
        )
    }
    found: dict[UUID, list[Finding]] = {order.pk: [] for order in orders}
    for check, find in _finders() if orders else ():
        for order, detail in find(orders, day):
            found[order.pk].append(
                Finding(order.pk, check, detail, released.get((order.pk, check.code, detail)) if check.blocks else None)
            )
    return found
