"""Values that the rulebooks give for a region's code: a new code has none, until the policy officer gives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from chunyu.rulebooks.in_force import every_pack
from chunyu.rulebooks.words import tongue


def left_behind(ended: Iterable[str], opened: Iterable[str], day: date) -> list[str]:
    """What the rulebooks in force on a day give for codes that end, and is not given for the codes that begin: a
    sentence each. Without it, families there go by the value of the place above, or cannot be decided."""
    new = _(", ").join(opened)
    found = []
    for code in ended:
        labels = [
            parameter.label(tongue())
            for pack in every_pack()
            if pack.in_force(day)
            for parameter in pack.parameters.values()
            if any(each.region == code and each.in_force(day) for each in parameter.settings)
        ]
        if labels and new:
            words = {"code": code, "new": new, "values": _(", ").join(dict.fromkeys(labels))}
            found.append(
                _("The rulebook gives values for %(code)s (%(values)s): the policy officer gives them for %(new)s.")
                % words
            )
    return found
