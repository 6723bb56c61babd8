"""How a finding of the checks before paying, and a hold, are shown."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.ledger.checks_before_pay import Finding, sentence_of
from chunyu.ledger.models import OrderHold, PaymentOrder
from chunyu.ledger.models.checks import BY_HAND


def shown(code: str, detail: str, release: OrderHold | None, *, blocks: bool) -> dict[str, str]:
    """The sentence of a finding, the tone of its mark, and who let it pass."""
    note = ""
    if release is not None and release.released_by is not None:
        note = _("Released by %(name)s: %(reason)s") % {
            "name": release.released_by.user.full_name,
            "reason": release.release_reason,
        }
    return {
        "sentence": sentence_of(code, detail),
        "note": note,
        "tone": "seal" if blocks else "amber",
        "word": pgettext("finding", "blocks") if blocks else pgettext("finding", "look at this"),
    }


def shown_finding(finding: Finding) -> dict[str, str]:
    return shown(finding.check.code, finding.detail, finding.release, blocks=finding.blocks)


def why_held(hold: OrderHold) -> str:
    """What holds a payment, in one sentence."""
    return hold.reason if hold.code == BY_HAND else sentence_of(hold.code, hold.detail)


def held_timeline(order: PaymentOrder) -> list[dict[str, Any]]:
    """Every hold of an order and its release, for the order's page."""
    entries: list[dict[str, Any]] = []
    for hold in order.holds.select_related("placed_by__user", "released_by__user"):
        entries.append(
            {"sentence": _("Held: %(why)s") % {"why": why_held(hold)}, "time": hold.placed_at,
             "who": hold.placed_by.user.full_name, "tone": "seal"}
        )  # fmt: skip
        if hold.released_by is not None:
            entries.append(
                {"sentence": _("Released: %(why)s") % {"why": hold.release_reason}, "time": hold.released_on,
                 "who": hold.released_by.user.full_name, "tone": "rain"}
            )  # fmt: skip
    return entries
