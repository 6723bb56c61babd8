"""The federation's own entries in the working-day calendar; they go before the published ones."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CalendarDay(models.Model):
    """A day set by hand: an arrangement not yet in the published list, or a local one. Removing it restores the
    published answer."""

    day = models.DateField(pgettext_lazy("calendar", "day"), primary_key=True)
    worked = models.BooleanField(_("a working day"))
    name = models.CharField(pgettext_lazy("calendar", "name"), max_length=60)
    source = models.CharField(pgettext_lazy("calendar", "source"), max_length=200)

    class Meta:
        verbose_name = _("calendar day")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
