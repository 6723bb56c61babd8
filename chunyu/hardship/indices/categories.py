"""Kinds of aid and service: what each programme is, which kinds are the usual ones, and which are living relief."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    LIVING = "living", _("living relief")
    MEDICAL = "medical", _("medical relief")
    EDUCATION = "education", _("help with schooling")
    EMPLOYMENT = "employment", _("work and start-up")
    TRAINING = "training", _("skills training")
    LEGAL = "legal", _("legal aid")
    MUTUAL_AID = "mutual_aid", _("mutual protection")
    HEALTH = "health", _("health and counselling")
    CULTURE = "culture", _("culture and sport")
    GOODS = "goods", _("aid shop and discounts")
    OTHER = "other", _("other help")


# What "mostly living and medical aid" means, and what the shift away from living relief leaves behind.
USUAL = frozenset({Category.LIVING, Category.MEDICAL})
LIVING_RELIEF = frozenset({Category.LIVING})

PROGRAMMES = {
    "living": Category.LIVING,
    "warmth": Category.LIVING,
    "winter_goods": Category.LIVING,
    "festival_visit": Category.LIVING,
    "love_card": Category.LIVING,
    "medical": Category.MEDICAL,
    "dialysis": Category.MEDICAL,
    "cataract": Category.MEDICAL,
    "heart": Category.MEDICAL,
    "education": Category.EDUCATION,
    "four_helps": Category.EDUCATION,
    "startup": Category.EMPLOYMENT,
    "training": Category.TRAINING,
    "legal_aid": Category.LEGAL,
    "mutual_aid": Category.MUTUAL_AID,
}


def category_of(programme: str) -> Category:
    """The kind of a programme by its code; one that is not listed is other help."""
    return PROGRAMMES.get(programme, Category.OTHER)
