"""What the case page shows of a round of honours."""

from __future__ import annotations

from typing import Any

from chunyu.accounts.acting import Acting
from chunyu.casework.models import Case
from chunyu.voice.duties import WORKS
from chunyu.voice.honours import queries
from chunyu.voice.honours.tables import HonourRound


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    held = HonourRound.objects.select_related("organisation").get(case=case)
    rows = [(each, getattr(each, "award", None)) for each in queries.ranking(held)]
    awards = [award for _nominee, award in rows if award is not None]
    left = queries.sheets(held)
    return {
        "round": held,
        "nominees": rows,
        "jurors": [(each, bool(left[each])) for each in held.jurors.prefetch_related("scores", "recusals__nominee")],
        "awards": awards,
        "paid_fen": sum(each.bonus_fen for each in awards if hasattr(each, "payment")),
        "total_fen": sum(each.bonus_fen for each in awards),
        "year": queries.year_of(held) if held.kind == HonourRound.Kind.PROPOSALS else None,
        "works": acting.role in WORKS and case.state == "open",
        "ranked": case.state not in ("open", "given_up"),
    }
