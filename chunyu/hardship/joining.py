"""What this room knows to be under way on a file that is about to be joined to another."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.registry.models import Household


def open_matters(joined: Household, into: Household) -> Iterator[Refusal]:
    """Applications on the file that is to lie still which have not come to an end."""
    for application in joined.applications.filter(open=True).select_related("case").order_by("case__number"):
        sentence = _("Case %(number)s is open on the file that is to lie still. Bring it to an end first.")
        yield Refusal(sentence % {"number": application.case.number}, code="open_matter")
