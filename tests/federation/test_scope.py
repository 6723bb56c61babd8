"""The path that scoped rows copy from their owner: right however the row came, and through every move."""

import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction

from chunyu.accounts.roles import Role
from chunyu.federation import actions, scope
from chunyu.federation.models import Organisation
from chunyu.registry.actions import open_household
from chunyu.registry.models import Fact, Household, Member
from tests.registry.people import person
from tests.situations import DAY, FOUNDING_DAY, county, workplace

Kind = Organisation.Kind


def household_of(yurun, organisation=None, **more):
    return open_household(
        yurun.acting(Role.COUNTY_CASEWORKER),
        organisation=organisation or yurun.workplace,
        worker=person(**more),
        on=DAY,
        facts={"homes": 1},
    )


def another_city(yurun, name="临风市总工会"):
    return actions.found(
        name=name,
        kind=Kind.MUNICIPAL_FEDERATION,
        region=yurun.city.region,
        parent=yurun.province,
        on=FOUNDING_DAY,
    )


@pytest.mark.django_db
def test_households_people_and_facts_go_along_when_their_county_moves():
    """Facts are never edited, and still the new city sees them and the old one no more."""
    yurun = county("雨润县")
    household_of(yurun)
    old_city, new_city = yurun.city, another_city(yurun)
    actions.move(yurun.federation, new_city, on=DAY)
    for model in (Household, Member, Fact):
        assert model.objects.within(new_city.path).count() >= 1
        assert not model.objects.within(old_city.path).exists()
    assert scope.out_of_step() == {}
    assert Fact.objects.get(name="homes").count == 1


@pytest.mark.django_db
def test_no_way_of_writing_gets_round_the_owner():
    yurun, qinghe = county("雨润县"), county("青禾县")
    household = household_of(yurun)

    def stored():
        return Household.objects.values_list("scope_path", flat=True).get(pk=household.pk)

    Household.objects.filter(pk=household.pk).update(scope_path=qinghe.path)
    assert stored() == yurun.workplace.path
    Household.objects.filter(pk=household.pk).update(organisation=qinghe.workplace)
    assert stored() == qinghe.workplace.path
    household.organisation = yurun.township
    household.save(update_fields=["organisation"])
    assert stored() == yurun.township.path
    household.organisation_id = yurun.workplace.pk
    household.scope_path = "000001."
    Household.objects.bulk_update([household], ["organisation", "scope_path"])
    assert stored() == yurun.workplace.path
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_household SET scope_path = '000001.'")
    assert stored() == yurun.workplace.path


@pytest.mark.django_db
def test_the_object_in_hand_shows_its_path_at_once():
    yurun = county("雨润县")
    assert Household(organisation=yurun.workplace).scope_path == yurun.workplace.path
    household = household_of(yurun)
    household.organisation = yurun.township
    household.save()
    assert household.scope_path == yurun.township.path


def _write_while_the_county_moves(yurun, new_city):
    """A household written through a connection that read its owner's path before the move, after the move's first
    half: the order in which a copy goes stale."""
    moved, written = threading.Event(), threading.Event()
    stale = Organisation.objects.get(pk=yurun.workplace.pk)
    faults: list[BaseException] = []

    def mover():
        try:
            with transaction.atomic():
                actions.move(Organisation.objects.get(pk=yurun.federation.pk), new_city, on=DAY)
                moved.set()
                written.wait(1.5)  # the writer is waiting for us by now, or has written
        except BaseException as fault:  # handed to the test
            faults.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=mover)
    thread.start()
    assert moved.wait(10)
    household_of(yurun, organisation=stale)
    written.set()
    thread.join(10)
    assert not faults


@pytest.mark.django_db(transaction=True)
@pytest.mark.proof
def test_a_row_written_during_a_move_ends_up_under_the_new_path():
    yurun = county("雨润县")
    new_city = another_city(yurun)
    _write_while_the_county_moves(yurun, new_city)
    assert scope.out_of_step() == {}
    assert Household.objects.within(new_city.path).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.proof
def test_control_without_the_trigger_the_row_keeps_the_old_path():
    yurun = county("雨润县")
    new_city = another_city(yurun)
    with connection.cursor() as cursor:
        for model in scope.scoped_models():
            cursor.execute(f"DROP TRIGGER federation_copy_scope_path ON {model._meta.db_table}")
    _write_while_the_county_moves(yurun, new_city)
    assert scope.out_of_step()["registry.Household"] == 1
    assert not Household.objects.within(new_city.path).exists()


@pytest.mark.django_db
def test_a_union_that_moves_to_another_county_takes_its_households_along():
    yurun, qinghe = county("雨润县"), county("青禾县")
    factory = workplace(yurun.township, "雨润县机械厂工会")
    household = household_of(yurun, organisation=factory)
    actions.move(factory, qinghe.township, on=date(2015, 6, 1))
    assert list(Household.objects.within(qinghe.path)) == [household]
    assert not Household.objects.within(yurun.path).exists()
    assert factory.county() == qinghe.federation
