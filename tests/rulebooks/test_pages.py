"""The studio's pages as their readers use them, without a browser."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse

from chunyu.accounts.roles import EVERY_ROLE, Role
from chunyu.policy import installed_packs
from chunyu.rulebooks import actions
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.in_force import files_of, pack_on
from chunyu.rulebooks.models import RulebookVersion
from tests.rulebooks.conftest import TODAY
from tests.rulebooks.story import LOWER, STANDARD, drafted, rewritten, submitted
from tests.rulebooks.test_story import TEST
from tests.situations import acting, county


@pytest.fixture(autouse=True)
def _today(settings):
    settings.CHUNYU_TODAY = TODAY


def signed_in(client, person):
    client.force_login(person.post.user)
    return client


def at(name, version, **query):
    address = reverse(f"rulebooks:{name}", args=[version.pk])
    return address + ("?" + "&".join(f"{k}={quote(str(v))}" for k, v in query.items()) if query else "")


def test_everybody_in_the_house_reads_the_rulebook_in_words(client, yurun):
    for role in EVERY_ROLE:
        page = client_page(client, yurun.post(role))
        assert "家庭人均月净收入不高于深度困难线" in page
        assert "当地最低生活保障标准" in page
        assert "740.00" in page, "also where the post is above the counties"


def client_page(client, post):
    client.force_login(post.user)
    return client.get(reverse("rulebooks:in-force"), {"chapter": "all"}).content.decode()


def test_only_policy_officers_see_the_way_to_a_draft(client, yurun, officer):
    assert "起草修改" not in client_page(client, yurun.post(Role.COUNTY_CASEWORKER))
    assert "起草修改" in client_page(client, officer.post)


def test_the_picture_shows_what_a_rule_stands_on_and_what_stands_on_it(client, officer):
    client = signed_in(client, officer)
    page = client.get(reverse("rulebooks:in-force-picture"), {"focus": "household.net_income"}).content.decode()
    assert "focus=household.size" in page
    assert "focus=programme.living" in page
    assert "focus=household.excluded_vehicle" not in page.split("<svg", 1)[1].split("</svg>")[0]
    everything = client.get(reverse("rulebooks:in-force-picture"), {"focus": "all"}).content.decode()
    assert "focus=household.excluded_vehicle" in everything.split("<svg", 1)[1]


def test_from_draft_to_force_by_pages(client, officer, second):
    signed_in(client, officer)
    answer = client.post(reverse("rulebooks:begin"), {"digest": pack_on(TODAY).digest})
    draft = RulebookVersion.objects.get(state=State.DRAFT)
    assert answer.url == reverse("rulebooks:version", args=[draft.pk])
    form = reverse("rulebooks:set-parameter", args=[draft.pk, "living_standard"])
    assert client.get(form).status_code == 200
    sent = {"region": "139901", "valid_from": "2026-07-01", "value": "780", "source": "雨润县民政局（虚构）"}
    assert client.post(form, sent | {"value": "七百八"}).status_code == 422
    assert client.post(form, sent).status_code == 303
    overview = client.get(at("version", draft)).content.decode()
    assert "740.00" in overview
    assert "780.00" in overview
    assert "2026-07-01" in overview
    assert client.post(at("submit", draft), {"reason": "七月调标"}).status_code == 303
    assert client.post(at("approve", draft), {"in_force_from": "2026-03-02"}).status_code == 422
    signed_in(client, second)
    assert client.post(at("approve", draft), {"in_force_from": "2026-03-02"}).status_code == 303
    assert "780" in client.get(reverse("rulebooks:in-force") + "?on=2026-07-02&chapter=parameters").content.decode()
    assert "本版本今日有效" in client.get(at("version", draft)).content.decode()


def test_a_fault_is_shown_at_its_word(client, officer):
    draft = drafted(officer)
    client = signed_in(client, officer)
    text = files_of(draft)["rules/income.toml"].replace('formula = "count()"', 'formula = "cuont()"')
    address = at("check-text", draft, file="rules/income.toml")
    panel = client.post(address, {"text": text}).content.decode()
    assert "<mark>cuont</mark>" in panel
    assert "rules/income.toml:8:12" in panel
    assert files_of(draft)["rules/income.toml"] != text, "checking saves nothing"
    saved = client.post(at("texts", draft, file="rules/income.toml"), {"text": text})
    assert saved.status_code == 303
    page = client.get(saved.url).content.decode()
    assert "<mark>cuont</mark>" in page
    assert client.post(at("submit", draft), {"reason": "r"}).status_code == 422


def test_two_officers_do_not_overwrite_each_other_unseen(client, officer, second):
    draft = drafted(officer)
    address = at("texts", draft, file="pack.toml")
    client = signed_in(client, officer)
    began_from = client.get(address).context["was"]
    text = files_of(draft)["pack.toml"]
    actions.write_file(second, draft, "pack.toml", f"{text}# theirs\n")
    refused = client.post(address, {"text": f"{text}# mine\n", "was": began_from})
    assert refused.status_code == 422
    assert "# mine" in refused.content.decode(), "the text that was written is not lost"
    assert files_of(draft)["pack.toml"].endswith("# theirs\n")
    client.post(address, {"text": f"{text}# mine\n", "was": refused.context["was"]})
    assert files_of(draft)["pack.toml"].endswith("# mine\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "marked"),
    [
        ("rules/category.toml", "deep_multiple * living_standard", "deep_multiple * living_standrad",
         "living_standrad"),
        ("rules/income.toml", "per_year(sum(member.counted_income))", "sum(member.counted_income)",
         "sum(member.counted_income) + other_income_12m"),
        ("parameters/determination.csv", "relative_multiple,national,2021-01-01,,2,",
         "relative_multiple,national,2021-01-01,,二,", "二"),
        ("programmes/living.toml", 'conditions = ["on_file"', 'conditions = ["on_flie"', "conditions"),
    ],
)  # fmt: skip
def test_faults_of_every_kind_of_file_are_underlined(client, officer, file, old, new, marked):
    draft = drafted(officer)
    rewritten(officer, draft, file, old, new)
    page = signed_in(client, officer).get(at("version", draft)).content.decode()
    assert any(marked in part.split("</mark>")[0] for part in page.split("<mark>")[1:])


def test_a_changed_answer_is_shown_with_both_reasons(client, officer):
    actions.write_test(officer, "national-2021", TEST)
    draft = drafted(officer, LOWER)
    client = signed_in(client, officer)
    tests = client.get(at("tests", draft)).content.decode()
    assert "两线之间的一户" in tests
    page = client.get(at("compare-test", draft, test="两线之间的一户")).content.decode()
    assert "1,480.00" in page, "the line as it was: twice 740"
    assert "1,110.00" in page, "the line as the draft has it"
    assert client.get(at("compare-test", draft, test="没有这一户")).status_code == 404


def test_a_difference_is_accepted_on_a_page_and_named_in_the_history(client, officer):
    actions.write_test(officer, "national-2021", TEST.replace("category: relative", "category: deep"))
    draft = drafted(officer, LOWER)
    client = signed_in(client, officer)
    assert client.post(at("submit", draft), {"reason": "r"}).status_code == 422
    accept = at("accept-difference", draft, test="两线之间的一户", aspect="category")
    assert client.post(accept, {"reason": ""}).status_code == 422
    assert client.post(accept, {"reason": "示例写错，下版更正"}).status_code == 303
    assert client.post(at("submit", draft), {"reason": "r"}).status_code == 303
    assert "示例写错，下版更正" in client.get(at("version", draft)).content.decode()


def test_a_draft_is_seen_in_its_own_subtree_only(client, officer, of_the_county):
    foreign = acting(Role.POLICY_OFFICER, county("青禾县").federation, TODAY)
    draft = drafted(of_the_county)
    test = actions.write_test(of_the_county, "national-2021", TEST)
    names = (
        "version",
        "version-read",
        "version-picture",
        "texts",
        "tests",
        "submit",
        "withdraw",
        "add-file",
        "test-new",
    )
    for name in names:
        assert signed_in(client, foreign).get(at(name, draft)).status_code == 404
        assert signed_in(client, officer).get(at(name, draft)).status_code == 200
    shipped = RulebookVersion.objects.get(digest=pack_on(TODAY).digest)
    retire = reverse("rulebooks:test-retire", args=[shipped.pk, test.pk])
    assert signed_in(client, foreign).post(retire).status_code == 404
    assert signed_in(client, foreign).get(at("version", shipped)).status_code == 200
    assert signed_in(client, foreign).post(at("withdraw", shipped), {"reason": "r"}).status_code == 404


def test_history_is_a_list_that_can_be_searched(client, officer):
    submitted(officer, STANDARD)
    client = signed_in(client, officer)
    page = client.get(reverse("rulebooks:versions"), {"state": "submitted"}).content.decode()
    assert "低保标准自七月起提高" in page
    assert (
        "低保标准自七月起提高" not in client.get(reverse("rulebooks:versions"), {"state": "shipped"}).content.decode()
    )


@pytest.mark.parametrize("name", ["version", "version-read", "version-picture", "texts", "tests"])
def test_a_page_takes_few_queries(client, officer, name, django_assert_max_num_queries):
    draft = drafted(officer, STANDARD, LOWER)
    for number in range(5):
        actions.write_test(officer, "national-2021", TEST.replace("两线之间的一户", f"第{number}户"))
    signed_in(client, officer)
    client.get(at(name, draft))
    with django_assert_max_num_queries(16):
        assert client.get(at(name, draft)).status_code == 200


def test_the_list_takes_the_same_queries_however_long_it_is(client, officer, django_assert_num_queries):
    signed_in(client, officer)
    counts = []
    for _round in range(2):
        drafted(officer)
        with CountQueries() as counted:
            client.get(reverse("rulebooks:versions"))
        counts.append(len(counted))
    assert counts[0] == counts[1]


def CountQueries():  # noqa: N802 - stands for a class
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_every_installed_rulebook_can_be_read_and_pictured(client, officer):
    for pack in installed_packs():
        version = RulebookVersion.objects.get(digest=pack.digest)
        assert signed_in(client, officer).get(at("version-read", version)).status_code == 200
        assert client.get(at("version-picture", version, focus="all")).status_code == 200
        assert client.get(at("tests", version)).status_code == 200


def test_a_value_before_another_ends_where_the_other_begins(officer):
    early = STANDARD.__class__("living_standard", "139901", date(2024, 1, 1), "700", "更正（虚构）")
    draft = drafted(officer, early)
    rows = [line for line in files_of(draft)["parameters/living_standard.csv"].splitlines() if ",139901," in line]
    periods = [tuple(line.split(",")[2:4]) for line in rows]
    assert periods == [
        ("2021-01-01", "2023-06-30"),
        ("2023-07-01", "2023-12-31"),
        ("2024-01-01", "2024-06-30"),
        ("2024-07-01", "2025-06-30"),
        ("2025-07-01", ""),
    ]
