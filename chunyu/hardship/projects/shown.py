"""What exactly a second person looked at: the digest of a roll's lines, made by the database, which compares it once
more when the approval is written (as decision 84 has it for grants)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from chunyu.hardship.projects.tables import StipendRoll

LINES = """encode(sha256(convert_to(coalesce((
    SELECT string_agg(
        concat_ws('|', case_id, share_id, unit, part, amount_fen), E'\\n' ORDER BY case_id, share_id, unit)
    FROM hardship_projectpayment WHERE roll_id = {roll}), ''), 'UTF8')), 'hex')"""


def digest_of_roll(roll: StipendRoll) -> str:
    """64 hexadecimal digits over every line as it stands: other lines, other digits."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LINES.format(roll='%s')}", [roll.pk])
        return cursor.fetchone()[0]
