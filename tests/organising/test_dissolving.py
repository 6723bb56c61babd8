"""A union is dissolved only when it is empty: the verb says what is left, and the database lets nobody past it."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.federation import regions
from chunyu.federation.actions import dissolve
from chunyu.federation.models import Organisation
from chunyu.organising.archives.actions import add_page, correct_page
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.structure.actions import hand_over
from chunyu.registry.employers.tables import UnionCover
from chunyu.registry.membership.tables import Membership
from tests.casework.applications import application
from tests.organising.unions import TODAY, firm, members, union
from tests.situations import county

pytestmark = pytest.mark.django_db
RULES_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


def refused(act) -> list[str]:
    with pytest.raises(ValidationError) as error:
        act()
    return error.value.messages


def test_the_refusal_lists_what_is_left_and_an_empty_union_goes(yurun, organiser, settings):
    other = union(yurun, "雨润县机械厂工会")
    members(organiser, other, 12)
    firm(organiser, yurun, "机械厂", 30, other)
    leaf = add_page(organiser, other, Leaf.TERM, valid_from=date(2024, 1, 1), until=date(2029, 1, 1))
    said = refused(lambda: dissolve(other, on=TODAY))
    assert len(said) == 3
    assert "12" in said[0]
    assert "2029-01-01" in said[2]
    assert hand_over(organiser, other, yurun.workplace, on=TODAY, reason="空壳工会") == (12, 1)
    assert len(refused(lambda: dissolve(other, on=TODAY))) == 1
    correct_page(organiser, leaf, reason="撤销", valid_from=date(2024, 1, 1), until=TODAY)
    dissolve(other, on=TODAY)
    assert UnionCover.objects.as_of(TODAY).get().union == yurun.workplace
    assert Membership.objects.as_of(TODAY).filter(organisation=yurun.workplace).count() == 12


def test_an_open_case_keeps_a_union_and_goes_on_with_its_successor():
    walk = application(county("雨润县"), "submitted")
    case = Case.objects.get(pk=walk.case.pk)
    day = walk.day + timedelta(days=1)
    other = union(walk.county, "雨润县机械厂工会")
    assert len(refused(lambda: dissolve(case.organisation, on=day))) == 1
    dissolve(case.organisation, on=day, successor=other)
    case.refresh_from_db()
    assert other.covers(case.scope_path)


def test_a_county_with_open_cases_is_merged_into_another():
    yurun, qinghe = county("雨润县"), county("青禾县")
    walk = application(qinghe, "submitted")
    Case.objects.filter(pk=walk.case.pk).update(organisation=qinghe.federation)
    regions.merge_regions([qinghe.region], yurun.region, on=walk.day + timedelta(days=1), source="fictional")
    yurun.federation.refresh_from_db()
    assert yurun.federation.covers(Case.objects.get(pk=walk.case.pk).scope_path)


def dissolve_by_hand(union: Organisation, members_left: date | None) -> None:
    """As somebody would who writes SQL: the members end on a day or not at all, then the union ends today."""
    with transaction.atomic(), connection.cursor() as cursor:
        if members_left:
            cursor.execute("UPDATE registry_membership SET valid_to = %s, ended = 'left'", [members_left])
        cursor.execute("UPDATE federation_placement SET valid_to = %s WHERE organisation_id = %s", [TODAY, union.pk])
        cursor.execute("UPDATE federation_organisation SET dissolved_on = %s WHERE id = %s", [TODAY, union.pk])
        cursor.execute(RULES_NOW)


@pytest.mark.parametrize(
    ("members_left", "rule"),
    [
        (None, "union_dissolved_without_members"),
        (TODAY + timedelta(days=1), "union_dissolved_without_members"),
        (TODAY, "union_dissolved_without_covers"),
    ],
)
def test_raw_sql_does_not_leave_anybody_in_a_union_that_is_gone(yurun, organiser, members_left, rule):
    members(organiser, yurun.workplace, 1)
    firm(organiser, yurun, "纺织厂", 30, yurun.workplace)
    with pytest.raises(IntegrityError) as error:
        dissolve_by_hand(yurun.workplace, members_left)
    assert error.value.__cause__.diag.constraint_name == rule


def test_nobody_enters_a_union_that_is_gone(yurun, organiser):
    other = union(yurun, "雨润县机械厂工会")
    (spell,) = members(organiser, yurun.workplace, 1)
    covered = firm(organiser, yurun, "纺织厂", 30, yurun.workplace)
    dissolve(other, on=TODAY)
    Membership.objects.filter(pk=spell.pk).update(valid_to=date(2020, 1, 1), ended="left")
    with pytest.raises(IntegrityError, match="takes no members"), transaction.atomic():
        Membership.objects.create(organisation=other, worker=spell.worker, valid_from=date(2020, 1, 1))
    with pytest.raises(IntegrityError, match="is gone"), transaction.atomic():
        UnionCover.objects.filter(enterprise=covered).update(union=other)


def test_members_go_somewhere_and_covers_may_end(yurun, organiser, client):
    other = union(yurun, "雨润县机械厂工会")
    members(organiser, other, 2)
    firm(organiser, yurun, "机械厂", 30, other)
    with pytest.raises(Refusal) as error:
        hand_over(organiser, other, None, on=TODAY, reason="空壳工会")
    assert error.value.code == "members_left"
    client.force_login(organiser.post.user)
    where = reverse("organising:hand-over", args=[other.pk])
    sent = {"to": yurun.workplace.name, "on": TODAY.isoformat(), "reason": "合并"}
    assert client.post(where, sent | {"to": "没有的工会"}).status_code == 422
    assert len(client.get(where).context["left"]) == 2
    client.post(where, sent)
    assert client.get(where).context["left"] == []
    assert client.get(reverse("organising:hand-over", args=[county("青禾县").workplace.pk])).status_code == 404


def at_the_same_moment(yurun, organiser, guarded: bool) -> list[str]:
    """One admits a member while another dissolves the union: the rules that refused, if any."""
    said: list[str] = []

    def admitting() -> None:
        try:
            with transaction.atomic():
                if not guarded:
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL session_replication_role = replica")
                members(organiser, yurun.workplace, 1, on=TODAY)
                time.sleep(0.6)
        except (IntegrityError, Refusal) as error:
            said.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=admitting)
    thread.start()
    time.sleep(0.3)
    try:
        with transaction.atomic():
            dissolve(Organisation.objects.get(pk=yurun.workplace.pk), on=TODAY)
    except (IntegrityError, ValidationError) as error:
        said.append(str(error))
    thread.join(30)
    return said


@pytest.mark.django_db(transaction=True)
def test_who_is_admitted_while_the_union_is_dissolved_is_not_lost(yurun, organiser):
    assert len(at_the_same_moment(yurun, organiser, guarded=True)) == 1
    gone = Organisation.objects.get(pk=yurun.workplace.pk).dissolved_on is not None
    assert gone != Membership.objects.filter(organisation=yurun.workplace, valid_to__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_rules_somebody_is_left_behind(yurun, organiser):
    assert at_the_same_moment(yurun, organiser, guarded=False) == []
    assert Organisation.objects.get(pk=yurun.workplace.pk).dissolved_on == TODAY
    assert Membership.objects.filter(organisation=yurun.workplace, valid_to__isnull=True).exists()
