"""The words of a campaign: its stages and moves, the five groups, and who takes which step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import CASE_ROLES, FIGURE_ROLES, READ_CASE_ROLES, Role
from chunyu.federation.models import Organisation


class Stage(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("campaign", "planned")
    FUNDED = "funded", pgettext_lazy("campaign", "funded")
    RUNNING = "running", pgettext_lazy("campaign", "running")
    CLOSED = "closed", pgettext_lazy("campaign", "closed")
    AUDITED = "audited", pgettext_lazy("campaign", "audited")


MOVES: Final = {
    (Stage.PLANNED, "fund"): Stage.FUNDED,
    (Stage.FUNDED, "run"): Stage.RUNNING,
    (Stage.RUNNING, "close"): Stage.CLOSED,
    (Stage.CLOSED, "audit"): Stage.AUDITED,
}


class GroupKind(models.TextChoices):
    """The five groups of the campaign, in the order that counts for the report unless a campaign says otherwise."""

    MODEL = "model", _("model workers in hardship")
    HARDSHIP = "hardship", _("hardship workers and hardship migrant workers")
    LAID_OFF = "laid_off", _("laid off or on leave from firms in difficulty")
    FRONT_LINE = "front_line", _("front-line workers on duty over the festival")
    DISASTER = "disaster", _("workers hit by disaster, and rescue workers")


class SubKind(models.TextChoices):
    """Whom the fifth group holds."""

    EARTHQUAKE = "earthquake", _("hit by the earthquake")
    OTHER_DISASTER = "other", _("hit by another disaster")
    RESCUE = "rescue", _("rescue worker")


@dataclass(frozen=True)
class GroupRule:
    """What a campaign sets for a group unless told otherwise: the programme of the rulebook that it pays, and whether
    a hardship file must be there first."""

    programme: str
    needs_file: bool


USUAL_RULES: Final = {
    GroupKind.MODEL: GroupRule("warmth", needs_file=True),
    GroupKind.HARDSHIP: GroupRule("warmth", needs_file=True),
    GroupKind.LAID_OFF: GroupRule("festival_visit", needs_file=False),
    GroupKind.FRONT_LINE: GroupRule("festival_visit", needs_file=False),
    GroupKind.DISASTER: GroupRule("festival_visit", needs_file=False),
}


class Outcome(models.TextChoices):
    """Whom the visitors met; a visit without one does not count."""

    MET = "met", _("the person was met")
    FAMILY = "family", _("the family was met")
    AT_WORK = "at_work", _("met at work, with the firm's union")


class NeedKind(models.TextChoices):
    MEDICAL = "medical", pgettext_lazy("need", "illness")
    LIVING = "living", pgettext_lazy("need", "daily living")
    SCHOOLING = "schooling", pgettext_lazy("need", "schooling")
    WORK = "work", pgettext_lazy("need", "work or training")
    HOUSING = "housing", pgettext_lazy("need", "housing")
    WAGES = "wages", pgettext_lazy("need", "unpaid wages")
    LEGAL = "legal", pgettext_lazy("need", "legal help")
    OTHER = "other", pgettext_lazy("need", "something else")


class VisitStage(models.TextChoices):
    """Where a visit stands. It follows from what was written down, so it cannot say anything else."""

    PLANNED = "planned", pgettext_lazy("campaign visit", "planned")
    DONE = "done", pgettext_lazy("campaign visit", "done")
    NEED_RAISED = "need_raised", _("need raised")
    NEED_CLOSED = "need_closed", _("need closed")
    CALLED_OFF = "called_off", _("called off")


class QuestionKind(models.TextChoices):
    CHOICE = "choice", _("one of several")
    SEVERAL = "several", _("any of several")
    NUMBER = "number", pgettext_lazy("question", "number")
    TEXT = "text", pgettext_lazy("question", "words")


Kind = Organisation.Kind
LEVELS: Final = frozenset({Kind.COUNTY_FEDERATION, Kind.MUNICIPAL_FEDERATION, Kind.PROVINCIAL_FEDERATION})
PLANNERS: Final = frozenset({Role.COUNTY_CASEWORKER})
VISITING: Final = CASE_ROLES - {Role.COUNTY_APPROVER}
ORDERING: Final = frozenset({Role.COUNTY_APPROVER})
BOOKING: Final = frozenset({Role.FINANCE_OFFICER})
AUDITING: Final = frozenset({Role.AUDITOR})
READ_VISITS: Final = READ_CASE_ROLES
READERS: Final = READ_CASE_ROLES | FIGURE_ROLES
