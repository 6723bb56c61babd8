"""A parameter moved, and who gains and loses by it, from households on file."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connections
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.hardship.reading import read
from chunyu.policy import installed_packs
from chunyu.rulebooks import effects
from chunyu.rulebooks.drafts import base_pack, checked
from chunyu.rulebooks.effects import EVERYWHERE, Kept, effect_of, facts_for, moment, moved
from chunyu.rulebooks.in_force import pack_on
from tests.hardship.families import family
from tests.rulebooks.conftest import TODAY
from tests.rulebooks.story import LOWER, drafted
from tests.situations import acting, county

# Net income a head and month of the four families: 704.17, 904.17, 1204.17 and 1504.17 yuan; the standard is 740.
INCOMES = ((260_000,), (340_000,), (460_000,), (580_000,))


# The facts are read by a connection of their own, which sees what was committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _today(settings, monkeypatch):
    settings.CHUNYU_TODAY = TODAY
    # What was read for another test is of another database.
    monkeypatch.setattr(effects, "_facts", Kept(3))
    monkeypatch.setattr(effects, "_provinces", Kept(4))


@pytest.fixture
def families(yurun):
    names = ("程梅", "程兰", "程竹", "程菊")
    return [
        family(yurun, name, incomes=(*first, 150_000, 120_000, 0), order=place)
        for place, (name, first) in enumerate(zip(names, INCOMES, strict=True), 1)
    ]


def effect(person, after, before=None, on=TODAY):
    before = before or pack_on(TODAY)
    found, _known_at = effect_of(person, before, after, on, moment(person, before, after, afresh=True))
    return found


def test_the_facts_are_what_the_register_says(officer, families):
    pack = pack_on(TODAY)
    facts = facts_for(officer, pack).facts
    assert facts.households.num_rows == 4
    assert facts.members.num_rows == 16
    assert "name" not in {*facts.households.column_names, *facts.members.column_names}


def test_the_many_are_decided_as_each_is_alone(officer, families):
    pack = pack_on(TODAY)
    found = effect(officer, pack)
    alone = [read(each, TODAY).determination for each in families]
    total = sum(p.amount_fen or 0 for d in alone for p in d.programmes.values() if p.entitled)
    assert found.total.before_fen == found.total.after_fen == total
    assert sum(count for (old, _new), count in found.categories.items() if old == "deep") == sum(
        d.category == "deep" for d in alone
    )


def test_a_lower_line_takes_aid_from_those_between(officer, families):
    found = effect(officer, moved(pack_on(TODAY), "relative_multiple", EVERYWHERE, "1.5", TODAY))
    assert (found.total.losing, found.total.gaining, found.total.unchanged) == (1, 0, 3)
    assert found.categories["relative", "none"] == 1
    lost = {each.code: each.after_fen - each.before_fen for each in found.programmes}
    assert lost["living"] == -74_000 * 12 // 4, "a quarter of the standard for a person and a year"
    assert lost["medical"] == -1_288_000 * 7 // 10, "70 % of the 12,880 yuan of the brackets"
    assert found.total.cost_fen == sum(lost.values())


def test_a_value_that_differs_by_place_is_moved_in_one_or_by_a_share_in_all(officer, families):
    pack = pack_on(TODAY)
    here = effect(officer, moved(pack, "living_standard", "139901", "1000", TODAY))
    elsewhere = effect(officer, moved(pack, "living_standard", "139902", "1000", TODAY))
    share = effect(officer, moved(pack, "living_standard", EVERYWHERE, "+10", TODAY))
    assert here.total.gaining > 0
    assert elsewhere.total.gaining == 0
    assert share.total.gaining > 0
    assert moved(pack, "living_standard", EVERYWHERE, "0", TODAY) is pack


def test_what_is_no_value_is_refused(officer):
    for name, place, text in (
        ("living_standard", "139901", "很多"),
        ("living_standard", EVERYWHERE, "x"),
        ("no", "", "1"),
    ):
        with pytest.raises(Refusal):
            moved(pack_on(TODAY), name, place, text, TODAY)


def test_a_version_is_seen_beside_the_one_it_was_made_from(officer, families, client):
    draft = drafted(officer, LOWER)
    after = checked(draft).pack
    assert effect(officer, after, base_pack(draft)).total.losing == 0, "the new multiple holds from April"
    assert effect(officer, after, base_pack(draft), date(2026, 4, 1)).total.losing == 1
    client.force_login(officer.post.user)
    page = client.get(reverse("rulebooks:version-effect", args=[draft.pk]), {"on": "2026-04-01"})
    assert page.context["total"].losing == 1


def test_somebody_without_families_is_told_so(client, yurun, families):
    alone = acting(Role.POLICY_OFFICER, county("青禾县").federation, TODAY)
    client.force_login(alone.post.user)
    page = client.get(reverse("rulebooks:effect")).content.decode()
    assert "没有建档家庭" in page


def test_a_subtree_sees_its_own_households_only(yurun, families):
    other = county("青禾县")
    family(other, "程松", order=9)
    pack = pack_on(TODAY)
    sizes = [
        len(facts_for(acting(Role.POLICY_OFFICER, place, TODAY), pack).facts)
        for place in (yurun.province, yurun.federation, other.federation)
    ]
    assert sizes == [5, 4, 1]


def test_the_slider_asks_for_its_part_of_the_page_alone(client, officer, families, django_assert_max_num_queries):
    client.force_login(officer.post.user)
    address = reverse("rulebooks:effect")
    page = client.get(address)
    known = page.context["known_at"].isoformat()
    asked = {"parameter": "relative_multiple", "value": "1.5", "of": "relative_multiple/", "known": known}
    with django_assert_max_num_queries(12):
        part = client.get(address, asked, headers={"HX-Request": "true", "HX-Target": "effect"})
    content = part.content.decode()
    assert "<html" not in content
    assert part.context["total"].losing == 1
    assert "分县情况" in content
    assert client.get(address, asked).context["total"].losing == 1, "without scripts the whole page says the same"


def test_a_value_entered_for_another_parameter_is_not_taken(client, officer, families):
    client.force_login(officer.post.user)
    asked = {"parameter": "homes_limit", "value": "1.5", "of": "relative_multiple/"}
    page = client.get(reverse("rulebooks:effect"), asked)
    assert page.context["value"] == "2"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accidental_test", "share"),
        ("deep_boundary", "<"),
        ("subsistence_route", "yes"),
        ("medical_share", "deep=1; otherwise=0"),
        ("homes_limit", "1"),
    ],
)
def test_every_kind_of_parameter_can_be_moved(client, officer, families, name, value):
    client.force_login(officer.post.user)
    page = client.get(reverse("rulebooks:effect"), {"parameter": name, "value": value, "of": f"{name}/"})
    assert page.status_code == 200
    assert page.context["effect"] is not None, page.context["sentence"]


def test_the_four_groups_are_cut_and_never_add_up(officer, families):
    found = effect(officer, pack_on(TODAY))
    assert set(found.groups) == {"front_line", "migrant", "dispatched", "young"}


def test_families_files_are_not_shown_to_an_analyst_and_effects_are(client, yurun, families):
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    page = client.get(reverse("rulebooks:effect")).content.decode()
    assert "程梅" not in page
    assert "雨润县" in page
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    assert client.get(reverse("rulebooks:effect")).status_code == 403


def test_facts_stay_as_they_were_read_until_they_are_asked_for_again(client, yurun, officer, families):
    client.force_login(officer.post.user)
    address = reverse("rulebooks:effect")
    first = client.get(address, {"known": "now"})
    known = first.context["known_at"]
    family(yurun, "程松", order=9)
    assert client.get(address).context["known_at"] == known
    assert client.get(address).context["total"].households == 4
    again = client.get(address, {"known": "now"})
    assert again.context["known_at"] > known
    assert again.context["total"].households == 5
    assert client.get(address, {"known": known.isoformat()}).context["total"].households == 4, "as the address says"


def test_one_making_does_not_wait_for_another():
    kept, begun, go_on = Kept(3), threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert go_on.wait(10)
        return "slow"

    waiting = threading.Thread(target=kept.get, args=("one", slow))
    waiting.start()
    assert begun.wait(10)
    assert kept.get("other", lambda: "quick") == "quick", "while the first is still being made"
    go_on.set()
    waiting.join(10)
    assert kept.get("one", lambda: "made twice") == "slow"


def test_of_many_only_the_last_few_are_kept():
    kept = Kept(2)
    for key in "abc":
        kept.get(key, lambda key=key: key)
    assert kept.get("a", lambda: "again") == "again"
    assert kept.latest(lambda key, made: key == "b") is None


def test_two_people_ask_at_once(yurun):
    people = [acting(Role.POLICY_OFFICER, yurun.province, TODAY) for _ in range(2)]
    for place, first in enumerate(INCOMES, 1):
        family(yurun, "程梅", incomes=(*first, 150_000, 120_000, 0), order=place)
    pack, said = installed_packs()[0], {}
    values = {0: "1.5", 1: "3"}

    def ask(number):
        try:
            for _round in range(3):
                found = effect(people[number], moved(pack, "relative_multiple", EVERYWHERE, values[number], TODAY))
            said[number] = (found.total.losing, found.total.gaining)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(number,)) for number in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert said == {0: (1, 0), 1: (0, 1)}
