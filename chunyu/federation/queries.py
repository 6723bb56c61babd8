"""The tree as it stood on a day."""

from datetime import date

from django.db.models import QuerySet

from chunyu.federation.models import Organisation, Placement


def subtree(organisation: Organisation, day: date) -> QuerySet[Placement]:
    """Where the organisation and all then under it stood on a day, under the names of that day, top first."""
    own = organisation.placements.as_of(day).first()
    if own is None:
        return Placement.objects.none()
    return Placement.objects.as_of(day).within(own.path).select_related("organisation").order_by("path")
