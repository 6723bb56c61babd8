"""What exactly a second person looked at: the digest of a grant's shares, and of a report's uses, made by the database,
which compares it once more when the approval or the check is written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

if TYPE_CHECKING:
    from chunyu.organising.grants.tables import GrantPlan, GrantShare

_DIGEST = "encode(sha256(convert_to({text}, 'UTF8')), 'hex')"
SHARES = _DIGEST.format(
    text="""coalesce((
        SELECT string_agg(
            concat_ws('|', organisation_id, unions, members, tasks, weight_fen, amount_fen, barred),
            E'\\n' ORDER BY organisation_id)
        FROM organising_grantshare WHERE plan_id = {plan}), '')"""
)
USES = _DIGEST.format(
    text="""coalesce((
        SELECT string_agg(concat_ws('|', id, used_on, purpose, text, document_no, amount_fen), E'\\n' ORDER BY id)
        FROM organising_grantuse WHERE share_id = {share}), '')"""
)


def digest_of_plan(plan: GrantPlan) -> str:
    """64 hexadecimal digits over every share as it stands: other shares, other digits."""
    return _ask(SHARES.format(plan="%s"), plan.pk)


def digest_of_report(share: GrantShare) -> str:
    """The same over every use that the receiver entered."""
    return _ask(USES.format(share="%s"), share.pk)


def _ask(expression: str, key: int | UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}", [key])
        return cursor.fetchone()[0]
