"""Full-time union workers: posts in joint unions, one person one post, classes and exams, and the load of each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.federation.actions import dissolve, tie_to_industry
from chunyu.federation.models import Organisation
from chunyu.organising.full_time import actions, queries
from chunyu.organising.full_time.tables import FullTimePost, PostHolding, TrainingClass, TrainingTaken
from chunyu.organising.refusing import refusing
from tests.organising.unions import TODAY, Kind, members, union
from tests.registry.people import id_number
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
def couriers(yurun):
    return union(yurun, "雨润县快递行业工会联合会", Kind.UNION_ASSOCIATION)


@pytest.fixture
def post(organiser, couriers):
    return actions.open_post(organiser, couriers, "组织员", on=START)


def fill(acting, post, order: int = 1, on: date = START, name: str = "程梅") -> PostHolding:
    return actions.fill_post(acting, post, name=name, id_number=id_number(order=order), contract="雨工聘1号", on=on)


def state(county, day: date) -> list[tuple[str, str | None]]:
    return [(each.state, each.holder) for each in queries.posts(county.path, day)]


def test_a_post_is_vacant_filled_vacant_and_ended(yurun, organiser, post):
    holding = fill(organiser, post, on=date(2021, 1, 1))
    actions.give_up(organiser, holding, how="resigned", on=date(2022, 1, 1))
    actions.end_post(organiser, post, reason="岗位合并", on=date(2023, 1, 1))
    told = {year: state(yurun, date(year, 6, 1)) for year in (2019, 2020, 2021, 2022, 2023)}
    assert told == {
        2019: [],
        2020: [("vacant", None)],
        2021: [("filled", "程梅")],
        2022: [("vacant", None)],
        2023: [("ended", None)],
    }


def test_one_person_has_one_full_time_post_in_the_whole_province(yurun, organiser, post):
    fill(organiser, post)
    qinghe = county("青禾县")
    theirs = qinghe.acting(Role.ORGANISER, TODAY)
    elsewhere = actions.open_post(theirs, union(qinghe, "青禾县物流联合工会", Kind.JOINT_UNION), "组织员", on=START)
    with pytest.raises(Refusal) as refused:
        fill(theirs, elsewhere)
    assert refused.value.code == "one_person_one_full_time_post"
    with pytest.raises(Refusal) as refused:
        fill(organiser, post, order=2)
    assert refused.value.code == "full_time_post_held_by_one"
    actions.give_up(organiser, PostHolding.objects.get(), how="moved", on=TODAY)
    fill(theirs, elsewhere, on=TODAY)


def test_a_post_is_in_a_joint_union_that_stands(yurun, organiser, couriers):
    for place, on in ((yurun.workplace, START), (yurun.township, START), (couriers, date(2004, 12, 31))):
        with pytest.raises(Refusal) as refused:
            actions.open_post(organiser, place, "组织员", on=on)
        assert refused.value.code == "full_time_post_in_a_joint_union"
    dissolve(couriers, on=date(2026, 1, 1))
    with pytest.raises(Refusal) as refused:
        actions.open_post(organiser, couriers, "组织员", on=START)
    assert refused.value.code == "full_time_post_in_a_joint_union"


def test_a_union_with_posts_is_not_dissolved_until_they_end(organiser, couriers, post):
    holding = fill(organiser, post)
    with pytest.raises(Refusal) as refused, refusing():
        dissolve(couriers, on=TODAY)
    assert refused.value.code == "union_ends_after_its_posts"
    with pytest.raises(Refusal) as refused:
        actions.end_post(organiser, post, reason="撤销", on=TODAY)
    assert refused.value.code == "full_time_post_ends_after_its_holder"
    actions.give_up(organiser, holding, how="contract_over", on=TODAY)
    actions.end_post(organiser, post, reason="撤销", on=TODAY)
    dissolve(couriers, on=TODAY)


def load_of(joint: Organisation) -> Organisation:
    return queries.loaded(queries.with_posts(joint.path, TODAY), queries.OF_UNION, TODAY).get()


def test_the_load_counts_unions_below_and_those_of_the_trade_once(yurun, organiser, couriers, post):
    below = union(yurun, "顺和快递工会", under=couriers)
    elsewhere = union(yurun, "捷运快递工会")
    tie_to_industry(elsewhere, couriers, on=START)
    members(organiser, below, 5)
    members(organiser, elsewhere, 4, first=20)
    members(organiser, yurun.workplace, 3, first=40)
    other = actions.open_post(organiser, couriers, "指导员", on=START)
    assert load_of(couriers).unions_each is None
    fill(organiser, post)
    fill(organiser, other, order=2)
    load = load_of(couriers)
    assert (load.load_unions, load.load_members, load.load_workers) == (2, 9, 2)
    assert (load.unions_each, load.members_each) == (Decimal("1.0"), Decimal("4.5"))
    by_post = queries.loaded(queries.posts(yurun.path, TODAY), queries.OF_POST, TODAY)
    assert [each.members_each for each in by_post] == [Decimal("4.5")] * 2
    tie_to_industry(elsewhere, None, on=TODAY)
    assert load_of(couriers).load_members == 5


def test_a_class_is_taken_and_its_exam_passed(yurun, organiser, post):
    holding = fill(organiser, post)
    training = actions.hold_class(
        organiser, name="集体协商专题班", category="bargaining", starts_on=date(2025, 6, 1), ends_on=date(2025, 6, 3)
    )
    assert actions.take_part(organiser, training, [holding]) == 1
    assert actions.take_part(organiser, training, [holding]) == 0
    taken = TrainingTaken.objects.get()
    assert [each.trained for each in queries.holders(yurun.path, TODAY)] == [False]
    actions.examine(organiser, taken, on=date(2025, 6, 3), passed=True, score=86)
    assert [each.trained for each in queries.holders(yurun.path, TODAY)] == [True]
    assert [each.trained for each in queries.posts(yurun.path, TODAY)] == [True]
    assert [each.trained for each in queries.holders(yurun.path, date(2026, 7, 1))] == [False]
    with pytest.raises(Refusal) as refused:
        actions.examine(organiser, taken, on=TODAY, passed=False)
    assert refused.value.code == "class_result_is_kept"
    told = queries.classes(yurun.path).get()
    assert (told.participants, told.examined, told.passes) == (1, 1, 1)


def test_who_held_no_post_at_the_time_was_in_no_class(organiser, post):
    holding = fill(organiser, post, on=date(2025, 7, 1))
    training = actions.hold_class(
        organiser, name="上岗班", category="induction", starts_on=date(2025, 6, 1), ends_on=date(2025, 6, 3)
    )
    with pytest.raises(Refusal) as refused:
        actions.take_part(organiser, training, [holding])
    assert refused.value.code == "class_taken_while_in_post"


def rows_that_break(yurun, couriers, post, holding, training) -> dict[str, object]:
    person = {"organisation": couriers, "name": "某人", "contract": "1", "id_number": id_number(order=9)}
    spell = {**person, "post": post, "valid_from": START}
    free = FullTimePost.objects.create(organisation=couriers, title="空岗", valid_from=START)
    taken = {"organisation": couriers, "training": training, "holding": holding}
    return {
        "full_time_post_ends_after_it_starts": FullTimePost(
            organisation=couriers, title="岗", valid_from=START, valid_to=START, reason="错"
        ),
        "full_time_post_ends_with_a_reason": FullTimePost(
            organisation=couriers, title="岗", valid_from=START, valid_to=TODAY
        ),
        "full_time_post_in_a_joint_union": FullTimePost(
            organisation=yurun.workplace, title="岗", valid_from=START
        ),
        "full_time_post_held_by_one": PostHolding(**spell),
        "one_person_one_full_time_post": PostHolding(
            **spell | {"post": free, "id_number": id_number(order=1)}
        ),
        "holding_ends_after_it_starts": PostHolding(
            **spell | {"post": free, "valid_to": START, "ended": "resigned"}
        ),
        "holding_ends_with_a_way": PostHolding(**spell | {"post": free, "valid_to": TODAY}),
        "holding_contract_after_it_starts": PostHolding(**spell | {"post": free, "contract_until": START}),
        "holding_within_the_post": PostHolding(**spell | {"post": free, "valid_from": date(2019, 1, 1)}),
        "training_ends_after_it_starts": TrainingClass(
            organisation=couriers, name="班", category="rights", starts_on=TODAY, ends_on=START
        ),
        "training_once": TrainingClass(
            organisation=training.organisation, name=training.name, category="rights", starts_on=training.starts_on,
            ends_on=training.ends_on,
        ),
        "class_taken_once": TrainingTaken(**taken),
        "class_result_with_its_day": TrainingTaken(**taken, passed=True),
        "class_score_out_of_a_hundred": TrainingTaken(**taken, passed=True, examined_on=TODAY, score=101),
        "class_taken_while_in_post": TrainingTaken(**taken | {"organisation": yurun.township}),
    }  # fmt: skip


def test_the_database_refuses_what_breaks_the_rules(yurun, organiser, couriers, post):
    holding = fill(organiser, post)
    training = actions.hold_class(
        organiser, name="班", category="rights", starts_on=date(2025, 6, 1), ends_on=date(2025, 6, 3)
    )
    actions.take_part(organiser, training, [holding])
    for rule, row in rows_that_break(yurun, couriers, post, holding, training).items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save(force_insert=True)
        assert refused.value.__cause__.diag.constraint_name == rule
    for statement, words in (
        ("UPDATE organising_postholding SET id_number_index = '\\x00'", "Cannot update"),
        ("UPDATE organising_fulltimepost SET valid_to = '2026-01-01', reason = '错'", "still holds the post"),
        ("UPDATE organising_trainingclass SET name = '别的班'", "Cannot update"),
        ("DELETE FROM organising_fulltimepost", "Cannot delete"),
        ("DELETE FROM organising_trainingtaken", "Cannot delete"),
        ("UPDATE federation_organisation SET dissolved_on = '2026-01-01' WHERE kind = 'union_association'", "are left"),
    ):
        with pytest.raises(Exception, match=words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_only_organisers_write_and_foreign_people_stay_foreign(yurun, organiser, post):
    with pytest.raises(Refusal) as refused:
        fill(yurun.acting(Role.AUDITOR, TODAY), post)
    assert refused.value.code == "role"
    with pytest.raises(Refusal) as refused:
        fill(county("青禾县").acting(Role.ORGANISER, TODAY), post)
    assert refused.value.code == "out_of_scope"


def shown(client, name: str, **asked: str) -> list[object]:
    return list(client.get(reverse(f"organising:{name}"), asked).context["page"].sheet.object_list)


def test_the_organiser_fills_a_post_and_sees_its_load(client, yurun, organiser, couriers):
    client.force_login(yurun.post(Role.ORGANISER).user)
    members(organiser, union(yurun, "顺和快递工会", under=couriers), 6, first=30)
    sent = {"union": couriers.pk, "title": "组织员", "on": "2025-01-01"}
    opened = client.post(reverse("organising:open-post"), sent, follow=True)
    post = FullTimePost.objects.get()
    assert opened.context["post"].state == "vacant"
    address = reverse("organising:fill-post", args=[post.pk])
    person = {"name": "程梅", "id_number": "139999", "contract": "雨工聘1号", "on": "2025-02-01"}
    assert client.post(address, person).status_code == 422
    page = client.post(address, person | {"id_number": id_number(order=1)}, follow=True)
    assert id_number(order=1) not in page.content.decode()
    [row] = shown(client, "full-time", state="filled", q="程梅", under=couriers.path)
    assert (row.holder, row.unions_each, row.members_each) == ("程梅", 1, 6)
    assert shown(client, "full-time", trained="yes") == shown(client, "full-time", state="vacant") == []
    [load] = shown(client, "loads")
    assert (load.filled, load.vacant, load.members_each) == (1, 0, 6)
    assert "组织员" in client.get(reverse("organising:union", args=[couriers.pk])).content.decode()
    client.post(reverse("organising:give-up-post", args=[post.pk]), {"how": "resigned", "on": "2026-03-01"})
    client.post(reverse("organising:end-post", args=[post.pk]), {"reason": "岗位合并", "on": "2026-03-02"})
    [row] = shown(client, "full-time", state="ended")
    assert row.title == "组织员"


def test_a_class_with_its_participants_and_their_exam(client, yurun, organiser, post):
    client.force_login(yurun.post(Role.ORGANISER).user)
    holding = fill(organiser, post)
    sent = {"name": "集体协商专题班", "category": "bargaining", "starts_on": "2025-06-01", "ends_on": "2025-06-03"}
    client.post(reverse("organising:hold-class"), sent)
    training = TrainingClass.objects.get()
    client.post(reverse("organising:take-part", args=[training.pk]), {"holdings": [holding.pk]})
    exam = reverse("organising:examine", args=[TrainingTaken.objects.get().pk])
    page = client.post(exam, {"on": "2025-06-03", "passed": "yes", "score": "86"}, follow=True)
    assert "86" in page.content.decode()
    [row] = shown(client, "classes", category="bargaining")
    assert (row.participants, row.passes) == (1, 1)
    [row] = shown(client, "full-time", trained="yes")
    assert row.holder == "程梅"
    assert "集体协商专题班" in client.get(reverse("organising:full-time-post", args=[post.pk])).content.decode()
    client.force_login(county("青禾县").post(Role.ORGANISER).user)
    for name, key in (("class", training.pk), ("take-part", training.pk), ("full-time-post", post.pk)):
        assert client.get(reverse(f"organising:{name}", args=[key])).status_code == 404
    assert client.get(exam).status_code == 404
    client.force_login(yurun.post(Role.AUDITOR).user)
    assert client.get(reverse("organising:class", args=[training.pk])).status_code == 200
    assert client.get(reverse("organising:hold-class")).status_code == 403


def test_however_many_posts_the_lists_take_the_same_queries(client, yurun, organiser, couriers, post, measured):
    client.force_login(yurun.post(Role.ORGANISER).user)
    fill(organiser, post)
    first = measured("full-time"), measured("loads"), measured("classes")
    for number in range(2, 12):
        fill(organiser, actions.open_post(organiser, couriers, f"{number}号岗", on=START), order=number)
    assert (measured("full-time"), measured("loads"), measured("classes")) == first


def test_what_has_ended_stays_ended(organiser, post):
    holding = fill(organiser, post)
    actions.give_up(organiser, holding, how="resigned", on=date(2024, 1, 1))
    with pytest.raises(Refusal) as refused:
        actions.give_up(organiser, holding, how="retired", on=TODAY)
    assert refused.value.code == "holding_ended_for_good"
    actions.end_post(organiser, post, reason="岗位合并", on=date(2025, 1, 1))
    with pytest.raises(Refusal) as refused:
        actions.end_post(organiser, post, reason="再次", on=TODAY)
    assert refused.value.code == "full_time_post_ended_for_good"
    for table, rule in (
        ("postholding", "holding_ended_for_good"),
        ("fulltimepost", "full_time_post_ended_for_good"),
    ):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE organising_{table} SET valid_to = '2026-02-01'")
        assert refused.value.__cause__.diag.constraint_name == rule
