"""The one way money moves: transfers posted whole, each under a key that its maker chose.

Guards, in this order of trust: the database's triggers and checks; the key that makes a repeat harmless; then the
kinder questions that actions ask beforehand. No isolation level is relied on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.ledger.models import Account, Leg, Reason, Transfer
from chunyu.ledger.refusing import refusing
from chunyu.wall.scope import beyond_scope

DEFERRED_RULES = (
    "ledger_transfer_holds",
    "ledger_transfer_level_by_level",
    "ledger_transfer_next_year",
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

    It is a part of its caller's transaction, all of which a Refusal undoes: when a rule of the books is broken or a key
    comes back with another content.
    """
    if len({movement.key for movement in movements}) != len(movements):
        raise Refusal(_("The same movement is listed twice."), code="ledger_key_twice")
    # In the order of keys, so that two posters of the same keys wait in line and not in a circle.
    drafts = {each.key: _draft(acting, each) for each in sorted(movements, key=attrgetter("key"))}
    with beyond_scope("fund-above"), refusing(savepoint=False):
        fresh = _write(list(drafts.values()), movements)
        if len(fresh) < len(drafts):
            drafts |= _posted_before([each for each in drafts.values() if each.pk not in fresh])
        _check_now()
    return [drafts[movement.key] for movement in movements]


def _draft(acting: Acting, movement: Movement) -> Transfer:
    return Transfer(
        key=movement.key,
        digest=movement.digest(),
        reason=movement.reason,
        programme=movement.programme,
        reference=movement.reference,
        day=movement.day,
        posted_at=timezone.now(),
        by_id=acting.post.pk,
        note=movement.note,
        reverses_id=movement.reverses_id,
        leg_count=len(movement.entries),
    )


# Transfers and the legs of those that are new, in one round trip however many they are. A transfer that finds its key
# taken is left out, and so are its legs.
_TRANSFER = {
    "id": "uuid", "key": "text", "digest": "text", "reason": "text", "programme": "text", "reference": "text",
    "day": "date", "posted_at": "timestamptz", "by_id": "bigint", "note": "text", "reverses_id": "uuid",
    "leg_count": "smallint",
}  # fmt: skip
_LEG = {"transfer_id": "uuid", "position": "smallint", "account_id": "bigint", "side": "text", "quantity": "bigint"}


def _unnested(columns: Mapping[str, str]) -> tuple[str, str]:
    """The names of columns, and an array of each as rows."""
    names = ", ".join(columns)
    return names, f"unnest({', '.join(f'%s::{kind}[]' for kind in columns.values())}) AS made ({names})"


def _statement() -> str:
    (transfer, transfers), (leg, legs) = _unnested(_TRANSFER), _unnested(_LEG)
    return f"""
        WITH fresh AS (
            INSERT INTO ledger_transfer ({transfer}) SELECT {transfer} FROM {transfers}
            ON CONFLICT DO NOTHING RETURNING id
        ), legs AS (
            INSERT INTO ledger_leg ({leg}) SELECT {leg} FROM {legs} JOIN fresh ON fresh.id = transfer_id
        ) SELECT id FROM fresh
    """  # noqa: S608 - names of columns of this file


_POST = _statement()


def _write(drafts: Sequence[Transfer], movements: Sequence[Movement]) -> set[UUID]:
    """Write what is new; the keys of the rows that are."""
    ids = {draft.key: draft.pk for draft in drafts}
    legs = [
        (ids[movement.key], place, entry.account_id, entry.side, entry.quantity)
        for movement in movements
        for place, entry in enumerate(movement.entries, start=1)
    ]
    columns = [list(map(attrgetter(name), drafts)) for name in _TRANSFER]
    columns += [list(column) for column in zip(*legs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_POST, columns)
        return {row[0] for row in cursor.fetchall()}


def _posted_before(drafts: Sequence[Transfer]) -> dict[str, Transfer]:
    """What was posted under these keys before; a repeat with another content stops everything."""
    stored = Transfer.objects.in_bulk([draft.key for draft in drafts], field_name="key")
    for draft in drafts:
        kept = stored.get(draft.key)
        if kept is None:  # only the other unique rule of the table can have swallowed it
            raise Refusal(_("This transfer has already been reversed."), code="ledger_transfer_reversed_once")
        if kept.digest != draft.digest:
            raise Refusal(
                _("The key %(key)s was used before for another movement. Nothing was posted.") % {"key": draft.key},
                code="ledger_key_other_content",
            )
    return stored


def _check_now() -> None:
    """Have the rules that wait for the end of the transaction checked here, where their refusal has a reader."""
    with connection.cursor() as cursor:
        cursor.execute(_checking())


@cache
def _checking() -> str:
    rules = [trigger.get_pgid(Transfer) for trigger in Transfer._meta.triggers if trigger.name in DEFERRED_RULES]
    names = ", ".join(f'"{rule}"' for rule in rules)
    return f"SET CONSTRAINTS {names} IMMEDIATE; SET CONSTRAINTS {names} DEFERRED"


def reversal(original: Transfer, *, key: str, day: date, note: str) -> Movement:
    """The movement that undoes a posted one, leg by leg."""
    other = {Leg.Side.DEBIT: Leg.Side.CREDIT, Leg.Side.CREDIT: Leg.Side.DEBIT}
    entries = tuple(
        Entry(leg.account_id, other[Leg.Side(leg.side)], leg.quantity) for leg in original.legs.order_by("position")
    )
    return Movement(key, Reason.REVERSAL, day, entries, original.programme, original.reference, note, original.pk)
