"""Joined files that are to be taken apart: asked by one person, as the pair was, and done by another."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.registry.asking.tables import ASKED_COLUMNS, Asked


class Parting(Asked):
    """A request to take two joined files apart."""

    joining = models.ForeignKey("registry.Joining", models.PROTECT, related_name="partings")

    class Meta(Asked.Meta):
        verbose_name = _("request to take files apart")
        constraints = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["joining"],
                condition=Q(state="asked"),
                name="parting_one_at_a_time",
                violation_error_message=_("That these files be taken apart is already asked for."),
            ),
        ]
        triggers = [
            *Asked.Meta.triggers,
            pgtrigger.ReadOnly(name="parting_is_not_edited", fields=[*ASKED_COLUMNS, "joining"]),
        ]

    def __str__(self) -> str:
        return str(self.joining)
