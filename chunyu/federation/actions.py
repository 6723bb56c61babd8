"""Founding, renaming, moving and dissolving organisations. History is closed and opened, never overwritten."""

from datetime import date

from django.apps import apps
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from chunyu.federation.models import Organisation, Placement, Region, Scoped, path_end


@transaction.atomic
def found(*, name: str, kind: str, region: Region, parent: Organisation | None, on: date) -> Organisation:
    """A new organisation, placed in the tree from its first day."""
    organisation = Organisation(name=name, kind=kind, region=region, parent=parent, founded_on=on, path="?")
    organisation.save()
    organisation.path = f"{parent.path if parent else ''}{organisation.pk:06d}."
    organisation.save(update_fields=["path"])
    Placement.objects.create(organisation=organisation, name=name, parent=parent, path=organisation.path, valid_from=on)
    return organisation


@transaction.atomic
def rename(organisation: Organisation, name: str, *, on: date) -> None:
    organisation.name = name
    organisation.save(update_fields=["name"])
    _replace_placements(Organisation.objects.filter(pk=organisation.pk), on)


@transaction.atomic
def move(organisation: Organisation, parent: Organisation, *, on: date) -> None:
    """Put the organisation, with all that is under it and all they own, under another parent from a day on."""
    # Two moves at once could build a circle that neither sees: they take turns.
    Organisation.objects.select_for_update().filter(parent__isnull=True).first()
    if organisation.covers(parent.path):
        raise ValueError("An organisation cannot be moved under itself.")
    before, after = organisation.path, f"{parent.path}{organisation.pk:06d}."
    moved = list(Organisation.objects.within(before).values_list("pk", flat=True))
    rest = Concat(Value(after), Substr(F("path"), len(before) + 1))
    Organisation.objects.within(before).update(path=rest)
    Organisation.objects.filter(pk=organisation.pk).update(parent=parent)
    for model in apps.get_models():
        if issubclass(model, Scoped):
            model._default_manager.filter(scope_path__gte=before, scope_path__lt=path_end(before)).update(
                scope_path=Concat(Value(after), Substr(F("scope_path"), len(before) + 1))
            )
    _replace_placements(Organisation.objects.filter(pk__in=moved), on)
    organisation.refresh_from_db()


@transaction.atomic
def dissolve(organisation: Organisation, *, on: date) -> None:
    """End an organisation on a day; it stays in every report up to the day before."""
    organisation.dissolved_on = on
    organisation.save(update_fields=["dissolved_on"])
    organisation.placements.filter(valid_to__isnull=True).update(valid_to=on)


def _replace_placements(organisations, on: date) -> None:
    """Close the open placements and open new ones; a placement that began the same day is replaced."""
    open_now = Placement.objects.filter(organisation__in=organisations, valid_to__isnull=True)
    open_now.filter(valid_from=on).delete()
    open_now.update(valid_to=on)
    Placement.objects.bulk_create(
        Placement(organisation=each, name=each.name, parent_id=each.parent_id, path=each.path, valid_from=on)
        for each in organisations.all()
    )
