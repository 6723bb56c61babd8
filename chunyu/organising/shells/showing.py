"""What pages show of an inquiry: the signals when it began and now, and the notice they suggest."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.casework.models import Case
from chunyu.organising.shells.signals import evidence, read_union
from chunyu.organising.shells.tables import ShellInquiry
from chunyu.rulebooks.in_force import pack_by_digest
from chunyu.rulebooks.words import tongue


def signals_then(inquiry: ShellInquiry) -> list[dict[str, Any]]:
    """The frozen signals in the words of the standard they were read under."""
    pack, language = pack_by_digest(inquiry.standard), tongue()
    return [
        {
            "label": pack.rules["household", each.code].label(language),
            "evidence": evidence(pack, each.code, each.value, each.since),
            "source": pack.rules["household", each.code].versions[-1].source,
        }
        for each in inquiry.signals.order_by("pk")
    ]


def notice_text(case: Case, acting: Acting) -> str:
    """A notice to begin with: what the records show, and what the union is asked for."""
    inquiry = case.shell_inquiry
    lines = [f"{place}. {each['label']}（{each['evidence']}）" for place, each in enumerate(signals_then(inquiry), 1)]
    opening = _("%(union)s: our records show") % {"union": inquiry.organisation.name}
    closing = _("Please answer in writing within 15 working days and enclose proof, or say how this will be put right.")
    return "\n".join([opening, *lines, closing])


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page."""
    inquiry = ShellInquiry.objects.select_related("organisation", "into", "spell").get(case=case)
    union = inquiry.organisation
    now = read_union(union, acting.day).signals if case.is_open else ()
    pack = pack_by_digest(inquiry.standard)
    return {
        "inquiry": inquiry,
        "union": union,
        "union_url": reverse("organising:union", args=[union.pk]),
        "then": signals_then(inquiry),
        "now": [{"label": each.label, "evidence": each.evidence(pack)} for each in now],
        "is_open": case.is_open,
        "settled": inquiry.members_moved is not None,
    }
