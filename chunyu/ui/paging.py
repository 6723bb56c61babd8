"""Pages of a list of any length.

Counting millions of rows takes longer than showing fifty of them. So rows are counted up to a limit, past which the
list says "more than"; pages go as far as was counted, since nobody leafs further: they search. What a page shows is
found by its keys alone, which an index can hold, and only those rows are fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Part:
    """Some of the rows that a search finds. `in_order`: the index that finds them gives them in the order of the list
    too. Where it does not, they are found first and put in order then: a planner that counts on a few of fifty rows
    would rather walk through the whole table in its order, and meet the first of them at the end. `many`: it is known
    to have more rows than are counted."""

    rows: QuerySet
    in_order: bool = True
    many: bool = False


class Sheets(Paginator):
    """`rows` are all that was found, in order. `parts` are the same rows as ranges of one index each, where one
    condition with an "or" has none; a row may be in several, unless they lie `apart`."""

    def __init__(
        self,
        rows: QuerySet,
        per_page: int,
        order: Order,
        *,
        parts: Sequence[Part] = (),
        apart: bool = False,
        known: int | None = None,
        most: int = MOST_COUNTED,
    ) -> None:
        super().__init__(rows, per_page)
        self.order, self.parts, self.known, self.most = order, parts or [Part(rows)], known, most
        self.apart = apart

    @cached_property
    def counted(self) -> int:
        """How many rows there are, one more than `most` standing for any number beyond."""
        if self.known is not None:
            return min(self.known, self.most + 1)
        if any(each.many for each in self.parts):
            return self.most + 1
        counted = [self.object_list] if self.apart else [each.rows for each in self.parts]
        parts = [each.order_by().values("pk")[: self.most + 1] for each in counted]
        if len(parts) == 1:
            return parts[0].count()
        return min(parts[0].union(*parts[1:]).count(), self.most + 1)

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than the pages reach."""
        return self.counted > self.most

    @cached_property
    def count(self) -> int:
        return min(self.counted, self.most)

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        return self._get_page(self._fetched(first, last), number, self)

    def _fetched(self, first: int, last: int) -> list[Any]:
        if first >= last:
            return []
        if len(self.parts) == 1:
            keys = self.order.of(self.parts[0].rows).values("pk")[first:last]
            return list(self.order.of(self.object_list.order_by().filter(pk__in=keys)))
        found = self._merged(first, last)
        rows = {row.pk: row for row in self.object_list.order_by().filter(pk__in=found)}
        # One that went away between the two is left out.
        return [rows[key] for key in found if key in rows]

    def _merged(self, first: int, last: int) -> list[Any]:
        parts = [self.order.named(each, "sorted_by")[:last].values("pk", "sorted_by") for each in self.parts]
        merged = parts[0].union(*parts[1:], all=self.apart)
        return [row["pk"] for row in merged.order_by(*self.order.by("sorted_by"))[first:last]]


class Order:
    """By one column, empty values last both ways; the key makes the order, and so the pages, certain."""

    def __init__(self, rows: QuerySet, key: str) -> None:
        self.key, self.descending = key.lstrip("-"), key.startswith("-")
        names = {field.name for field in rows.model._meta.get_fields()}
        # Where a column is never empty the plain order is the same, and an index can be read backwards for it.
        self.never_empty = self.key in names and not getattr(rows.model._meta.get_field(self.key), "null", True)

    def by(self, name: str = "") -> list[OrderBy | str]:
        field: Combinable = F(name or self.key)
        if self.never_empty:
            return [field.desc() if self.descending else field.asc(), "pk"]
        return [field.desc(nulls_last=True) if self.descending else field.asc(nulls_last=True), "pk"]

    def of(self, rows: QuerySet) -> QuerySet:
        return rows.order_by(*self.by())

    def named(self, part: Part, name: str) -> QuerySet:
        """A part in this order, each row with what it is sorted by under a name."""
        # No index is of this expression, so none can be walked through in its order.
        key = F(self.key) if part.in_order else Coalesce(self.key, self.key)
        return part.rows.annotate(**{name: key}).order_by(*self.by(name))
