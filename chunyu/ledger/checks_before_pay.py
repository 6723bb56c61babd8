"""What is asked of every payment before it leaves: one table of checks, each with the sentence that people read.

A check that blocks keeps the payment out of batches until another person releases it with a reason; one that warns is
shown to whoever approves. What a room above knows is asked through `settings.BEFORE_PAYING`, which names a finder for
a code of the table: it takes the orders and the day, and yields (order, detail).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.one_of import one_of
from chunyu.ledger.models import BatchLine, OrderHold, PaymentOrder
from chunyu.ledger.models.checks import BY_HAND
from chunyu.ledger.models.payouts import CARD
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry.models import Household, Member
from chunyu.wall.scope import beyond_scope

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
    find: Callable[[Asked, date], Found] | None = None


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


class Other(NamedTuple):
    """Another live order for the family, as far as it is compared."""

    order_id: UUID
    household_id: UUID
    reference: str
    programme: str
    programme_label: str
    ordered_on: date
    status: str


class Asked(list[PaymentOrder]):
    """Orders that are asked about together, with what more than one check needs of them looked up once."""

    @cached_property
    def homes(self) -> set[UUID]:
        return {order.household_id for order in self}

    @cached_property
    def families(self) -> dict[UUID, set[UUID]]:
        """For each household all files of the same family: those joined with it, and others of the same worker."""
        root = _joined(Q(one_of("pk", self.homes)) | Q(one_of("merged_into", self.homes)))
        if beyond := set(root.values()) - root.keys():
            root |= _joined(Q(one_of("pk", beyond)))
        workers = Member.objects.filter(one_of("household", root), is_worker=True)
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
        return {home: family[root.get(home, home)] | {home} for home in self.homes}

    @cached_property
    def others(self) -> dict[UUID, list[Other]]:
        """The live orders of every household of these families, the earliest first."""
        every = {home for family in self.families.values() for home in family}
        known = PaymentOrder.objects.filter(one_of("household", every)).exclude(status="cancelled")
        fields = ("pk", "household", "reference", "programme", "programme_label", "ordered_on", "status")
        found: dict[UUID, list[Other]] = defaultdict(list)
        for row in known.order_by("ordered_on", "pk").values_list(*fields):
            found[row[1]].append(Other(*row))
        return found

    @cached_property
    def once(self) -> set[UUID]:
        """Orders that a rule of the database keeps from being the same thing twice (the other eye, the next month):
        rooms above name them through `settings.PAID_ONCE_BY_RULE`, functions from orders to the ones they answer
        for."""
        orders = [other.order_id for there in self.others.values() for other in there]
        return {each for path in settings.PAID_ONCE_BY_RULE for each in import_string(path)(orders)}

    @cached_property
    def cards(self) -> dict[UUID, bytes]:
        """The blind index of each order's card, of those that have one."""
        return {order.pk: BlindIndexField.of_value(order.card.reveal(), CARD) for order in self if order.card}

    @cached_property
    def card_users(self) -> dict[bytes, list[tuple[UUID, str, str]]]:
        """For each card where else it receives, and here: household, payee, reference."""
        users: dict[bytes, list[tuple[UUID, str, str]]] = defaultdict(list)
        lines = BatchLine.objects.filter(one_of("card_index", set(self.cards.values()))).exclude(outcome="returned")
        for card, home, name, reference in lines.values_list(
            "card_index", "order__household", "payee_name", "order__reference"
        ):
            users[bytes(card)].append((home, name, reference))
        for order in self:
            if order.pk in self.cards:
                users[self.cards[order.pk]].append((order.household_id, order.payee_name, order.reference))
        return users


def _joined(condition: Q) -> dict[UUID, UUID]:
    """Files and the one that each was joined to, or itself."""
    return {pk: into or pk for pk, into in Household.objects.filter(condition).values_list("pk", "merged_into")}


# --- the same purpose, the same person, the same family


