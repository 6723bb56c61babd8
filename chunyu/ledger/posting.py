"""The one way money moves: transfers posted whole, each under a key that its maker chose.

Guards, in this order of trust: the database's triggers and checks; the key that makes a repeat harmless; then the
kinder questions that actions ask beforehand. No isolation level is relied on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.ledger.models import Account, Leg, Reason, Transfer
from chunyu.ledger.refusing import refusing

DEFERRED_RULES = (
    "ledger_transfer_whole",
    "ledger_transfer_keeps_purpose",
    "ledger_transfer_in_one_book",
    "ledger_transfer_level_by_level",
    "ledger_transfer_next_year",
    "ledger_transfer_in_open_year",
    "ledger_transfer_mirrors",
)


@dataclass(frozen=True)
class Entry:
    """One leg to be: `quantity` in units of the account's commodity (fen for money), above zero."""

    account_id: int
    side: str
    quantity: int


def debit(account: Account, quantity: int) -> Entry:
    return Entry(account.pk, Leg.Side.DEBIT, quantity)


def credit(account: Account, quantity: int) -> Entry:
    return Entry(account.pk, Leg.Side.CREDIT, quantity)


@dataclass(frozen=True)
class Movement:
    """A transfer to be. The same key with the same content posts once; with another content it is refused."""

    key: str
    reason: Reason
    day: date
    entries: tuple[Entry, ...]
    programme: str = ""
    reference: str = ""
    note: str = ""
    reverses_id: UUID | None = None

    def digest(self) -> str:
        """SHA-256 over everything that matters for being the same movement; the note does not."""
        parts = [self.reason, self.day.isoformat(), self.programme, self.reference, str(self.reverses_id or "")]
        parts += [f"{entry.account_id}:{entry.side}:{entry.quantity}" for entry in self.entries]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def move(
    key: str,
    reason: Reason,
    day: date,
    *,
    out_of: Account,
    into: Account,
    quantity: int,
    programme: str = "",
    reference: str = "",
    note: str = "",
) -> Movement:
    """The common case: a quantity leaves one account for another."""
    entries = (debit(into, quantity), credit(out_of, quantity))
    return Movement(key, reason, day, entries, programme, reference, note)


def post(acting: Acting, movements: Sequence[Movement]) -> list[Transfer]:
    """Post all or none, and return the transfers in the order given: for a repeated key the first one posted.

    Refusal when a rule of the books is broken or a key comes back with another content.
    """
    if len({movement.key for movement in movements}) != len(movements):
        raise Refusal(_("The same movement is listed twice."), code="ledger_key_twice")
    with refusing():
        drafts = {movement.key: _draft(acting, movement) for movement in movements}
        # In the order of keys, so that two posters of the same keys wait in line and not in a circle.
        Transfer.objects.bulk_create([drafts[key] for key in sorted(drafts)], ignore_conflicts=True)
        stored = Transfer.objects.in_bulk(list(drafts), field_name="key")
        Leg.objects.bulk_create(_legs(movements, drafts, stored))
        _check_now()
    return [stored[movement.key] for movement in movements]


def _draft(acting: Acting, movement: Movement) -> Transfer:
    return Transfer(
        key=movement.key,
        digest=movement.digest(),
        reason=movement.reason,
        programme=movement.programme,
        reference=movement.reference,
        day=movement.day,
        by=acting.post,
        note=movement.note,
        reverses_id=movement.reverses_id,
        leg_count=len(movement.entries),
    )


def _legs(movements: Iterable[Movement], drafts: dict[str, Transfer], stored: dict[str, Transfer]) -> list[Leg]:
    """The legs of those transfers that are new; a repeat with another content stops everything."""
    legs = []
    for movement in movements:
        draft, kept = drafts[movement.key], stored.get(movement.key)
        if kept is None:  # only the other unique rule of the table can have swallowed it
            raise Refusal(_("This transfer has already been reversed."), code="ledger_transfer_reversed_once")
        if kept.pk == draft.pk:
            legs += [
                Leg(transfer=kept, position=n, account_id=entry.account_id, side=entry.side, quantity=entry.quantity)
                for n, entry in enumerate(movement.entries, start=1)
            ]
        elif kept.digest != draft.digest:
            raise Refusal(
                _("The key %(key)s was used before for another movement. Nothing was posted.") % {"key": movement.key},
                code="ledger_key_other_content",
            )
    return legs


def _check_now() -> None:
    """Have the rules that wait for the end of the transaction checked here, where their refusal has a reader."""
    names = ", ".join(f'"{name}"' for name in _deferred_triggers())
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")


def _deferred_triggers() -> list[str]:
    return [trigger.get_pgid(Transfer) for trigger in Transfer._meta.triggers if trigger.name in DEFERRED_RULES]


def reversal(original: Transfer, *, key: str, day: date, note: str) -> Movement:
    """The movement that undoes a posted one, leg by leg."""
    other = {Leg.Side.DEBIT: Leg.Side.CREDIT, Leg.Side.CREDIT: Leg.Side.DEBIT}
    entries = tuple(
        Entry(leg.account_id, other[Leg.Side(leg.side)], leg.quantity) for leg in original.legs.order_by("position")
    )
    return Movement(key, Reason.REVERSAL, day, entries, original.programme, original.reference, note, original.pk)
