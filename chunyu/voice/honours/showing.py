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
    nominees = list(queries.ranking(held))
    paid = [each for each in nominees if hasattr(each, "award") and hasattr(each.award, "payment")]
    return {
        "round": held,
        "nominees": nominees,
        "jurors": list(held.jurors.prefetch_related("scores", "recusals__nominee")),
        "awards": [each.award for each in nominees if hasattr(each, "award")],
        "paid_fen": sum(each.award.bonus_fen for each in paid),
        "total_fen": sum(each.award.bonus_fen for each in nominees if hasattr(each, "award")),
        "year": queries.year_of(held) if held.kind == HonourRound.Kind.PROPOSALS else None,
        "works": acting.role in WORKS and case.state == "open",
        "ranked": case.state not in ("open", "given_up"),
    }
