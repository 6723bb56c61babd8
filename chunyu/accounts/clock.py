"""Which day it is. Actions are given the day; only pages, commands and the worker ask for it here."""

from datetime import date

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Today in the federation's time zone, or the day that CHUNYU_TODAY sets for training and demonstrations."""
    return settings.CHUNYU_TODAY or timezone.localdate()
