"""A page acts, or says why not; a stranger's page is no page at all."""

import pytest
from django.test import Client
from django.urls import reverse

from chunyu.accounts.access import rule_of
from chunyu.accounts.roles import EVERY_ROLE, Role
from chunyu.ui.buttons import Action
from tests.situations import county
from tests.ui import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ui.addresses")]


@pytest.fixture
def caseworker(yurun) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_address_carries_the_rule_of_its_page():
    assert rule_of(addresses.Rename.as_view()) == EVERY_ROLE


def test_a_foreign_object_answers_as_if_it_did_not_exist(caseworker, yurun):
    assert caseworker.get(f"/sample/{yurun.township.pk}/").status_code == 200
    foreign, nothing = (caseworker.get(f"/sample/{pk}/") for pk in (county("青禾县").township.pk, 999_999))
    assert foreign.status_code == nothing.status_code == 404
    assert foreign.context["sentences"] == nothing.context["sentences"]
    assert "青禾县" not in foreign.content.decode()


def test_after_acting_the_next_page_says_so_once(caseworker):
    answer = caseworker.post("/sample/rename/", {"name": "新名"})
    assert (answer.status_code, answer.url) == (303, reverse("sample:organisations"))
    assert "已改名。" in caseworker.get(answer.url).content.decode()
    assert "已改名。" not in caseworker.get(answer.url).content.decode()


def test_a_refusal_comes_back_on_the_form_with_what_was_entered(caseworker):
    answer = caseworker.post("/sample/rename/", {"name": "不行"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "这个名称已经有人用了，请换一个。" in page
    assert 'value="不行"' in page


def test_a_wrong_field_is_named_in_a_summary_that_leads_to_it(caseworker):
    page = caseworker.post("/sample/rename/", {"name": ""}).content.decode()
    assert '<a href="#id_name">新名称</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name-fault"' in page


def test_a_refused_button_leads_back_with_the_sentence(caseworker):
    answer = caseworker.post("/sample/refuse/", follow=True)
    assert answer.redirect_chain == [(reverse("sample:organisations"), 303)]
    assert "公示期还有 2 个工作日。" in answer.content.decode()


def test_a_refusal_appears_in_place_for_a_script(caseworker):
    answer = caseworker.post("/sample/refuse/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#said"
    assert "<html" not in answer.content.decode()


def test_an_address_that_only_acts_cannot_be_opened(caseworker):
    assert caseworker.get("/sample/refuse/").status_code == 405


def test_asks_before_what_cannot_be_undone(caseworker):
    page = caseworker.get("/sample/dissolve/").content.decode()
    assert "要撤销这个组织吗？" in page
    assert "它的会员要转到别处。" in page
    assert caseworker.post("/sample/dissolve/").status_code == 303


def test_a_button_that_is_not_allowed_must_say_why():
    with pytest.raises(ValueError, match="does not say why"):
        Action("提交", "#", allowed=False)
    assert Action.judged("提交", "#", None).allowed
    assert Action.judged("提交", "#", "还差一份材料。").refusal == "还差一份材料。"


def test_the_menu_shows_what_exists_and_the_role_may_open(caseworker, yurun, settings):
    entries = caseworker.get("/sample/").content.decode()
    assert "/hardship/none" not in entries
    assert 'aria-label="Main menu"' in entries


class TestWhenSomethingCannotBeShown:
    @pytest.mark.parametrize(("language", "title"), [("en", "There is no such page"), ("zh-hans", "没有这个页面")])
    def test_a_missing_page_in_both_languages(self, client, language, title):
        answer = client.get("/nowhere/", headers={"accept-language": language})
        assert answer.status_code == 404
        assert title in answer.content.decode()

    def test_a_form_left_open_too_long(self, yurun):
        client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
        answer = client.post("/account/sign-in/", {"username": "x", "password": "y"})
        assert answer.status_code == 403
        assert "This form has expired" in answer.content.decode()

    def test_a_fault_of_the_program_shows_nothing_of_it(self, caseworker, monkeypatch):
        def fail(self):
            raise RuntimeError("139999198001010011")

        monkeypatch.setattr(addresses.Organisations, "rows", fail)
        caseworker.raise_request_exception = False
        answer = caseworker.get("/sample/")
        assert answer.status_code == 500
        assert "The fault is ours" in answer.content.decode()
        assert "139999" not in answer.content.decode()

    def test_a_page_of_another_role(self, yurun):
        client = Client(headers={"accept-language": "en"})
        client.force_login(yurun.post(Role.AUDITOR).user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get("/sample/")
        assert answer.status_code == 403
        assert "Change post" in answer.content.decode()
