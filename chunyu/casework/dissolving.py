"""What casework knows to be under way at a union that is about to be dissolved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import ngettext

from chunyu.casework.models import Case
from chunyu.federation.models import Organisation


def open_cases(union: Organisation, on: date, successor: Organisation | None) -> Iterator[str]:
    """Its open cases; one that takes the union's place goes on with them."""
    count = Case.objects.filter(organisation=union, closed_on__isnull=True).count() if successor is None else 0
    if count:
        yield ngettext(
            "%(count)s case is open at it: bring it to an end first.",
            "%(count)s cases are open at it: bring them to an end first.",
            count,
        ) % {"count": count}
