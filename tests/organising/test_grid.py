"""The grid: every firm and village in one cell, each cell with a keeper, as of any day; and nobody gets past it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation.actions import dissolve
from chunyu.organising.grid import actions, queries
from chunyu.organising.grid.tables import CellKeeper, CellPlace, GridCell
from chunyu.organising.refusing import refusing
from chunyu.registry.employers.actions import close_enterprise
from tests.organising.unions import TODAY, firm, station, village
from tests.situations import county

pytestmark = pytest.mark.django_db
START = date(2020, 1, 1)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


@pytest.fixture
def cell(yurun, organiser):
    return actions.open_cell(organiser, station(yurun), name="第一网格", area="春雨路以东", on=START)


def names(cell, day: date) -> list[str]:
    return [str(each) for each in queries.in_cell(cell, day)]


def in_none(county, day: date) -> list[str]:
    firms = queries.firms_in_none(county.path, day).values_list("name", flat=True)
    return [*sorted(firms), *queries.villages_in_none(county.path, day).values_list("name", flat=True)]


def test_an_organiser_lays_the_grid_until_nothing_falls_in_none(yurun, organiser):
    at = actions.open_station(organiser, yurun.township, "城关镇工会服务站", on=START)
    first = actions.open_cell(organiser, at, name="第一网格", area="", on=START)
    firms = [firm(organiser, yurun, f"第{n}食品厂", 30) for n in range(3)]
    here = village(yurun, "东关社区工会联合会")
    assert len(in_none(yurun, TODAY)) == 4
    assert actions.put_in_cell(organiser, first, enterprises=firms, villages=[here], on=START) == 4
    assert in_none(yurun, TODAY) == []
    assert in_none(yurun, date(2019, 12, 31)) == [*(each.name for each in firms), here.name]
    assert actions.put_in_cell(organiser, first, enterprises=firms, on=date(2021, 1, 1)) == 0
    assert Entry.objects.filter(event="organising.put_in_cell").count() == 2
    found = queries.cells(yurun.path, TODAY).get()
    assert (found.firms, found.villages, found.keeper) == (3, 1, None)


def test_what_moves_to_another_cell_leaves_the_first_that_day(yurun, organiser, cell):
    second = actions.open_cell(organiser, cell.organisation, name="第二网格", area="", on=START)
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    actions.put_in_cell(organiser, second, enterprises=[mill], on=date(2022, 5, 1))
    assert (names(cell, date(2022, 4, 30)), names(second, date(2022, 4, 30))) == (["面粉厂"], [])
    assert (names(cell, date(2022, 5, 1)), names(second, date(2022, 5, 1))) == ([], ["面粉厂"])
    with pytest.raises(Refusal) as refused:
        actions.put_in_cell(organiser, second, enterprises=[mill], on=date(2021, 1, 1))
    assert refused.value.code == "employer_in_one_cell"


def test_a_keeper_hands_the_cell_over(yurun, organiser, cell):
    actions.give_to_keeper(organiser, cell, person="邵丽娟", on=START)
    officer = yurun.post(Role.TOWNSHIP_OFFICER)
    actions.give_to_keeper(organiser, cell, post=officer, on=date(2023, 1, 1))
    kept = {day: queries.cells(yurun.path, day).get().keeper for day in (date(2022, 12, 31), date(2023, 1, 1))}
    assert list(kept.values()) == ["邵丽娟", officer.user.full_name]
    with pytest.raises(Refusal) as refused:
        actions.give_to_keeper(organiser, cell, person="别人", on=date(2022, 6, 1))
    assert refused.value.code == "cell_kept_by_one"


def test_a_firm_that_closed_is_in_its_cell_no_more(yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    close_enterprise(organiser, mill, closing="closed", on=date(2024, 1, 1))
    assert (names(cell, date(2023, 12, 31)), names(cell, date(2024, 1, 1))) == (["面粉厂"], [])
    assert in_none(yurun, date(2024, 1, 1)) == []


def test_a_closed_cell_leaves_what_was_in_it_in_none(yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    actions.give_to_keeper(organiser, cell, person="邵丽娟", on=START)
    with pytest.raises(Refusal) as refused, refusing():
        dissolve(cell.organisation, on=TODAY)
    assert refused.value.code == "station_ends_after_its_cells"
    actions.close_cell(organiser, cell, on=date(2025, 1, 1))
    assert in_none(yurun, date(2024, 12, 31)) == []
    assert in_none(yurun, date(2025, 1, 1)) == ["面粉厂"]
    dissolve(cell.organisation, on=TODAY)
    with pytest.raises(Refusal) as refused:
        actions.close_cell(organiser, cell, on=TODAY)
    assert refused.value.code == "cell_ended_for_good"


def test_what_is_taken_out_stands_among_those_in_none(yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    actions.take_out(organiser, CellPlace.objects.get(), on=TODAY)
    assert in_none(yurun, TODAY) == ["面粉厂"]


def test_a_cell_takes_in_its_own_county_only(yurun, organiser, cell):
    qinghe = county("青禾县")
    theirs = firm(qinghe.acting(Role.ORGANISER, TODAY), qinghe, "青禾面粉厂", 30)
    with pytest.raises(Refusal) as refused:
        actions.put_in_cell(organiser, cell, enterprises=[theirs], on=START)
    assert refused.value.code == "out_of_scope"
    from tests.situations import acting

    city = acting(Role.ORGANISER, yurun.city, TODAY)
    with pytest.raises(Refusal) as refused:
        actions.put_in_cell(city, cell, enterprises=[theirs], on=START)
    assert refused.value.code == "other_county"


def test_only_organisers_write_and_nothing_lies_ahead(yurun, organiser, cell):
    for role in (Role.AUDITOR, Role.FINANCE_OFFICER):
        with pytest.raises(Refusal) as refused:
            actions.open_cell(yurun.acting(role, TODAY), cell.organisation, name="第二网格", area="", on=START)
        assert refused.value.code == "role"
    with pytest.raises(Refusal) as refused:
        actions.close_cell(organiser, cell, on=date(2026, 3, 3))
    assert refused.value.code == "day_to_come"


def rows_that_break(yurun, cell, mill, here) -> dict[str, object]:
    own = {"organisation": cell.organisation, "cell": cell, "valid_from": START}
    return {
        "cell_name_once_a_station": GridCell(organisation=cell.organisation, name="第一网格", valid_from=TODAY),
        "cell_ends_after_it_starts": GridCell(
            organisation=cell.organisation, name="另一", valid_from=TODAY, valid_to=TODAY
        ),
        "cell_of_a_station_that_stands": GridCell(organisation=yurun.township, name="另一", valid_from=START),
        "cell_kept_by_one": CellKeeper(**own, person="别人"),
        "keeper_ends_after_it_starts": CellKeeper(**own | {"valid_to": START}, person="别人"),
        "keeper_is_a_post_or_a_person": CellKeeper(**own),
        "keeper_within_the_cell": CellKeeper(**own | {"valid_from": date(2019, 1, 1)}, person="别人"),
        "employer_in_one_cell": CellPlace(**own, enterprise=mill),
        "village_in_one_cell": CellPlace(**own, village=here),
        "cell_place_ends_after_it_starts": CellPlace(**own | {"valid_to": START}, enterprise=mill),
        "cell_place_is_an_employer_or_a_village": CellPlace(**own, enterprise=mill, village=here),
        "cell_place_within_the_cell": CellPlace(
            organisation=yurun.township, cell=cell, valid_from=START, enterprise=mill
        ),
        "cell_village_is_a_community_union": CellPlace(**own, village=yurun.workplace),
    }


def test_the_database_refuses_what_breaks_the_grid(yurun, organiser, cell):
    mill, here = firm(organiser, yurun, "面粉厂", 30), village(yurun, "东关社区工会联合会")
    actions.put_in_cell(organiser, cell, enterprises=[mill], villages=[here], on=START)
    actions.give_to_keeper(organiser, cell, person="邵丽娟", on=START)
    for rule, row in rows_that_break(yurun, cell, mill, here).items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save(force_insert=True)
        assert refused.value.__cause__.diag.constraint_name == rule
    for statement, words in (
        ("UPDATE organising_cellplace SET cell_id = gen_random_uuid()", "Cannot update"),
        ("DELETE FROM organising_cellplace", "Cannot delete"),
        ("DELETE FROM organising_cellkeeper", "Cannot delete"),
        ("DELETE FROM organising_gridcell", "Cannot delete"),
        ("UPDATE organising_gridcell SET valid_to = '2026-01-01'", "are left in the cell"),
    ):
        with pytest.raises(Exception, match=words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_two_who_put_the_same_firm_in_two_cells_at_once_leave_it_in_one(yurun, organiser, cell):
    """Whoever comes second finds the firm placed: the rule holds however the two are interleaved."""
    second = actions.open_cell(organiser, cell.organisation, name="第二网格", area="", on=START)
    mill = firm(organiser, yurun, "面粉厂", 30)
    with pytest.raises(IntegrityError), transaction.atomic():
        CellPlace.objects.bulk_create(
            CellPlace(organisation=each.organisation, cell=each, enterprise=mill, valid_from=START)
            for each in (cell, second)
        )
    assert CellPlace.objects.count() == 0


@pytest.fixture
def signed_in(yurun, client):
    client.force_login(yurun.post(Role.ORGANISER).user)
    return client


def shown(client, name: str, **asked: str) -> list[str]:
    page = client.get(reverse(f"organising:{name}"), asked).context["page"]
    return [row.name for row in page.sheet.object_list]


def test_the_organiser_lays_the_grid_on_the_pages(signed_in, yurun, organiser):
    client = signed_in
    firms = [firm(organiser, yurun, f"第{n}食品厂", 30) for n in range(3)]
    here = village(yurun, "东关社区工会联合会")
    station_form = {"above": yurun.township.pk, "name": "城关镇工会服务站", "on": "2020-01-01"}
    client.post(reverse("organising:open-station"), station_form)
    at = queries.stations(yurun.path, TODAY).get()
    cell_form = {"station": at.pk, "name": "第一网格", "area": "春雨路以东", "on": "2020-01-01"}
    opened = client.post(reverse("organising:open-cell"), cell_form, follow=True)
    cell = GridCell.objects.get()
    assert "春雨路以东" in opened.content.decode()
    assert client.post(reverse("organising:open-cell"), cell_form).status_code == 422
    keeper = reverse("organising:keeper", args=[cell.pk])
    assert client.post(keeper, {"on": "2026-03-01"}).status_code == 422
    client.post(keeper, {"person": "邵丽娟", "on": "2026-03-01"})
    assert shown(client, "uncovered") == [each.name for each in firms]
    assert shown(client, "uncovered-villages") == [here.name]
    many = reverse("organising:assign")
    assert client.post(many, {"cell": cell.pk, "on": "2026-03-01"}).status_code == 422
    sent = {"cell": cell.pk, "on": "2026-03-01", "firms": [each.pk for each in firms], "villages": [here.pk]}
    page = client.post(many, sent, follow=True)
    assert (page.context["firms"], page.context["villages"]) == (3, 1)
    assert shown(client, "uncovered") == shown(client, "uncovered-villages") == []
    assert shown(client, "uncovered", on="2026-02-28") == [each.name for each in firms]
    assert (shown(client, "grid", q="邵丽娟"), shown(client, "grid", kept="no")) == (["第一网格"], [])
    assert shown(client, "grid", station=str(at.pk)) == ["第一网格"]
    place = CellPlace.objects.get(enterprise=firms[0])
    client.post(reverse("organising:take-out", args=[place.pk]), {"on": "2026-03-02"})
    assert shown(client, "uncovered") == [firms[0].name]
    assert firms[0].name in client.get(reverse("organising:assign-to-cell", args=[cell.pk])).content.decode()
    client.post(reverse("organising:close-cell", args=[cell.pk]), {"on": "2026-03-02"})
    assert shown(client, "grid") == []
    assert shown(client, "grid", on="2026-03-01") == ["第一网格"]
    then = client.get(reverse("organising:cell", args=[cell.pk]), {"on": "2026-03-01"})
    assert (then.context["firms"], str(then.context["keeper"])) == (3, "邵丽娟")


def test_a_station_and_a_township_show_their_cells(signed_in, yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    for union, there in ((cell.organisation, True), (yurun.township, True), (yurun.workplace, False)):
        page = signed_in.get(reverse("organising:union", args=[union.pk])).content.decode()
        assert ("第一网格" in page) is there
    page = signed_in.get(reverse("organising:union", args=[yurun.township.pk])).content.decode()
    assert f"{reverse('organising:uncovered')}?under={yurun.township.path}" in page
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    assert shown(signed_in, "uncovered", under=yurun.township.path) == []


def test_foreign_cells_do_not_exist_and_only_organisers_write(signed_in, yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    signed_in.force_login(county("青禾县").post(Role.ORGANISER).user)
    for name in ("cell", "assign-to-cell", "keeper", "close-cell"):
        assert signed_in.get(reverse(f"organising:{name}", args=[cell.pk])).status_code == 404
    assert signed_in.get(reverse("organising:take-out", args=[CellPlace.objects.get().pk])).status_code == 404
    assert shown(signed_in, "grid") == []
    signed_in.force_login(yurun.post(Role.AUDITOR).user)
    assert signed_in.get(reverse("organising:cell", args=[cell.pk])).status_code == 200
    for address in (reverse("organising:open-cell"), reverse("organising:keeper", args=[cell.pk])):
        assert signed_in.get(address).status_code == 403
    signed_in.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert signed_in.get(reverse("organising:grid")).status_code == 403


def test_the_grid_goes_out_as_a_file_and_on_record(signed_in, yurun, cell):
    answer = signed_in.post(reverse("organising:grid"), {"export": "csv"})
    assert "第一网格" in b"".join(answer.streaming_content).decode()
    assert Entry.objects.filter(event="organising.export_grid").count() == 1


def test_however_many_cells_the_lists_take_the_same_queries(signed_in, yurun, organiser, cell, measured):
    firm(organiser, yurun, "面粉厂", 30)
    first = measured("grid"), measured("uncovered")
    for number in range(12):
        actions.open_cell(organiser, cell.organisation, name=f"第{number}号", area="", on=START)
        firm(organiser, yurun, f"第{number}食品厂", 30)
    assert (measured("grid"), measured("uncovered")) == first == (9, 11)


def test_an_employers_page_names_its_cell_even_where_the_cell_is_not_seen(client, yurun, organiser):
    county_cell = actions.open_cell(
        organiser,
        actions.open_station(organiser, yurun.federation, "县直服务站", on=START),
        name="园区",
        area="",
        on=START,
    )
    mill = firm(organiser, yurun, "面粉厂", 30)
    page = reverse("organising:employer", args=[mill.pk])
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    assert "未纳入网格" in client.get(page).content.decode()
    actions.put_in_cell(organiser, county_cell, enterprises=[mill], on=START)
    cell_page = reverse("organising:cell", args=[county_cell.pk])
    told = client.get(page).content.decode()
    assert ("园区" in told, cell_page in told) == (True, False)
    client.force_login(yurun.post(Role.ORGANISER).user)
    assert cell_page in client.get(page).content.decode()


def test_what_has_ended_stays_ended(yurun, organiser, cell):
    mill = firm(organiser, yurun, "面粉厂", 30)
    actions.put_in_cell(organiser, cell, enterprises=[mill], on=START)
    actions.give_to_keeper(organiser, cell, person="邵丽娟", on=START)
    actions.close_cell(organiser, cell, on=date(2025, 1, 1))
    for table, rule in (
        ("gridcell", "cell_ended_for_good"),
        ("cellkeeper", "keeper_ended_for_good"),
        ("cellplace", "cell_place_ended_for_good"),
    ):
        for day in ("NULL", "'2026-01-01'"):
            with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE organising_{table} SET valid_to = {day}")
            assert refused.value.__cause__.diag.constraint_name == rule
