"""That a look for duplicates is made every night, and through whose post."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped


class NightlyLook(Scoped):
    """Ordered from a day until it was ended: the looks act through the post that ordered them."""

    ordered_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=pgettext_lazy("nightly run", "ordered by"), related_name="+"
    )
    ordered_on = models.DateField(pgettext_lazy("nightly run", "ordered on"))
    ended_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=_("ended by"), related_name="+", null=True, blank=True
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("order of nightly looks for duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(ended_on__isnull=True),
                name="nightly_look_ordered_once",
                violation_error_message=_("A look is already ordered for every night."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True)
                | Q(ended_on__gte=F("ordered_on"), ended_by__isnull=False),
                name="nightly_look_ended_by_somebody",
                violation_error_message=_("Whoever ends the nightly looks is named, with a day after the order."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="nightly_look_is_not_edited", exclude=["organisation", "scope_path", "ended_by", "ended_on"]
            ),
            pgtrigger.Protect(name="nightly_look_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.ordered_on}"
