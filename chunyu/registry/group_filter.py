"""Narrowing a list to households of workers in one of the four groups."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chunyu.registry.groups import Group, households_in


class GroupFilter(django_filters.ChoiceFilter):
    """Any list whose rows are about households can be narrowed by it; `household` is the way from a row to its own."""

    def __init__(self, household: str = "household", **kwargs: Any) -> None:
        super().__init__(label=_("Group"), choices=Group.choices, empty_label=_("everybody"), **kwargs)
        self.household = household

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        acting = self.parent.request.acting
        return rows.filter(**{f"{self.household}__in": households_in(value, acting.day, acting.path)})
