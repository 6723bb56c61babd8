"""Who can say what is unknown: for each fact the one to ask first. A fact not in the table is asked of
the family."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Supplier(TextChoices):
    APPLICANT = "applicant", _("the family")
    TOWNSHIP_OFFICER = "township_officer", _("the township officer, on a visit")
    CIVIL_AFFAIRS = "civil_affairs", _("the civil affairs register")
    HOSPITAL = "hospital", _("the hospital or the medical insurance")
    SCHOOL = "school", _("the school")
    FEDERATION = "federation", _("the federation: the rulebook lacks a value for this place")


FACTS: dict[Supplier, tuple[str, ...]] = {
    Supplier.HOSPITAL: ("illness", "medical_spending_12m", "disability_spending_12m"),
    Supplier.SCHOOL: ("is_student", "school_level", "education_spending_12m", "high_fee_school"),
    Supplier.CIVIL_AFFAIRS: (
        "has_vehicle", "homes", "over_local_average_area", "controls_company", "in_subsistence_allowance",
    ),
    Supplier.TOWNSHIP_OFFICER: (
        "event", "event_loss_after_compensation", "main_cause", "refuses_checks", "conceals_or_false_papers",
        "refuses_work", "vehicle_for_disability", "work_status",
    ),
}  # fmt: skip
_WHO = {fact: supplier for supplier, facts in FACTS.items() for fact in facts}


def supplier_of(fact: str, parameters: Iterable[str] = ()) -> Supplier:
    """Who to ask; `parameters` are the names in the rulebook that no family can state."""
    if fact in parameters:
        return Supplier.FEDERATION
    return _WHO.get(fact, Supplier.APPLICANT)
