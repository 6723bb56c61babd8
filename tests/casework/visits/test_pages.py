"""The visits to make: whose list they are on, what is taken along, what is printed, and that it is put on record."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.audit.models import Entry
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, application
from tests.casework.visits.phones import client_of, visit_address
from tests.hardship.journey import Journey
from tests.situations import county

pytestmark = pytest.mark.django_db
LIST, TAKE, PACK = "/cases/visits/", "/cases/visits/along/", "/cases/visits/pack/"


@pytest.fixture
def walk(settings):
    walk = application(county(), "complete")
    worker = walk.case.household.worker
    worker.address, worker.phone = "雨润县城关镇纺织路8号", "13900000000"
    worker.save()
    settings.CHUNYU_TODAY = walk.day
    return walk


def listed(client) -> list[str]:
    return re.findall(r'name="case" value="([\w-]+)"', client.get(LIST).content.decode())


class TestTheList:
    def test_it_holds_the_cases_whose_next_step_needs_a_visit(self, walk):
        application(walk.county, "draft")
        application(walk.county, "submitted")
        visited = application(walk.county, "complete")
        visited.visit()
        for role in (OFFICER, CHAIR, CASEWORKER):
            assert listed(client_of(walk, role)) == [walk.case.number]

    def test_a_case_handed_to_one_colleague_is_on_that_list_alone(self, walk):
        from chunyu.casework.actions import reassign

        reassign(walk.acting(CASEWORKER), walk.case, walk.county.post(CASEWORKER))
        assert listed(client_of(walk, OFFICER)) == []
        assert listed(client_of(walk, CASEWORKER)) == [walk.case.number]

    def test_another_county_has_its_own(self, walk):
        stranger = application(county("青禾县"), "complete")
        assert listed(client_of(stranger)) == [stranger.case.number]

    def test_who_decides_has_no_visits_to_make(self, walk):
        assert client_of(walk, APPROVER).get(LIST).status_code == 403

    def test_it_is_searched_filtered_and_exported_without_sealed_values(self, walk):
        client = client_of(walk)
        assert walk.case.number in client.get(LIST, {"q": "chengmei"}).content.decode()
        assert walk.case.number not in client.get(LIST, {"q": "wangwu"}).content.decode()
        assert walk.case.number not in client.get(LIST, {"due": "over"}).content.decode()
        sheet = b"".join(client.post(LIST, {"export": "csv"})).decode()
        assert "程梅" in sheet
        assert "纺织路" not in sheet
        assert "13900000000" not in sheet
        assert Entry.objects.filter(event="casework.export_visits").exists()

    def test_an_empty_list_says_when_there_will_be_one(self, walk):
        walk.visit()
        assert "没有待走访的家庭" in client_of(walk).get(LIST).content.decode()

    def test_the_number_of_queries_does_not_grow_with_the_list(self, walk):
        client = client_of(walk)
        listed(client)
        with CaptureQueriesContext(
            connection,
        ) as few:
            listed(client)
        for _ in range(3):
            application(walk.county, "complete")
        with CaptureQueriesContext(connection) as many:
            assert len(listed(client)) == 4
        assert len(many) == len(few)


class TestTakingAlong:
    def test_it_answers_the_forms_and_puts_each_on_record(self, walk):
        answer = client_of(walk).post(TAKE, {"case": [walk.case.number]})
        assert json.loads(answer.content) == {
            "days": 3,
            "things": [
                {
                    "address": visit_address(walk),
                    "title": "程梅 · 医疗救助",
                    "lines": ["雨润县城关镇纺织路8号", "13900000000"],
                    "subject": walk.case.number,
                }
            ],
        }
        assert answer.headers["Cache-Control"] == "no-store"
        record = Entry.objects.get(event="casework.take_along")
        assert (record.note, record.subject) == ("phone", f"casework.Case:{walk.case.pk}")

    def test_nothing_chosen(self, walk):
        answer = client_of(walk).post(TAKE)
        assert (answer.status_code, answer.json()["sentences"]) == (422, ["请至少选一户。"])

    def test_more_than_a_day_holds(self, walk):
        numbers = [application(walk.county, "draft").case.number for _ in range(40)] + [walk.case.number]
        answer = client_of(walk).post(TAKE, {"case": numbers})
        assert answer.status_code == 422
        assert not Entry.objects.filter(event="casework.take_along").exists()

    def test_a_foreign_case_is_missing_and_takes_the_others_with_it(self, walk):
        stranger = application(county("青禾县"), "complete")
        answer = client_of(walk).post(TAKE, {"case": [walk.case.number, stranger.case.number]})
        assert answer.status_code == 404
        assert not Entry.objects.filter(event="casework.take_along").exists()

    def test_looking_takes_nothing(self, walk):
        assert client_of(walk).get(TAKE).status_code == 405

    def test_the_form_holds_what_the_visit_needs_and_no_more(self, walk):
        page = client_of(walk).get(visit_address(walk)).content.decode()
        number = walk.case.household.worker.id_number.reveal()
        for needed in ("程梅", "纺织路8号", "13900000000", walk.case.number, "139•"):
            assert needed in page
        assert number not in page
        assert number[3:14] not in page


class TestThePack:
    def test_a_list_and_a_sheet_for_each_household(self, walk):
        other = application(walk.county, "complete", name="吴秀兰")
        page = client_of(walk).post(PACK, {"case": [walk.case.number, other.case.number]}).content.decode()
        assert page.count('class="pack-sheet"') == 2
        assert walk.case.household.worker.id_number.reveal() not in page
        assert Entry.objects.filter(event="casework.take_along", note="paper").count() == 2

    def test_nothing_chosen_leads_back_with_the_sentence(self, walk):
        answer = client_of(walk).post(PACK, follow=True)
        assert "请至少选一户。" in answer.content.decode()
        assert client_of(walk).get(PACK).status_code == 405


class TestWhatToAsk:
    def test_what_the_rules_do_not_know_comes_first(self, settings):
        from tests.hardship.families import TODAY, family

        settings.CHUNYU_TODAY = TODAY
        yurun = county()
        household = family(yurun, day=TODAY, has_vehicle=None)
        journey = Journey(yurun, household=household)
        asks = list(journey.case.table.to_ask(journey.case))
        assert asks[0].startswith("还不清楚："), asks
        assert any("授权书" in ask for ask in asks)
        journey.attach("means_check_consent")
        assert not any("授权书" in ask for ask in journey.case.table.to_ask(journey.case))


class TestTheShell:
    def test_the_manifest_in_both_languages(self, client):
        chinese = client.get("/offline/manifest/zh-hans.webmanifest").json()
        english = client.get("/offline/manifest/en.webmanifest").json()
        assert (chinese["lang"], chinese["short_name"]) == ("zh-Hans", "春雨")
        assert (english["lang"], english["short_name"]) == ("en", "Chunyu")
        assert chinese["start_url"] == english["start_url"] == LIST
        assert client.get("/offline/manifest/fr.webmanifest").status_code == 404

    def test_the_worker_names_its_files_and_changes_with_them(self, client, monkeypatch):
        from chunyu.ui.offline import worker

        source = client.get("/sw.js")
        assert source.headers["Content-Type"] == "text/javascript"
        told = json.loads(re.match(r"self\.SHELL = (.*);\n", source.content.decode())[1])
        assert "/static/vendor/offline.min.js" in told["files"]
        before = worker._version.__wrapped__()
        content = worker._content
        monkeypatch.setattr(worker, "_content", lambda name: content(name) + b" ")
        assert worker._version.__wrapped__() != before

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_the_shell_holds_nothing_of_anybody(self, client, walk, language):
        signed_in = client_of(walk).get(f"/offline/shell/{language}/").content.decode()
        nobody = client.get(f"/offline/shell/{language}/").content.decode()
        assert signed_in == nobody
        assert "csrf" not in nobody

    def test_the_key_is_of_the_person_and_the_post_and_kept_nowhere_between(self, walk):
        client, other = client_of(walk), client_of(walk, CHAIR)
        first, second = (client.get(reverse("offline:ready")) for _ in range(2))
        assert first.headers["Cache-Control"] == "no-store"
        assert first.json()["key"] == second.json()["key"] != other.get(reverse("offline:ready")).json()["key"]
