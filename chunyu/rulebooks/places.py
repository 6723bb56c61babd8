"""Places by the codes that rulebooks name them with."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from chunyu.federation.models import Region
from chunyu.rulebooks.in_force import NATION


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """The name of each place; a code that this site does not know stands for itself."""
    asked = dict.fromkeys(codes)
    known = dict(Region.objects.filter(code__in=asked).values_list("code", "name"))
    return {code: known.get(code, code) for code in asked} | {NATION: _("the whole country")}