def paid_twice(orders: Asked, day: date, *, same_name: bool = True) -> Found:
    """Another order for the family, at any level and from any fund, for the same programme not long ago: under the same
    name of purpose, or under another. Of two that both wait, the later one is found."""
    for order in orders:
        for other in (each for home in orders.families[order.household_id] for each in orders.others[home]):
            if (
                other.reference != order.reference
                and other.programme == order.programme
                and (other.programme_label == order.programme_label) is same_name
                and abs(other.ordered_on - order.ordered_on) <= TWICE_WITHIN
                and not (order.pk in orders.once and other.order_id in orders.once)
                and (
                    (other.ordered_on, other.order_id) < (order.ordered_on, order.pk)
                    or other.status in ("sent", "paid")
                )
            ):
                yield order, other.reference
                break


def paid_beside(orders: Asked, day: date) -> Found:
    return paid_twice(orders, day, same_name=False)


# --- who is paid


def gone(orders: Asked, day: date) -> Found:
    """The file was closed, or the payee died or left the household."""
    over = Household.objects.filter(one_of("pk", orders.homes), status__in=["exited", "closed"])
    closed = dict(over.values_list("pk", "closed_on"))
    left = Member.objects.filter(one_of("household", orders.homes), left_on__lte=day)
    days = {(home, name): on for home, name, on in left.values_list("household", "name", "left_on")}
    for order in orders:
        on = closed.get(order.household_id) or days.get((order.household_id, order.payee_name))
        if on is not None and on <= day:
            yield order, on.isoformat()


def not_of_household(orders: Asked, day: date) -> Found:
    """The payee is nobody of the household."""
    people: dict[UUID, set[str]] = defaultdict(set)
    rows = Member.objects.filter(
        Q(one_of("household", orders.homes)) | Q(one_of("household__merged_into", orders.homes))
    )
    for home, into, name in rows.values_list("household", "household__merged_into", "name"):
        people[into or home].add(_plain(name))
    for order in orders:
        if _plain(order.payee_name) not in people[order.household_id]:
            yield order, ""


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def refused_by_bank(orders: Asked, day: date) -> Found:
    """The bank has said of this card that its holder has another name, and neither was changed."""
    known = BatchLine.objects.filter(one_of("card_index", orders.cards.values()), outcome="returned")
    said = known.filter(bank_reason__contains="户名").values_list("card_index", "payee_name", "line_key")
    lines = {(bytes(card), name): key for card, name, key in said}
    for order in orders:
        if order.pk in orders.cards and (key := lines.get((orders.cards[order.pk], order.payee_name))):
            yield order, key


def card_of_another(orders: Asked, day: date, *, same_name: bool = False) -> Found:
    """The card also receives for another household: of a payee of another name, or of the same name."""
    for order in orders:
        for home, name, reference in orders.card_users[orders.cards[order.pk]] if order.pk in orders.cards else ():
            if home != order.household_id and (name == order.payee_name) is same_name:
                yield order, reference
                break


def card_of_another_home(orders: Asked, day: date) -> Found:
    return card_of_another(orders, day, same_name=True)


def outside_the_earmark(orders: Asked, day: date) -> Found:
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


def _finders() -> Iterator[tuple[Check, Callable[[Asked, date], Found]]]:
    outside = {code: import_string(name) for code, name in settings.BEFORE_PAYING.items()}
    for check in _TABLE:
        if find := check.find or outside.get(check.code):
            yield check, find


def findings(orders: Sequence[PaymentOrder], day: date) -> dict[UUID, list[Finding]]:
    """What every check finds about these orders on a day, by order, in the order of the table."""
    with beyond_scope("paid-once"):
        return _findings(Asked(sorted(orders, key=lambda order: (order.reference, order.instalment))), day)


def _findings(asked: Asked, day: date) -> dict[UUID, list[Finding]]:
    keys = [order.pk for order in asked]
    released = {
        (hold.order_id, hold.code, hold.detail): hold
        for hold in OrderHold.objects.filter(one_of("order", keys), released_by__isnull=False).select_related(
            "released_by__user"
        )
    }
    found: dict[UUID, list[Finding]] = {key: [] for key in keys}
    for check, find in _finders() if asked else ():
        for order, detail in find(asked, day):
            found[order.pk].append(
                Finding(order.pk, check, detail, released.get((order.pk, check.code, detail)) if check.blocks else None)
            )
    return found
