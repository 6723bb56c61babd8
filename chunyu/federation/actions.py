"""Founding, renaming, moving and dissolving organisations. History is closed and opened, never overwritten.

`on` is the first day of the new state and must not lie in the future: the present tree shows the change at once, and
placements tell what held before. Every act takes the tree's lock, so that two never see each other half done.
Refused acts raise ValidationError with a sentence for the user.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from chunyu.federation import scope
from chunyu.federation.models import Organisation, Placement, Region

TREE_LOCK = 0x7265655F74726565
LEVELS = list(Organisation.Kind.values)


@transaction.atomic
def found(*, name: str, kind: str, region: Region, parent: Organisation | None, on: date) -> Organisation:
    """A new organisation, placed in the tree from its first day."""
    _lock_tree()
    if parent is not None:
        parent = Organisation.objects.get(pk=parent.pk)
        _stands(parent, on)
        if LEVELS.index(parent.kind) > LEVELS.index(kind):
            raise ValidationError(
                _("%(parent)s is of a lower level than the organisation that it should be above."),
                params={"parent": parent.name},
            )
    number = _next_number()
    path = f"{parent.path if parent else ''}{number:06d}."
    organisation = Organisation(pk=number, name=name, kind=kind, region=region, parent=parent, founded_on=on, path=path)
    organisation.full_clean()
    organisation.save(force_insert=True)
    Placement.objects.create(organisation=organisation, name=name, parent=parent, path=path, valid_from=on)
    return organisation


@transaction.atomic
def rename(organisation: Organisation, name: str, *, on: date) -> None:
    """Give the organisation another name from a day on; reports up to the day before keep the old one."""
    _lock_tree()
    organisation.refresh_from_db()
    _stands(organisation, on)
    organisation.name = name
    organisation.full_clean()
    organisation.save(update_fields=["name"])
    _replace_placements(Organisation.objects.filter(pk=organisation.pk), on)


@transaction.atomic
def move(organisation: Organisation, parent: Organisation, *, on: date) -> None:
    """Put the organisation, with all that is under it and all they own, under another parent from a day on."""
    _lock_tree()
    organisation.refresh_from_db()
    parent = Organisation.objects.get(pk=parent.pk)
    _stands(organisation, on)
    _stands(parent, on)
    if organisation.covers(parent.path):
        raise ValidationError(_("An organisation cannot be moved under itself."))
    if LEVELS.index(parent.kind) > LEVELS.index(organisation.kind):
        raise ValidationError(
            _("%(parent)s is of a lower level than the organisation that it should be above."),
            params={"parent": parent.name},
        )
    before, after = organisation.path, f"{parent.path}{organisation.pk:06d}."
    organisation.parent = parent
    organisation.full_clean(exclude=["path"])
    organisation.save(update_fields=["parent"])
    Organisation.objects.within(before).update(path=Concat(Value(after), Substr(F("path"), len(before) + 1)))
    scope.follow(before, after)
    _replace_placements(Organisation.objects.within(after).as_of(on), on)
    organisation.refresh_from_db()


@transaction.atomic
def dissolve(organisation: Organisation, *, on: date) -> None:
    """End an organisation: `on` is the first day without it, and it stays in every report up to the day before."""
    _lock_tree()
    organisation.refresh_from_db()
    _stands(organisation, on)
    living = organisation.children.as_of(on).count()
    if living:
        raise ValidationError(
            _("%(count)s organisations are still under %(name)s: move or dissolve them first."),
            params={"count": living, "name": organisation.name},
        )
    organisation.dissolved_on = on
    organisation.full_clean()
    organisation.save(update_fields=["dissolved_on"])
    _close_placements(organisation.placements.filter(valid_to__isnull=True), on)


def _lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Organisation._meta.db_table])
        return cursor.fetchone()[0]


def _stands(organisation: Organisation, on: date) -> None:
    if organisation.founded_on > on or (organisation.dissolved_on and organisation.dissolved_on <= on):
        raise ValidationError(
            _("%(name)s does not exist on %(day)s."), params={"name": organisation.name, "day": on.isoformat()}
        )


def _replace_placements(organisations: QuerySet[Organisation], on: date) -> None:
    """Close the open placements and open new ones; a placement that began the same day is replaced."""
    open_now = Placement.objects.filter(organisation__in=organisations, valid_to__isnull=True)
    open_now.filter(valid_from=on).delete()
    _close_placements(open_now, on)
    Placement.objects.bulk_create(
        Placement(organisation=each, name=each.name, parent_id=each.parent_id, path=each.path, valid_from=on)
        for each in organisations.all()
    )


def _close_placements(open_now: QuerySet[Placement], on: date) -> None:
    later = open_now.filter(valid_from__gt=on).order_by("-valid_from").first()
    if later is not None:
        raise ValidationError(
            _("%(name)s last changed on %(day)s: a change cannot take effect before that day."),
            params={"name": later.name, "day": later.valid_from.isoformat()},
        )
    open_now.update(valid_to=on)
