"""Whose values a page shows: what the record of who saw whom is made of.

A page has rows to show, in its context and in what it worked out about itself. Whoever they are about is found there
once it was rendered, without asking the database for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page as Sheet
from django.db.models import Model, QuerySet

KEYS = ("household_id", "worker_id")
THEMSELVES = frozenset({"registry.household", "registry.worker"})
DEEPEST = 6  # lists of groups of lines of ...; nothing that is shown lies deeper


def people_of(row: Model) -> Iterator[UUID]:
    """The keys of the households and workers that a row, and the rows loaded together with it, are about."""
    if row._meta.label_lower in THEMSELVES:
        yield row.pk
    yield from (key for name in KEYS if isinstance(key := row.__dict__.get(name), UUID))


def people_in(thing: Any) -> set[UUID]:
    """The people in whatever a template was given: rows, lists of rows, groups and descriptions of them."""
    found: set[UUID] = set()
    _collect(thing, found, set(), DEEPEST)
    return found


def _collect(thing: Any, found: set[UUID], met: set[int], depth: int) -> None:
    if depth < 0 or thing is None or isinstance(thing, str | bytes | int | float | UUID) or id(thing) in met:
        return
    met.add(id(thing))
    for part in _parts(thing):
        _collect(part, found, met, depth - 1)
    if isinstance(thing, Model):
        found.update(people_of(thing))


def _parts(thing: Any) -> Iterator[Any]:
    """What a thing holds, as far as it has been fetched."""
    if isinstance(thing, Model):
        yield from thing._state.fields_cache.values()
        yield from getattr(thing, "_prefetched_objects_cache", {}).values()
    elif isinstance(thing, QuerySet):
        yield from thing._result_cache or ()
    elif isinstance(thing, Sheet):
        yield thing.object_list
    elif isinstance(thing, Mapping):
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from (getattr(thing, each.name, None) for each in fields(thing))
        yield from getattr(thing, "__dict__", {}).values()
