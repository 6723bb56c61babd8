"""How a union stands: one code for each, which colours the family tree and stands on the union's own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import Organisation


class Standing(models.TextChoices):
    NORMAL = "normal", pgettext_lazy("union", "normal")
    DISSOLVED = "dissolved", _("dissolved since")


TONES: Final = {Standing.NORMAL: "rain", Standing.DISSOLVED: "seal"}


def standing_of(organisations: Sequence[int], today: date) -> list[str]:
    """The standing of each of these organisations as it is known today, in their order.

    On the picture of an earlier day, a union that was dissolved since is told apart from those that go on.
    """
    gone = set(Organisation.objects.filter(dissolved_on__lte=today).values_list("pk", flat=True))
    return [Standing.DISSOLVED.value if key in gone else Standing.NORMAL.value for key in organisations]
