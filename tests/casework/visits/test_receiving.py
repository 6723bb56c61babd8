"""What the server does with an entry that was kept on a phone: once, under the same authority, and nothing silently."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chunyu.accounts.actions import end_post
from chunyu.casework import actions
from chunyu.casework.models import Visit
from chunyu.ui.models import Received
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, application
from tests.casework.visits.phones import client_of, entry, photo, send, signature, visit_address
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(settings):
    walk = application(county(), "complete")
    settings.CHUNYU_TODAY = walk.day
    return walk


def outcomes() -> list[tuple[str, str]]:
    return list(Received.objects.values_list("outcome", "code"))


class TestTakenIn:
    def test_a_visit_with_photo_signature_and_the_time_it_was_written_down(self, walk):
        sent = entry(walk, photos=[photo(mark=b"1"), photo(mark=b"2")], signature=signature())
        answer = send(client_of(walk), walk, sent)
        assert answer.json() == {"outcome": "taken_in", "goal": walk.case.get_absolute_url(), "again": False}
        visit = Visit.objects.get()
        assert visit.captured_at.isoformat() == "2015-01-14T01:42:10+00:00"
        assert visit.findings.reveal() == "与申报一致，住房老旧"
        assert sorted(visit.photos.values_list("kind", "content_type")) == [
            ("visit_photo", "image/jpeg"),
            ("visit_photo", "image/jpeg"),
            ("visit_signature", "image/png"),
        ]
        received = Received.objects.get()
        assert (str(received.key), received.subject) == (sent["entry_key"], walk.case.number)
        assert (received.post, received.goal) == (walk.county.post(OFFICER), walk.case.get_absolute_url())
        assert received.captured_at.isoformat() == "2015-01-14T01:42:10+00:00"

    def test_the_same_entry_again_is_told_what_became_of_it(self, walk):
        sent = entry(walk)
        client = client_of(walk)
        first, again = send(client, walk, sent).json(), send(client, walk, sent).json()
        assert (first["again"], again["again"], first["goal"]) == (False, True, again["goal"])
        assert Visit.objects.count() == 1
        assert outcomes() == [("taken_in", "")]

    def test_the_same_key_with_other_content_is_refused_with_a_sentence(self, walk):
        key = uuid.uuid4()
        client = client_of(walk)
        send(client, walk, entry(walk, key))
        for other in ({"findings": "另有出入"}, {"photos": [photo()]}):
            answer = send(client, walk, entry(walk, key) | other)
            assert answer.status_code == 422
            assert answer.json()["anew"] is True
            assert "已经收下" in answer.json()["sentences"][0]
        assert Visit.objects.get().findings.reveal() == "与申报一致，住房老旧"
        assert outcomes() == [("taken_in", ""), ("refused", "other content"), ("refused", "other content")]

    def test_another_persons_entry_under_the_same_key_learns_nothing(self, walk):
        key = uuid.uuid4()
        send(client_of(walk), walk, entry(walk, key))
        answer = send(client_of(walk, CASEWORKER), walk, entry(walk, key, CASEWORKER))
        assert (answer.status_code, answer.json()["outcome"]) == (422, "refused")
        assert Visit.objects.count() == 1

    def test_the_plain_form_works_as_before(self, walk):
        sent = {name: value for name, value in entry(walk).items() if not name.startswith("entry_")}
        assert client_of(walk).post(visit_address(walk), sent).status_code == 303
        assert Visit.objects.get().captured_at is None
        assert not Received.objects.exists()


class TestRefused:
    def test_every_reason_comes_back_and_nothing_is_written(self, walk):
        future = walk.day + timedelta(days=1)
        answer = send(client_of(walk), walk, entry(walk, others="", visited_on=future.isoformat()))
        assert (answer.status_code, answer.json()["outcome"]) == (422, "refused")
        assert len(answer.json()["sentences"]) == 2
        assert not Visit.objects.exists()
        assert outcomes() == [("refused", "people")]

    def test_a_faulty_field_is_named(self, walk):
        answer = send(client_of(walk), walk, entry(walk, findings="", visited_on="?"))
        assert set(answer.json()["fields"]) == {"findings", "visited_on"}

    def test_mended_it_is_taken_in_under_its_key(self, walk):
        key = uuid.uuid4()
        client = client_of(walk)
        send(client, walk, entry(walk, key, findings=""))
        assert send(client, walk, entry(walk, key)).json()["outcome"] == "taken_in"
        assert outcomes() == [("refused", "form"), ("taken_in", "")]

    def test_a_file_that_is_no_picture_undoes_the_visit_with_it(self, walk):
        bad = photo()
        bad.file.write(b"MZ no picture")
        bad.file.seek(0)
        answer = send(client_of(walk), walk, entry(walk, photos=[bad]))
        assert answer.status_code == 422
        assert not Visit.objects.exists()

    def test_too_many_photos(self, walk):
        answer = send(client_of(walk), walk, entry(walk, photos=[photo(mark=bytes([n])) for n in range(9)]))
        assert list(answer.json()["fields"]) == ["photos"]

    @pytest.mark.parametrize(
        "damaged", [{"entry_key": "?"}, {"entry_captured": ""}, {"entry_captured": "2015-01-14T09:42:10"}]
    )
    def test_an_entry_without_key_or_time_is_damaged(self, walk, damaged):
        answer = send(client_of(walk), walk, entry(walk) | damaged)
        assert (answer.status_code, answer.json()["outcome"]) == (422, "refused")
        assert not Received.objects.exists()


class TestAuthority:
    def test_a_foreign_case_answers_as_missing(self, walk):
        stranger = application(county("青禾县"), "complete")
        answer = send(client_of(stranger), walk, entry(walk, entry_post=str(stranger.county.post(OFFICER).pk)))
        assert (answer.status_code, answer.json()["outcome"]) == (404, "missing")
        assert not Visit.objects.exists()
        assert Received.objects.get().subject == "", "not even the number of what is not theirs"

    def test_written_under_another_post_it_is_not_taken_under_this_one(self, walk):
        answer = send(client_of(walk, CHAIR), walk, entry(walk))
        assert (answer.status_code, answer.json()["outcome"]) == (409, "other_post")
        assert not Received.objects.exists()

    def test_without_a_sign_in_it_is_sent_to_sign_in(self, walk, client):
        assert send(client, walk, entry(walk)).status_code == 302

    def test_with_an_ended_post_it_is_forbidden(self, walk):
        client = client_of(walk)
        sent = entry(walk)
        end_post(walk.county.post(OFFICER), on=walk.day)
        assert send(client, walk, sent).status_code == 403
        assert not Visit.objects.exists()

    def test_who_decides_on_a_case_visits_it_as_little_as_online(self, walk):
        assert send(client_of(walk, APPROVER), walk, entry(walk, role=APPROVER)).json()["outcome"] == "taken_in"
        assert Visit.objects.count() == 1, "the approver may, and is then kept from deciding, as at a desk"


class TestConflict:
    def test_somebody_else_visited_meanwhile(self, walk):
        sent = entry(walk)
        walk.visit(CASEWORKER)
        answer = send(client_of(walk), walk, sent)
        told = answer.json()
        assert (answer.status_code, told["outcome"]) == (409, "conflict")
        assert any("刘明" in value for _label, value in told["now"])
        assert [way["code"] for way in told["ways"]] == ["add", "note"]
        assert Visit.objects.count() == 1

    def test_added_on_purpose_as_a_second_visit(self, walk):
        sent = entry(walk)
        walk.visit(CASEWORKER)
        client = client_of(walk)
        told = send(client, walk, sent).json()
        sent |= {"entry_seen": told["seen"], "entry_way": "add"}
        assert send(client, walk, sent).json()["outcome"] == "taken_in"
        assert Visit.objects.count() == 2
        assert outcomes() == [("conflict", "changed"), ("taken_in", "add")]

    def test_kept_as_a_note(self, walk):
        sent = entry(walk, photos=[photo()], signature=signature())
        walk.visit(CASEWORKER)
        client = client_of(walk)
        told = send(client, walk, sent).json()
        again = entry(walk, sent["entry_key"], photos=[photo()], signature=signature())
        again |= {"entry_seen": told["seen"], "entry_way": "note"}
        assert send(client, walk, again).json()["outcome"] == "taken_in"
        assert Visit.objects.count() == 1
        note = walk.case.timeline.filter(act="note").get()
        assert "住房老旧" in note.note.reveal()
        assert sorted(walk.case.documents.filter(kind__startswith="visit").values_list("kind", "visit")) == [
            ("visit_photo", None),
            ("visit_signature", None),
        ]

    def test_changed_again_while_the_person_chose(self, walk):
        sent = entry(walk)
        walk.visit(CASEWORKER)
        client = client_of(walk)
        told = send(client, walk, sent).json()
        walk.visit(CHAIR)
        answer = send(client, walk, sent | {"entry_seen": told["seen"], "entry_way": "add"})
        assert (answer.status_code, answer.json()["outcome"]) == (409, "conflict")

    def test_moved_to_another_state(self, walk):
        sent = entry(walk)
        walk.move(OFFICER, "return", note="缺收入证明")
        told = send(client_of(walk), walk, sent).json()
        assert told["outcome"] == "conflict"
        assert {way["refusal"] for way in told["ways"]} == {""}

    def test_closed_meanwhile_every_way_says_why_it_is_barred(self, walk):
        sent = entry(walk)
        walk.move(OFFICER, "withdraw", note="家庭要求")
        client = client_of(walk)
        told = send(client, walk, sent).json()
        assert all("办结" in way["refusal"] or "关闭" in way["refusal"] for way in told["ways"]), told
        answer = send(client, walk, sent | {"entry_seen": told["seen"], "entry_way": "add"})
        assert answer.status_code == 422
        assert not Visit.objects.exists()

    def test_a_way_that_does_not_exist(self, walk):
        assert send(client_of(walk), walk, entry(walk, entry_way="steal")).status_code == 422
        assert not Visit.objects.exists()


class TestTheTable:
    def row(self, walk, **more):
        return {
            "key": uuid.uuid4(),
            "form": "casework.visit",
            "post": walk.county.post(OFFICER),
            "captured_at": timezone.now(),
            "digest": "0" * 64,
            "outcome": "taken_in",
        } | more

    def test_the_database_takes_a_key_in_once(self, walk):
        row = self.row(walk)
        Received.objects.create(**row | {"outcome": "refused"})
        Received.objects.create(**row)
        with pytest.raises(IntegrityError, match="entry_taken_in_once"), transaction.atomic():
            Received.objects.create(**row)

    @pytest.mark.parametrize(
        ("wrong", "rule"),
        [({"outcome": "lost"}, "received_outcome_known"), ({"digest": "?"}, "received_digest_is_whole")],
    )
    def test_what_no_row_can_say(self, walk, wrong, rule):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Received.objects.create(**self.row(walk, **wrong))

    @pytest.mark.parametrize("act", ["UPDATE ui_received SET outcome = 'refused'", "DELETE FROM ui_received"])
    def test_a_row_is_kept(self, walk, act):
        Received.objects.create(**self.row(walk))
        with pytest.raises(Exception, match=r"Cannot (update|delete)"), transaction.atomic():
            connection.cursor().execute(act)
        assert Received.objects.count() == 1

    def test_nothing_of_the_content_is_in_it(self, walk):
        send(client_of(walk), walk, entry(walk))
        row = str(Received.objects.values().get())
        assert "住房" not in row
        assert "刘明" not in row
        assert "与申报" not in row


def test_a_move_needs_the_visit_that_came_from_the_phone(walk):
    walk.attach("means_check_consent")
    with pytest.raises(actions.Refused):
        walk.move(OFFICER, "visit")
    send(client_of(walk), walk, entry(walk))
    walk.move(OFFICER, "visit")
    assert walk.case.state == "visited"
