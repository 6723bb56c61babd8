"""A family on two files: the county looks, one caseworker says what it is, another confirms it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.registry.actions import correct_member, open_household
from chunyu.registry.duplicates import actions
from chunyu.registry.duplicates.job import run
from chunyu.registry.duplicates.queries import reasons
from chunyu.registry.identity import check_character
from chunyu.registry.models import Household, Look, Pair, PairWord
from tests.registry.people import id_number, person
from tests.situations import County, acting, county

State = Pair.State


def swapped(number: str) -> str:
    """The number as it looks when two figures of the birth date were swapped and the check figure was made to fit."""
    first = number[:12] + number[13] + number[12] + number[14:17]
    return first + check_character(first)


def opened(place: County, name: str = "程梅", *, number: str = "", order: int = 2, **more: str) -> Household:
    worker = person(name, order=order, birth=date(1980, 1, 21), **more)
    if number:
        worker = type(worker)(**(vars(worker) | {"id_number": number}))
    on = place.acting(Role.COUNTY_CASEWORKER)
    return open_household(on, organisation=place.workplace, worker=worker, on=on.day)


def twice(place: County, other: County | None = None) -> tuple[Household, Household]:
    """One woman on two files: a look-alike character in the name, two figures of the number swapped."""
    number = id_number(date(1980, 1, 21), 2)
    first = opened(place, "陈未梅", number=number, phone="13900000001")
    return first, opened(other or place, "陈末梅", number=swapped(number), phone="13900000001")


def looked(on: County) -> Look:
    look = actions.start_look(on.acting(Role.COUNTY_CASEWORKER), queue=False)
    run(look.pk)
    look.refresh_from_db()
    return look


@pytest.mark.django_db
def test_a_look_finds_the_pair_and_says_why() -> None:
    yurun = county("雨润县")
    twice(yurun)
    opened(yurun, "郭志强", order=31)
    look = looked(yurun)
    assert (look.status, look.people, look.found, look.new) == (Look.Status.DONE, 3, 1, 1)
    pair = Pair.objects.get()
    assert pair.state == State.OPEN
    assert pair.scope_path == yurun.workplace.path
    levels = {part.comparison: part.level for part in pair.parts.all()}
    assert levels["name"] == "shape"
    assert levels["birth"] == "near"
    assert levels["phone"] == "same"
    said = reasons(pair)
    assert sum(each.weight for each in said) == pair.score > 0
    assert looked(yurun).new == 0, "a pair that is known is not kept twice"


@pytest.mark.django_db
def test_two_people_decide_and_the_database_sees_to_it() -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    first, second = yurun.acting(Role.COUNTY_CASEWORKER), yurun.acting(Role.COUNTY_APPROVER)
    with pytest.raises(Refusal) as refused:
        actions.confirm(second, pair, same=True)
    assert refused.value.code == "nothing_said"
    actions.say(first, pair, same=True, note="same telephone")
    with pytest.raises(Refusal) as refused:
        actions.confirm(first, pair, same=True)
    assert refused.value.code == "pairword_of_another"
    with pytest.raises(Refusal) as refused:
        actions.say(second, pair, same=False)
    assert refused.value.code == "pairword_one_at_a_time"
    with pytest.raises(Refusal) as refused:
        actions.take_back(second, pair)
    assert refused.value.code == "pairword_own_taken_back"
    actions.take_back(first, pair)
    actions.say(first, pair, same=False)
    with pytest.raises(Refusal) as refused:
        actions.confirm(second, pair, same=True)
    assert refused.value.code == "pairword_answers_one"
    actions.confirm(second, pair, same=False)
    pair.refresh_from_db()
    assert pair.state == State.DIFFERENT
    with pytest.raises(Refusal) as refused:
        actions.say(first, pair, same=True)
    assert refused.value.code == "pairword_while_open"
    with pytest.raises(Refusal) as refused:
        actions.say(yurun.acting(Role.WORKPLACE_CHAIR), pair, same=True)
    assert refused.value.code == "role"


@pytest.mark.django_db
def test_no_statement_of_ones_own_decides_a_pair() -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    with pytest.raises(IntegrityError, match="one person says"), transaction.atomic():
        Pair.objects.filter(pk=pair.pk).update(state=State.SAME)
    first = yurun.acting(Role.COUNTY_CASEWORKER)
    word = actions.say(first, pair, same=True)
    with pytest.raises(IntegrityError, match="person whose post"), transaction.atomic():
        PairWord.objects.create(
            pair=pair,
            kind="confirms",
            same=True,
            answers=word,
            by=first.post,
            user=yurun.post(Role.COUNTY_APPROVER).user,
            day=first.day,
        )


@pytest.mark.django_db
def test_two_persons_are_remembered_until_a_record_changes() -> None:
    yurun = county("雨润县")
    _first, second = twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    actions.say(yurun.acting(Role.COUNTY_CASEWORKER), pair, same=False)
    actions.confirm(yurun.acting(Role.COUNTY_APPROVER), pair, same=False)
    assert looked(yurun).new == 0
    correct_member(yurun.acting(Role.COUNTY_CASEWORKER), second.worker, phone="13900000002")
    again = looked(yurun)
    assert (again.found, again.new) == (1, 1)
    pair.refresh_from_db()
    assert pair.state == State.SUPERSEDED
    assert Pair.objects.get(state=State.OPEN).left_id == pair.left_id


@pytest.mark.django_db
def test_a_pair_of_two_counties_is_decided_above_them() -> None:
    yurun, qinghe = county("雨润县"), county("青禾县")
    twice(yurun, qinghe)
    assert looked(yurun).found == 0, "a county does not see the other's people"
    above = acting(Role.COUNTY_CASEWORKER, yurun.city)
    run(actions.start_look(above, queue=False).pk)
    pair = Pair.objects.get()
    assert pair.organisation == yurun.city
    with pytest.raises(Refusal) as refused:
        actions.say(yurun.acting(Role.COUNTY_CASEWORKER), pair, same=True)
    assert refused.value.code == "out_of_scope"
    actions.say(above, pair, same=True)


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_confirm_once() -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    actions.say(yurun.acting(Role.COUNTY_CASEWORKER), pair, same=True)
    racers = [yurun.acting(Role.COUNTY_APPROVER), acting(Role.COUNTY_CASEWORKER, yurun.federation)]
    start = Barrier(2)

    def confirm(who: object) -> str:
        try:
            start.wait(10)
            actions.confirm(who, pair, same=True)
            return "confirmed"
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(confirm, racers))
    assert outcomes == ["confirmed", "pairword_while_open"]
    assert PairWord.objects.filter(kind="confirms").count() == 1
