"""The tree as it stood on a day."""

from datetime import date

from django.db.models import QuerySet

from chunyu.federation.models import Organisation, Placement


def placed_under(organisation: Organisation, day: date) -> QuerySet[Placement]:
    """Where the organisation and all then under it stood on a day, under the names of that day, top first and a whole
    branch before the next."""
    own = organisation.placements.as_of(day).first()
    if own is None:
        return Placement.objects.none()
    return Placement.objects.as_of(day).within(own.path).order_by("path")


def subtree(organisation: Organisation, day: date) -> QuerySet[Placement]:
    """`placed_under`, with the organisations themselves."""
    return placed_under(organisation, day).select_related("organisation")
