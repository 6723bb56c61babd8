"""What stands on rows that an undo would take back: anything in any table that points to them.

Asked of the models themselves, so that a table that a room above adds tomorrow is not forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import ForeignObjectRel, Model, Q
from django.utils.translation import gettext as _

# Rows of a model that may point there and carry nothing.
Weightless = Mapping[type[Model], Q]


def standing_on(model: type[Model], keys: Collection[Any], weightless: Weightless) -> dict[Any, str]:
    """Of the rows with these keys those to which something points, and what, in words."""
    found: dict[Any, str] = {}
    for relation in _pointing_to(model):
        name = relation.field.attname
        rows = relation.related_model._base_manager.filter(**{f"{name}__in": keys})
        if relation.related_model in weightless:
            rows = rows.exclude(weightless[relation.related_model])
        words = _("it is used by: %(what)s") % {"what": relation.related_model._meta.verbose_name}
        found |= dict.fromkeys(rows.order_by().values_list(name, flat=True).distinct(), words)
    return found


def _pointing_to(model: type[Model]) -> Iterator[ForeignObjectRel]:
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.field.concrete and not relation.many_to_many:
            yield relation
