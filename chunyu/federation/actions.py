"""Founding, renaming, moving and dissolving organisations. History is closed and opened, never overwritten.

`on` is the first day of the new state and must not lie in the future: the present tree shows the change at once, and
placements tell what held before. Every act takes the tree's lock, so that two never see each other half done.
Refused acts raise ValidationError with a sentence for the user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from chunyu.federation import scope
from chunyu.federation.kinds import INDUSTRY_PARENTS, may_stand_under
from chunyu.federation.models import IndustryTie, Organisation, Placement, Region
from chunyu.federation.triggers import TREE_LOCK

MANY = 1_000


@transaction.atomic
def found(*, name: str, kind: str, region: Region, parent: Organisation | None, on: date) -> Organisation:
    """A new organisation, placed in the tree from its first day."""
    lock_tree()
    if parent is not None:
        parent = Organisation.objects.get(pk=parent.pk)
        _stands(parent, on)
    _fits(kind, parent)
    (number,) = _next_numbers(1)
    path = f"{parent.path if parent else ''}{number:06d}."
    organisation = Organisation(pk=number, name=name, kind=kind, region=region, parent=parent, founded_on=on, path=path)
    organisation.full_clean()
    organisation.save(force_insert=True)
    _placed(organisation, on).save()
    return organisation


@dataclass(frozen=True, eq=False)
class Founding:
    """One of many to be founded; `parent` may be a founding before it."""

    name: str
    kind: str
    region: Region
    parent: Organisation | Founding
    on: date


@transaction.atomic
def found_many(foundings: Sequence[Founding]) -> list[Organisation]:
    """New organisations, each after the one above it, written in two lots; the database keeps the rules of the tree."""
    lock_tree()
    made: dict[Founding, Organisation] = {}
    for founding, number in zip(foundings, _next_numbers(len(foundings)), strict=True):
        parent = made[founding.parent] if isinstance(founding.parent, Founding) else founding.parent
        _stands(parent, founding.on)
        _fits(founding.kind, parent)
        made[founding] = Organisation(
            pk=number,
            name=founding.name,
            kind=founding.kind,
            region=founding.region,
            parent=parent,
            founded_on=founding.on,
            path=f"{parent.path}{number:06d}.",
        )
    founded = list(made.values())
    Organisation.objects.bulk_create(founded, batch_size=MANY)
    Placement.objects.bulk_create((_placed(each, each.founded_on) for each in founded), batch_size=MANY)
    return founded


@transaction.atomic
def take_back_foundings(organisations: QuerySet[Organisation]) -> int:
    """What should never have been founded ends on the day it began: it stands on no day, and its number stays used.
    Only for organisations that have had one place and one name; nothing may belong to them."""
    lock_tree()
    Placement.objects.filter(organisation__in=organisations).update(valid_to=F("valid_from"))
    return organisations.update(dissolved_on=F("founded_on"))


@transaction.atomic
def take_back_rename(organisation: Organisation, former: str, *, on: date) -> None:
    """A name given on a day by mistake: the one before it holds as if nothing had been."""
    lock_tree()
    begun = organisation.placements.get(valid_from=on, valid_to__isnull=True)
    before = organisation.placements.filter(valid_to=on).exclude(pk=begun.pk).order_by("-valid_from").first()
    if before is not None and before.name == former:
        begun.delete()
        before.valid_to = None
        before.save(update_fields=["valid_to"])
    else:  # renamed on the day of another change, which stays
        begun.name = former
        begun.save(update_fields=["name"])
    organisation.name = former
    organisation.full_clean()
    organisation.save(update_fields=["name"])


@transaction.atomic
def rename(organisation: Organisation, name: str, *, on: date) -> None:
    """Give the organisation another name from a day on; reports up to the day before keep the old one."""
    lock_tree()
    organisation.refresh_from_db()
    _stands(organisation, on)
    organisation.name = name
    organisation.full_clean()
    organisation.save(update_fields=["name"])
    replace_placements(Organisation.objects.filter(pk=organisation.pk), on)


@transaction.atomic
def move(organisation: Organisation, parent: Organisation, *, on: date) -> None:
    """Put the organisation, with all that is under it and all they own, under another parent from a day on."""
    lock_tree()
    organisation.refresh_from_db()
    parent = Organisation.objects.get(pk=parent.pk)
    _stands(organisation, on)
    _stands(parent, on)
    if organisation.covers(parent.path):
        raise ValidationError(_("An organisation cannot be moved under itself."))
    if organisation.pk in superiors(parent, on):
        raise ValidationError(
            _("%(name)s itself belongs to %(below)s: that would be a circle."),
            params={"name": parent.name, "below": organisation.name},
        )
    _fits(organisation.kind, parent)
    _put(organisation, parent)
    replace_placements(Organisation.objects.within(organisation.path).as_of(on), on)


def _put(organisation: Organisation, parent: Organisation) -> None:
    before, after = organisation.path, f"{parent.path}{organisation.pk:06d}."
    organisation.parent = parent
    organisation.full_clean(exclude=["path"])
    organisation.save(update_fields=["parent"])
    Organisation.objects.within(before).update(path=Concat(Value(after), Substr(F("path"), len(before) + 1)))
    scope.follow(before, after)
    organisation.refresh_from_db()


@transaction.atomic
def file_under(dissolved: Organisation, successor: Organisation) -> None:
    """Put what a dissolved organisation owned within reach of the one that took its place.

    Its placements stay: on every day of its life it stood where it stood.
    """
    lock_tree()
    if dissolved.dissolved_on is None:
        raise ValueError(f"{dissolved.pk} is not dissolved: move it.")
    _put(dissolved, successor)


def left_in(organisation: Organisation, on: date, successor: Organisation | None = None) -> list[str]:
    """What keeps an organisation from being dissolved, a sentence each: what is under it, and what the rooms above
    know to be left in it (`settings.BEFORE_DISSOLVING`)."""
    living = organisation.children.as_of(on).count()
    words = {"count": living, "name": organisation.name}
    left = (
        [_("%(count)s organisations are still under %(name)s: move or dissolve them first.") % words] if living else []
    )
    for name in settings.BEFORE_DISSOLVING:
        ask: Callable[[Organisation, date, Organisation | None], Iterable[str]] = import_string(name)
        left += ask(organisation, on, successor)
    return left


@transaction.atomic
def dissolve(organisation: Organisation, *, on: date, successor: Organisation | None = None) -> None:
    """End an organisation: `on` is the first day without it, and it stays in every report up to the day before.

    Refused with everything that is left in it. With a `successor`, what it owned is filed under that one, which goes
    on with its open matters; members and employers are handed over before in any case.
    """
    lock_tree()
    organisation.refresh_from_db()
    _stands(organisation, on)
    if left := left_in(organisation, on, successor):
        raise ValidationError(left)
    organisation.dissolved_on = on
    organisation.full_clean()
    organisation.save(update_fields=["dissolved_on"])
    _close_placements(organisation.placements.filter(valid_to__isnull=True), on)
    _end_ties(IndustryTie.objects.filter(Q(organisation=organisation) | Q(industry_parent=organisation)), on)
    if successor is not None:
        successor.refresh_from_db()
        file_under(organisation, successor)


@transaction.atomic
def tie_to_industry(organisation: Organisation, industry_parent: Organisation | None, *, on: date) -> None:
    """Give the organisation an industrial superior from a day on, another one, or (None) none any more.

    Its place in the tree stays what it is. A tie that began the same day is replaced.
    """
    lock_tree()
    organisation.refresh_from_db()
    _stands(organisation, on)
    if industry_parent is not None:
        industry_parent = Organisation.objects.get(pk=industry_parent.pk)
        _stands(industry_parent, on)
        _may_be_industrial(organisation, industry_parent, on)
    _end_ties(organisation.industry_ties.all(), on)
    if industry_parent is not None:
        tie = IndustryTie(organisation=organisation, industry_parent=industry_parent, valid_from=on)
        tie.full_clean()
        tie.save()


def _may_be_industrial(organisation: Organisation, superior: Organisation, on: date) -> None:
    if superior.kind not in INDUSTRY_PARENTS:
        raise ValidationError(
            _("%(name)s is no union of an industry and no association: it cannot be an industrial superior."),
            params={"name": superior.name},
        )
    if superior.pk == organisation.parent_id:
        raise ValidationError(
            _("%(name)s is already above it in the tree: an industrial superior is another one."),
            params={"name": superior.name},
        )
    if organisation.pk in superiors(superior, on):
        raise ValidationError(
            _("%(name)s itself belongs to %(below)s: that would be a circle."),
            params={"name": superior.name, "below": organisation.name},
        )


def superiors(organisation: Organisation, on: date) -> set[int]:
    """The keys of the organisation and of all above it on a day, by territory as it is now and by industry."""
    found: set[int] = set()
    ahead = {organisation.pk}
    while ahead:
        found |= ahead
        above = set(Organisation.objects.filter(pk__in=ahead, parent__isnull=False).values_list("parent", flat=True))
        ties = IndustryTie.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), organisation__in=ahead)
        ahead = (above | set(ties.values_list("industry_parent", flat=True))) - found
    return found


def lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _next_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Organisation._meta.db_table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _placed(organisation: Organisation, on: date) -> Placement:
    return Placement(
        organisation=organisation,
        name=organisation.name,
        parent_id=organisation.parent_id,
        region_id=organisation.region_id,
        path=organisation.path,
        valid_from=on,
    )


def _stands(organisation: Organisation, on: date) -> None:
    if organisation.founded_on > on or (organisation.dissolved_on and organisation.dissolved_on <= on):
        raise ValidationError(
            _("%(name)s does not exist on %(day)s."), params={"name": organisation.name, "day": on.isoformat()}
        )


def _fits(kind: str, parent: Organisation | None) -> None:
    if may_stand_under(kind, parent.kind if parent else None):
        return
    words = {"kind": Organisation.Kind(kind).label}
    if parent is None:
        raise ValidationError(_("Only a federation stands at the top: say what the %(kind)s is under."), params=words)
    raise ValidationError(
        _("%(parent)s (%(level)s) cannot be above an organisation of the kind “%(kind)s”."),
        params=words | {"parent": parent.name, "level": Organisation.Kind(parent.kind).label},
    )


def _end_ties(ties: QuerySet[IndustryTie], on: date) -> None:
    """Close what holds on that day and take back what would begin then or later."""
    ties.filter(valid_from__gte=on).delete()
    ties.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)).update(valid_to=on)


def replace_placements(organisations: QuerySet[Organisation], on: date) -> None:
    """Close the open placements and open new ones; a placement that began the same day is replaced."""
    open_now = Placement.objects.filter(organisation__in=organisations, valid_to__isnull=True)
    open_now.filter(valid_from=on).delete()
    _close_placements(open_now, on)
    Placement.objects.bulk_create(_placed(each, on) for each in organisations.all())


def _close_placements(open_now: QuerySet[Placement], on: date) -> None:
    later = open_now.filter(valid_from__gt=on).order_by("-valid_from").first()
    if later is not None:
        raise ValidationError(
            _("%(name)s last changed on %(day)s: a change cannot take effect before that day."),
            params={"name": later.name, "day": later.valid_from.isoformat()},
        )
    open_now.update(valid_to=on)
