"""Files that no row names: their transaction was refused or broken off after they were written, or the row let go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.apps import apps
from django.db import models

from chunyu.privacy import vault
from chunyu.privacy.fields import VaultNameField

# No transaction lasts as long; a younger file may still wait for its row.
GRACE = timedelta(days=1)
FILES_AT_A_TIME = 500


def naming_fields() -> list[VaultNameField]:
    """Every column that names files of the vault."""
    return [
        field
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, VaultNameField)
    ]


def sweep(now: datetime) -> int:
    """Remove the files older than a day that no row names; how many there were."""
    removed = 0
    older = vault.older_than(now - GRACE)
    while names := list(islice(older, FILES_AT_A_TIME)):
        for name in set(names) - _named(names):
            vault.remove(name)
            removed += 1
    return removed


def _named(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for field in naming_fields():
        rows = models.QuerySet(field.model).filter(**{f"{field.name}__in": names})
        found.update(rows.values_list(field.name, flat=True))
    return found
