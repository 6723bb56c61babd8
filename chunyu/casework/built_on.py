"""What casework has built on households whose import is about to be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from chunyu.casework.models import Case


def cases_on(households: Iterable[UUID]) -> dict[UUID, str]:
    """Those that a case is about, open or closed."""
    found = Case.objects.filter(household__in=list(households)).values_list("household_id", flat=True)
    return dict.fromkeys(found, str(_("a case was opened since")))
