"""A worker asks what they could get: a few questions, an answer with reasons, and nothing kept anywhere."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core import signing
from django.db import connection
from django.test import Client

from chunyu.accounts.access import WriteWhileReading
from chunyu.federation.models import Region
from chunyu.policy import installed_packs, load_pack
from chunyu.policy.case_file import read_case
from chunyu.policy.decision import decide
from chunyu.policy.examples import decide_example
from chunyu.policy.pack import HOUSEHOLD
from chunyu.portal.self_check.answers import MOST_PEOPLE, SALT, Answers, Person, opened
from tests.policy.households import cheng_mei
from tests.portal.checking import CHECK, Worker, fields, sealed
from tests.situations import county

ON = date(2026, 3, 6)
PACK = load_pack("national-2021")
# Examples that a county's page can play: the family lives in one of the three counties.
PLAYED = [example for example in PACK.examples if example.regions[0] in ("139901", "139902", "139903")]
HOUSEHOLD_PACKS = [pack for pack in installed_packs() if pack.subject == HOUSEHOLD]


@pytest.fixture
def here(db, settings):
    settings.CHUNYU_TODAY = ON
    return county()


@pytest.fixture
def worker(here) -> Worker:
    return Worker(Client(), PACK, cheng_mei(single_parent=False))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


class TestTheAnswer:
    def test_says_what_why_which_papers_and_where(self, worker):
        page = words(worker.to_the_end())
        assert "17,600 元 / 年" in page
        assert "深度困难" in page
        for programme, amount in (
            ("生活救助", "1,720"),
            ("医疗救助", "12,880"),
            ("金秋助学", "2,000"),
            ("两节送温暖", "1,000"),
        ):
            assert programme in page
            assert amount in page
        assert "家庭人均月净收入" in page
        assert "704.17 ≤ 740.00" in page
        assert "二级及以上医院诊断证明" in page
        assert "残疾证 （符合这种情况的才要）" in page
        assert "雨润县总工会" in page
        assert "这不是审批决定" in page
        assert "取暖物资" in page, "help in kind"
        assert "其他需要" in page, "what is for needs that the family did not raise"

    def test_a_need_that_the_family_raises_is_asked_about(self, worker):
        worker.wishes = ("dialysis",)
        page = words(worker.to_the_end())
        asked = {name for names in worker.asked for name in names}
        assert "dialysis_half_years-1" in asked
        assert "cataract_operations_12m-1" not in asked
        assert "尿毒症透析救助" in page

    def test_takes_six_pages_and_25_answers(self, worker):
        worker.to_the_end()
        assert worker.steps == [1, 2, 3, 4, 4, 5]
        count = 2 + sum(len(names) for names in worker.asked)
        assert count == 25, "place, size; 3 relations, 8 about people, other needs; 6 of money, 3 and 2 more"

    def test_gives_every_reason_and_the_nearest_change(self, worker):
        worker.knows = cheng_mei(other_income_12m=300_000_00, medical_spending_12m=1_000_00)
        page = words(worker.to_the_end())
        assert "按现在的规定，可能还不符合" in page
        assert "没有满足这些条件： 属于困难职工家庭 医疗自付支出超过起付线（1,000.00 ≤ 2,000.00）" in page
        assert "未知 ?" not in page, "what nobody knows is no reason"
        assert "类别变为“相对困难”" in page, "the nearest change"
        assert not any({"has_vehicle", "homes", "declared"} & set(names) for names in worker.asked)

    def test_between_the_lines_some_of_it_is_there(self, worker):
        worker.knows = cheng_mei(other_income_12m=30_000_00)
        page = words(worker.to_the_end())
        assert "相对困难" in page
        assert "类别变为“深度困难”" in page
        assert {"declared"} <= {name for names in worker.asked for name in names}

    def test_not_knowing_is_an_answer_everywhere(self, worker):
        worker.knows = cheng_mei(members=({}, {}, {}, {}), **dict.fromkeys(cheng_mei().household))
        page = words(worker.to_the_end())
        assert "现在还说不准" in page
        assert "还说不准，因为这些还不知道" in page
        assert "医保、互助和救助报销以后自己付的" in page, "who can tell"

    def test_something_declared_differently_is_asked_one_by_one(self, worker):
        worker.knows = cheng_mei(refuses_work=True)
        page = words(worker.to_the_end())
        apart = next(names for names in worker.asked if "refuses_work" in names)
        assert "declared" not in apart
        assert "有劳动能力而无正当理由拒绝就业 是" in page
        assert "按现在的规定，可能还不符合" in page

    @pytest.mark.parametrize("income", [0, 300_000_00, None])
    def test_reads_in_english_too(self, worker, income):
        worker.client.cookies["django_language"] = "en"
        worker.knows = cheng_mei(other_income_12m=income)
        page = worker.to_the_end()
        said = words(re.sub(r'<span class="src.*?</span>', "", page))  # sources keep the language of their documents
        assert "This is no decision." in said
        for name in ("雨润县总工会", "雨润县", "中文", "语言"):
            said = said.replace(name, "")
        assert not re.findall("[\u4e00-\u9fff（）：，。]+", said)

    @pytest.mark.parametrize("example", PLAYED, ids=lambda example: example.name)
    def test_is_the_same_as_the_rulebook_gives_for_everything_known(self, here, settings, monkeypatch, example):
        for name in {"139902": "青禾县", "139903": "松涛区"}.values():
            county(name)
        settings.CHUNYU_TODAY = example.on
        pack = PACK.replacing(example.parameters, "示例") if example.parameters else PACK
        monkeypatch.setattr("chunyu.portal.self_check.screens.pack_on", lambda *asked: pack)
        knows, _ = read_case(pack, dict(example.case))
        wishes = tuple(code for code, programme in pack.programmes.items() if programme.on_request)
        worker = Worker(Client(), pack, knows, place=example.regions[0], wishes=wishes)
        told = opened(sealed(worker.to_the_end()))
        shown = decide(pack, told.case(pack), example.on, example.regions)
        known = decide_example(PACK, example)
        assert shown.category == known.category
        for code, result in known.programmes.items():
            assert (shown.programmes[code].entitled, shown.programmes[code].amount_fen) == (
                result.entitled,
                result.amount_fen,
            )


class TestAnyRulebook:
    """Nothing on these pages is made for one rulebook."""

    @pytest.mark.parametrize("pack", HOUSEHOLD_PACKS, ids=lambda pack: pack.id)
    def test_every_installed_rulebook_can_be_asked(self, here, settings, monkeypatch, pack):
        for example in pack.examples:
            settings.CHUNYU_TODAY = example.on
            monkeypatch.setattr("chunyu.portal.self_check.screens.pack_on", lambda *asked: pack)
            knows, _ = read_case(pack, dict(example.case))
            worker = Worker(Client(), pack, knows)
            told = opened(sealed(worker.to_the_end()))
            regions = (*here.region.chain(), "national")
            shown, known = (decide(pack, each, example.on, regions) for each in (told.case(pack), knows))
            assert shown.category == known.category, example.name

    def test_a_fact_without_a_question_is_asked_by_its_label(self, worker, monkeypatch):
        facts = {key: replace(fact, question=None, advice=None) for key, fact in PACK.facts.items()}
        pack = replace(PACK, facts=facts, digest="plain")
        monkeypatch.setattr("chunyu.portal.self_check.screens.pack_on", lambda *asked: pack)
        page = worker.sends(worker.begins(), place="139901", size="1")
        assert "月收入" in words(page)
        assert "在校学生" in words(page)

    def test_a_rulebook_that_counts_the_minimum_wage_asks_what_it_needs_for_that(self, worker, monkeypatch):
        pack = PACK.replacing({"impute_minimum_wage": "yes", "minimum_wage": "2200"}, "当地办法")
        monkeypatch.setattr("chunyu.portal.self_check.screens.pack_on", lambda *asked: pack)
        jobless = {"income_month": 0, "work_status": "unemployed", "illness": "none", "birth_date": date(1990, 1, 1)}
        worker.knows = cheng_mei(members=({**jobless, "is_student": False},), homes=1)
        page = words(worker.to_the_end())
        asked = [name for names in worker.asked for name in names]
        assert worker.asked[0] == ["work_status-1", "is_student-1", "wishes"]
        assert {"illness-1", "birth_date-1", "income_month-1"} <= set(asked)
        assert "最低工资" in page


class TestMovingAbout:
    def test_back_shows_what_was_entered(self, worker):
        people = worker.sends(worker.begins(), place="139901", size="2")
        typed = {"income_month-1": "2600", "is_student-1": "no", "income_month-2": "", "is_student-2": "unsure"}
        money = worker.sends(people, **typed)
        again = worker.sends(money, do="back")
        assert 'value="2600.00"' in again
        assert re.search(r'name="is_student-2" value="unsure"[^>]*checked', again)
        first = worker.sends(again, do="back")
        assert re.search(r'value="139901" selected', first)
        assert re.search(r'value="2" selected', first)

    def test_a_changed_answer_changes_the_result_and_asks_only_what_is_new(self, worker):
        end = worker.to_the_end()
        further = re.search(r'value="change-(\d)"[^>]*>\s*修改：还有几件事', end)[1]
        page = worker.sends(end, do=f"change-{further}")
        assert {"has_vehicle", "homes", "declared"} == set(fields(page))
        page = worker.sends(page, has_vehicle="yes", homes="1", declared="all")
        assert fields(page) == ["vehicle_for_disability"]
        page = worker.sends(page, vehicle_for_disability="no")
        assert fields(page) == []
        assert "相对困难" in words(page)

    def test_people_come_and_go_and_what_was_typed_stays(self, worker):
        page = worker.sends(worker.begins(), place="139901", size="3")
        typed = {"income_month-1": "100", "income_month-2": "200", "income_month-3": "3x", "is_student-3": "yes"}
        page = worker.sends(page, do="remove-2", **typed)
        assert len(opened(sealed(page)).people) == 2
        assert 'name="income_month-2" value="3x"' in page
        page = worker.sends(page, do="add", **{"income_month-1": "100", "income_month-2": "300"})
        assert "income_month-3" in fields(page)
        assert 'name="income_month-2" value="300"' in page
        assert "relation-2" in fields(page)

    def test_a_person_taken_out_at_the_end_takes_their_school_along(self, worker):
        end = worker.to_the_end()
        page = worker.sends(end, do="change-people")
        page = worker.sends(page, do="remove-2")
        told = opened(sealed(page))
        assert told.screens[-1] == (("school_level", 1), ("single_parent", None))
        assert told.people[1].facts["school_level"] == "senior"

    def test_starting_again_forgets(self, worker):
        page = worker.sends(worker.to_the_end(), do="again")
        assert opened(sealed(page)) == Answers()

    def test_language_changes_on_the_way_and_what_was_typed_stays(self, worker):
        page = worker.sends(worker.begins(), place="139901", size="1")
        answer = worker.client.post(
            CHECK, {"answers": sealed(page), "do": "language-en", "income_month-1": "2600", "is_student-1": "no"}
        )
        assert "The people at home" in answer.content.decode()
        assert 'value="2600"' in answer.content.decode()
        assert set(answer.cookies) == {"django_language"}


class TestNothingIsKept:
    def test_not_in_the_database_nor_a_session_nor_a_cookie_nor_a_log(self, worker, caplog):
        def rows() -> dict[str, int]:
            with connection.cursor() as cursor:
                names = connection.introspection.table_names(cursor)
                found = {}
                for name in names:
                    cursor.execute(f'SELECT count(*) FROM "{name}"')
                    found[name] = cursor.fetchone()[0]
            return found

        before = rows()
        worker.knows = cheng_mei(other_income_12m=7_654_32)
        with caplog.at_level(logging.DEBUG):
            worker.to_the_end()
            worker.client.post(CHECK, {"answers": "damaged", "do": "next", "income_month-1": "7654.32"})
        assert rows() == before
        assert len(before) >= len({model._meta.db_table for model in apps.get_models()})
        assert not worker.client.cookies
        for value in ("7654", "7,654", "765432", "24800", "24,800", "2480000"):
            assert value not in caplog.text

    def test_no_answer_stands_in_an_address_and_no_cache_keeps_the_page(self, worker):
        answer = worker.client.post(CHECK, {"answers": sealed(worker.begins()), "place": "139901", "size": "1"})
        assert answer.status_code == 200, "the next page itself, and no redirect"
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert 'method="post"' in answer.content.decode()
        assert 'value="139901" selected' not in worker.client.get(f"{CHECK}?place=139901").content.decode()

    def test_the_database_itself_refuses_to_write_while_an_answer_is_taken(self, worker, monkeypatch):
        def writes(*args: object) -> None:
            Region.objects.update(source="changed")

        monkeypatch.setattr("chunyu.portal.self_check.pages.rules_at", writes)
        page = sealed(worker.begins())
        with pytest.raises(WriteWhileReading):
            worker.client.post(CHECK, {"answers": page, "place": "139901", "size": "1"})


class TestHostileInput:
    @pytest.mark.parametrize(
        "answers",
        [
            "",
            "x",
            "a:b:c",
            "Ä" * 40,
            signing.dumps({"place": 1}, salt="another"),
            signing.dumps([1], salt=SALT),
            signing.dumps({"people": 3, "screens": []}, salt=SALT),
            signing.dumps({"people": [], "screens": [], "other": 1}, salt=SALT),
        ],
        # A signature holds the time: without names of their own, two workers would collect two different tests.
        ids=["nothing", "a letter", "three parts", "not ASCII", "another salt", "a list", "a number", "one key more"],
    )
    def test_what_was_changed_on_the_way_is_told_kindly(self, worker, answers):
        answer = worker.client.post(CHECK, {"answers": answers, "do": "next", "place": "139901", "size": "1"})
        assert answer.status_code == 422
        assert "请从头再来" in answer.content.decode()
        assert opened(sealed(answer.content.decode())) == Answers()

    def test_one_altered_character_is_noticed(self, worker):
        page = worker.sends(worker.begins(), place="139901", size="2")
        seal = sealed(page)
        altered = ("A" if seal[0] != "A" else "B") + seal[1:]
        assert worker.client.post(CHECK, {"answers": altered}).status_code == 422

    def test_yesterdays_page_begins_again(self, worker, monkeypatch):
        seal = sealed(worker.begins())
        now = time.time()
        monkeypatch.setattr("django.core.signing.time.time", lambda: now + timedelta(days=1, minutes=1).total_seconds())
        assert worker.client.post(CHECK, {"answers": seal, "place": "139901", "size": "1"}).status_code == 422

    @pytest.mark.parametrize(
        "typed",
        [
            {"income_month-1": "-5", "is_student-1": "no"},
            {"income_month-1": "much", "is_student-1": "no"},
            {"income_month-1": "1e400", "is_student-1": "no"},
            {"income_month-1": "9" * 300, "is_student-1": "no"},
            {"income_month-1": "NaN", "is_student-1": "no"},
            {"income_month-1": "1", "is_student-1": "maybe"},
            {"income_month-1": "1"},
            {"income_month-1": "\x00", "is_student-1": "no"},
        ],
    )
    def test_what_cannot_be_read_is_asked_again(self, worker, typed):
        page = worker.sends(worker.begins(), place="139901", size="1")
        answer = worker.client.post(CHECK, {"answers": sealed(page), "do": "next", **typed})
        assert answer.status_code == 422
        assert "请核对" in answer.content.decode() or 'role="alert"' in answer.content.decode()

    @pytest.mark.parametrize(
        "do", ["change-99", "change-x", "change-", "remove-1", "remove-99", "remove-x", "jump", "", "back", "theme-x"]
    )
    def test_buttons_that_the_page_does_not_have(self, worker, do):
        page = worker.sends(worker.begins(), place="139901", size="1")
        assert worker.client.post(CHECK, {"answers": sealed(page), "do": do}).status_code == 200

    @pytest.mark.parametrize("place", ["", "990000", "1399", "139901' OR 1=1", "139999"])
    def test_a_place_that_there_is_not(self, worker, place):
        answer = worker.client.post(CHECK, {"answers": sealed(worker.begins()), "place": place, "size": "1"})
        assert answer.status_code == 422

    def test_a_crowd_is_refused(self, worker):
        begun = sealed(worker.begins())
        assert worker.client.post(CHECK, {"answers": begun, "place": "139901", "size": "13"}).status_code == 422
        full = Answers(place="139901", people=tuple(Person() for _ in range(MOST_PEOPLE))).sealed()
        page = worker.client.post(CHECK, {"answers": full, "do": "add"}).content.decode()
        assert len(opened(sealed(page)).people) == MOST_PEOPLE

    def test_money_as_people_type_it(self, worker):
        page = worker.sends(worker.begins(), place="139901", size="1")
        page = worker.sends(page, **{"income_month-1": "２，６００．５ 元", "is_student-1": "no"})
        assert opened(sealed(page)).people[0].facts["income_month"] == 2_600_50

    def test_no_rulebook_is_said_and_no_fault(self, worker, settings):
        settings.CHUNYU_TODAY = date(1990, 1, 1)
        answer = worker.client.get(CHECK)
        assert answer.status_code == 200
        assert "没有" in answer.content.decode()


class TestTheCost:
    def test_few_queries_a_page(self, worker, django_assert_max_num_queries):
        worker.to_the_end()  # templates and rules are read once
        for most in (7, 7):
            page, typed = worker.begins(), {"place": "139901", "size": "4"}
            while typed:
                with django_assert_max_num_queries(most):
                    page = worker.sends(page, **typed)
                typed = {name: worker.answer(name) for name in fields(page)}
