"""The bench itself: what it promises to refuse, it refuses."""

import socket

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.template import engines

from tests import browser

FAILED = pytest.fail.Exception


def test_another_machine_cannot_be_reached():
    with pytest.raises(FAILED, match="tests need no network"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


def test_a_template_that_prints_an_unknown_name_fails():
    with pytest.raises(FAILED, match="nobody_gave_this"):
        engines["django"].from_string("{{ nobody_gave_this }}").render({})
    assert engines["django"].from_string("{{ given }}").render({"given": "春雨"}) == "春雨"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(turn):
    assert connection.settings_dict["NAME"].startswith("test_chunyu_")
    assert not ContentType.objects.filter(app_label="left over").exists()
    ContentType.objects.create(app_label="left over", model=f"turn {turn}")


def test_jobs_run_in_a_real_worker(run_jobs):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from chunyu.running.jobs import upkeep

    upkeep.defer(timestamp=0)
    run_jobs()
    assert [job.status for job in ProcrastinateJob.objects.all()] == ["succeeded"]


def test_a_machine_without_a_browser_is_told_what_to_install(monkeypatch, tmp_path):
    assert browser.missing() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.missing() == (
        "Tests of pages need Chromium and a Chinese font."
        " On Debian or Ubuntu: sudo apt-get install -y chromium fonts-noto-cjk"
    )


def test_a_page_is_visited_as_a_person_would(visit, axe):
    page = visit(None, "/account/sign-in/", language="en", width=360, scheme="dark")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("input[type=password]").is_visible()
    axe(page)
