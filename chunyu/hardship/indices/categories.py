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
    "winter": Category.LIVING,
    "love_card": Category.LIVING,
    "medical": Category.MEDICAL,
    "dialysis": Category.MEDICAL,
    "cataract": Category.MEDICAL,
    "education": Category.EDUCATION,
    "startup": Category.EMPLOYMENT,
    "training": Category.TRAINING,
    "legal_aid": Category.LEGAL,
    "mutual_aid": Category.MUTUAL_AID,
}


def category_of(programme: str) -> Category:
    """The kind of a programme by its code, or by the code that begins its own ("medical_major" is medical)."""
    if programme in PROGRAMMES:
        return PROGRAMMES[programme]
    return next((kind for code, kind in PROGRAMMES.items() if programme.startswith(code)), Category.OTHER)
