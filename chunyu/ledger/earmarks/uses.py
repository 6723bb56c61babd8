"""What money is used for, as the earmark matrix counts it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from chunyu.rulebooks.in_force import every_pack


class Use(models.TextChoices):
    """The uses of the matrix. A programme's rulebook names one of them (`fund_use`); whatever is in no rulebook is
    other aid, which few sources may pay."""

    LIVING = "living", pgettext_lazy("use of money", "living aid")
    MEDICAL = "medical", pgettext_lazy("use of money", "medical aid")
    TUITION = "tuition", pgettext_lazy("use of money", "tuition aid")
    LEGAL_AID = "legal_aid", pgettext_lazy("use of money", "legal aid")
    TRAINING = "training", pgettext_lazy("use of money", "training")
    JOB_PLACEMENT = "job_placement", pgettext_lazy("use of money", "job placement")
    STARTUP = "startup", pgettext_lazy("use of money", "starting a business")
    WARMTH = "warmth", pgettext_lazy("use of money", "festival condolence of people on file")
    GOODS = "goods", pgettext_lazy("use of money", "goods for families")
    VISIT = "visit", pgettext_lazy("use of money", "condolence of people not on file")
    MUTUAL_AID_CLAIM = "mutual_aid_claim", pgettext_lazy("use of money", "claims on the mutual aid pool")
    OFFICE = "office", pgettext_lazy("use of money", "office cost")
    OTHER = "other", pgettext_lazy("use of money", "other aid")


def use_of(programme: str) -> str:
    """The use of a programme by its newest rulebook; other aid when no rulebook has it or says a use."""
    for pack in every_pack():
        if (found := pack.programmes.get(programme)) is not None and found.fund_use in Use.values:
            return found.fund_use
    return Use.OTHER
