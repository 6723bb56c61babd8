"""A value among very many."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Lookup


class OneOf(Lookup):
    """A key among many, sent as one value: a province's are too many to be sent one by one.

    rows.filter(one_of("household", keys))
    """

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, asked = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*asked, self.rhs]


def one_of(field: str, keys: Any) -> OneOf:
    """Rows whose field (a column, or a foreign key) holds one of the keys, given as the database holds them."""
    return OneOf(F(field), list(keys))
