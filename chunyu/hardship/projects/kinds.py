"""What kinds of projects there are, and what one payment of each is for."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Form(models.TextChoices):
    """What one rate of the project pays for."""

    STIPEND = "stipend", _("a stipend every month")
    SESSIONS = "sessions", _("repeated treatment, every half-year")
    EYE = "eye", _("an operation, once for each eye")
    CASE = "case", _("a treatment, once")


class Group(models.TextChoices):
    """Whose rate applies: hardship households and other members' households differ."""

    HARDSHIP = "hardship", _("hardship household")
    MEMBER = "member", _("other member's household")


class Eye(models.TextChoices):
    NONE = "", _("not an eye")
    LEFT = "left", pgettext_lazy("eye", "left")
    RIGHT = "right", pgettext_lazy("eye", "right")


class Pays(models.TextChoices):
    HOUSEHOLD = "household", _("the household")
    HOSPITAL = "hospital", _("the hospital")


class StopReason(models.TextChoices):
    EXIT = "exit", _("no longer in hardship")
    DEATH = "death", pgettext_lazy("stipend", "death")
    MOVED = "moved", _("moved away")
    OTHER = "other", pgettext_lazy("stipend", "another reason")


# What a payment is for, as it stands in the rows: a month, a half-year, an eye, or the one treatment.
UNIT = r"^(\d{4}-(0[1-9]|1[0-2]|H[12])|left|right|once)$"


def month_unit(month: date) -> str:
    return f"{month:%Y-%m}"


def half_unit(day: date) -> str:
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


def unit_words(unit: str) -> str:
    """A unit as people say it."""
    if unit in (Eye.LEFT, Eye.RIGHT):
        return _now("%(side)s eye") % {"side": Eye(unit).label}
    if unit == "once":
        return _now("the treatment")
    year, part = unit.split("-")
    if part.startswith("H"):
        half = _now("first half of %(year)s") if part == "H1" else _now("second half of %(year)s")
        return half % {"year": year}
    return unit
