"""How a union stands: one code for each, which colours the family tree and stands on the union's own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import Organisation
from chunyu.organising.shells.tables import ShellInquiry
from chunyu.registry.employers.tables import ShellSpell


class Standing(models.TextChoices):
    NORMAL = "normal", pgettext_lazy("union", "normal")
    INQUIRY = "inquiry", _("under inquiry")
    SHELL = "shell", _("shell union")
    DISSOLVED = "dissolved", _("dissolved since")


TONES: Final = {
    Standing.NORMAL: "rain", Standing.INQUIRY: "amber", Standing.SHELL: "seal", Standing.DISSOLVED: "plain",
}  # fmt: skip


def standing_of(organisations: Sequence[int], today: date) -> list[str]:
    """The standing of each of these organisations as it is known today, in their order.

    On the picture of an earlier day, a union that was dissolved since is told apart from those that go on.
    """
    gone = set(Organisation.objects.filter(dissolved_on__lte=today).values_list("pk", flat=True))
    shells = set(ShellSpell.objects.as_of(today).values_list("organisation", flat=True))
    asked = set(ShellInquiry.objects.filter(case__closed_on__isnull=True).values_list("organisation", flat=True))

    def one(key: int) -> Standing:
        if key in gone:
            return Standing.DISSOLVED
        if key in shells:
            return Standing.SHELL
        return Standing.INQUIRY if key in asked else Standing.NORMAL

    return [one(key).value for key in organisations]
