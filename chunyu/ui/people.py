"""Whose values a page shows: what the record of who saw whom is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Model

# What leads from a row to the people it is about: attributes that hold a key, then rows that lead on.
KEYS = ("household_id", "worker_id")
WAYS = ("case", "order", "application", "standing", "finding", "line", "person", "member", "grant")
THEMSELVES = frozenset({"registry.household", "registry.worker"})


def people_of(row: Any) -> Iterator[UUID]:
    """The keys of the households and workers that a row is about. Nothing is fetched for it: a row that was not loaded
    together with its way to them shows nobody."""
    if not isinstance(row, Model):
        return
    if row._meta.label_lower in THEMSELVES:
        yield row.pk
        return
    found = [key for name in KEYS if isinstance(key := getattr(row, name, None), UUID)]
    yield from found
    if not found:
        for way in WAYS:
            if way in row._state.fields_cache:
                yield from people_of(row._state.fields_cache[way])


def people_in(rows: Iterable[Any]) -> set[UUID]:
    """Those of several rows together."""
    return {key for row in rows for key in people_of(row)}
