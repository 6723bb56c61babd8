"""What pages show of a founding, and what its forms suggest."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.casework.models import Case
from chunyu.federation.models import Organisation
from chunyu.organising.founding.tables import Founding
from chunyu.registry.employers.queries import counted
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.membership.queries import members_under


def firms_of(founding: Founding, acting: Acting) -> list[Enterprise]:
    """The employers, with their workers as last counted."""
    rows = counted(Enterprise.objects.filter(foundings__founding=founding), acting.day)
    return list(rows.order_by("name", "pk"))


def suggested_name(case: Case, acting: Acting) -> str:
    """As such unions are usually called: the employer's name and 工会."""
    firms = firms_of(Founding.objects.get(case=case), acting)
    return f"{firms[0].name}工会" if len(firms) == 1 else ""


def suggested_kind(case: Case, acting: Acting) -> str:
    several = Founding.objects.get(case=case).firms.count() > 1
    return Organisation.Kind.JOINT_UNION if several else Organisation.Kind.GRASSROOTS_UNION


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page."""
    founding = Founding.objects.select_related("parent", "union").get(case=case)
    firms = firms_of(founding, acting)
    return {
        "founding": founding,
        "firms": firms,
        "workers": sum(each.workers_then or 0 for each in firms),
        "union_url": reverse("organising:union", args=[founding.union.pk]) if founding.union else "",
        "members": members_under(founding.union.path) if founding.union else None,
        "admit_url": reverse("organising:admit") if founding.union else "",
    }
