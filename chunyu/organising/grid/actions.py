"""The verbs of the grid: open a station and its cells, say who keeps a cell and what falls in it, close it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation
from chunyu.organising.grid.tables import STATION, CellKeeper, CellPlace, GridCell
from chunyu.organising.refusing import refusing
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import refuse_day_to_come


@transaction.atomic
def open_station(acting: Acting, above: Organisation, name: str, *, on: date) -> Organisation:
    """A new service station under a township, a community or a park's association."""
    check_organising(acting, above.path)
    refuse_day_to_come(acting, on)
    try:
        station = found(name=name.strip(), kind=STATION, region=above.region, parent=above, on=on)
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    record(acting, "organising.open_station", station)
    return station


@transaction.atomic
def open_cell(acting: Acting, station: Organisation, *, name: str, area: str, on: date) -> GridCell:
    check_organising(acting, station.path)
    refuse_day_to_come(acting, on)
    with refusing():
        cell = GridCell.objects.create(organisation=station, name=name.strip(), area=area.strip(), valid_from=on)
    record(acting, "organising.open_cell", cell)
    return cell


@transaction.atomic
def give_to_keeper(
    acting: Acting, cell: GridCell, *, on: date, post: Post | None = None, person: str = ""
) -> CellKeeper:
    """Somebody keeps the cell from a day on; whoever kept it until now hands it over that day."""
    check_organising(acting, cell.scope_path)
    refuse_day_to_come(acting, on)
    if post is not None and not acting.sees(post.organisation.path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    with refusing():
        CellKeeper.objects.filter(cell=cell, valid_to__isnull=True, valid_from__lt=on).update(valid_to=on)
        keeper = CellKeeper.objects.create(
            organisation=cell.organisation, cell=cell, post=post, person=person.strip(), valid_from=on
        )
    record(acting, "organising.give_to_keeper", cell, f"post {post.pk}" if post else "by name")
    return keeper


@transaction.atomic
def put_in_cell(
    acting: Acting,
    cell: GridCell,
    *,
    enterprises: Iterable[Enterprise] = (),
    villages: Iterable[Organisation] = (),
    on: date,
) -> int:
    """Firms and villages fall in a cell from a day on, many at once; those that fell in another leave it that day.
    Returns how many are new in the cell."""
    check_organising(acting, cell.scope_path)
    refuse_day_to_come(acting, on)
    firms, places = list(enterprises), list(villages)
    county = cell.organisation.county() or cell.organisation
    for path in {each.scope_path for each in firms} | {each.path for each in places}:
        check_organising(acting, path)
        if not county.covers(path):
            raise Refusal(_("A cell takes in firms and villages of its own county only."), "other_county")
    with refusing():
        there = CellPlace.objects.as_of(on).filter(cell=cell)
        kept_firms = set(there.values_list("enterprise", flat=True))
        kept_places = set(there.values_list("village", flat=True))
        firms = [each for each in firms if each.pk not in kept_firms]
        places = [each for each in places if each.pk not in kept_places]
        _leave(firms, places, on)
        rows = [CellPlace(organisation=cell.organisation, cell=cell, enterprise=each, valid_from=on) for each in firms]
        rows += [CellPlace(organisation=cell.organisation, cell=cell, village=each, valid_from=on) for each in places]
        CellPlace.objects.bulk_create(rows, batch_size=1_000)
    record(acting, "organising.put_in_cell", cell, f"{len(firms)} firms, {len(places)} villages")
    return len(rows)


def _leave(firms: Sequence[Enterprise], places: Sequence[Organisation], on: date) -> None:
    going = CellPlace.objects.filter(valid_to__isnull=True, valid_from__lt=on)
    going.filter(enterprise__in=firms).update(valid_to=on)
    going.filter(village__in=places).update(valid_to=on)


@transaction.atomic
def take_out(acting: Acting, place: CellPlace, *, on: date) -> None:
    """A firm or village falls in the cell no more: it stands among those in none until it is put in another."""
    check_organising(acting, place.scope_path)
    refuse_day_to_come(acting, on)
    held = CellPlace.objects.select_for_update(of=("self",)).get(pk=place.pk)
    if held.valid_to is not None:
        raise Refusal(_("This place in the cell has ended already."), "cell_place_ended_for_good")
    held.valid_to = on
    with refusing():
        held.save(update_fields=["valid_to"])
    record(acting, "organising.take_out_of_cell", held)


@transaction.atomic
def close_cell(acting: Acting, cell: GridCell, *, on: date) -> None:
    """The cell, with its keeper and all that falls in it, ends: `on` is the first day without it."""
    check_organising(acting, cell.scope_path)
    refuse_day_to_come(acting, on)
    held = GridCell.objects.select_for_update(of=("self",)).get(pk=cell.pk)
    if held.valid_to is not None:
        raise Refusal(_("This cell is closed; open a new one."), "cell_ended_for_good")
    with refusing():
        freed = CellPlace.objects.filter(cell=held, valid_to__isnull=True).update(valid_to=on)
        CellKeeper.objects.filter(cell=held, valid_to__isnull=True).update(valid_to=on)
        held.valid_to = on
        held.save(update_fields=["valid_to"])
    record(acting, "organising.close_cell", held, f"{freed} firms and villages in none now")
