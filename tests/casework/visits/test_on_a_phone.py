"""A township officer's day without a network, in a real browser behind a line that is cut."""

import pytest

from chunyu.casework.models import Visit
from chunyu.ui.models import Received
from tests.casework.applications import CASEWORKER, CHAIR, OFFICER, application
from tests.casework.visits.phones import visit_address
from tests.situations import county

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def walk(settings):
    walk = application(county(), "complete")
    worker = walk.case.household.worker
    worker.address, worker.phone = "雨润县城关镇纺织路8号3单元201室", "13900000000"
    worker.save()
    settings.CHUNYU_TODAY = walk.day
    return walk


@pytest.fixture
def officer(phone, walk):
    phone.sign_in(walk.county.post(OFFICER).user)
    return phone


def write(page, findings="与申报一致", others="刘明"):
    page.locator("[name=others]").fill(others)
    page.locator("[name=findings]").fill(findings)


def keep(page):
    page.click("form[data-offline] button[type=submit]")
    page.wait_for_selector("[data-offline-said]:not([hidden])")


def sign(page):
    sheet = page.locator("canvas.signature")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(box["x"] + 40 + 25 * step, box["y"] + 60 + (20 if step % 2 else -20))
    page.mouse.up()
    page.locator("form").get_by_text("已签名。").wait_for()


def test_taken_along_written_without_a_network_killed_and_sent(officer, walk, line, screenshot, axe, tmp_path):
    picture = tmp_path / "屋内.png"
    officer.take_along(walk.case.number)
    axe(officer.page)
    screenshot(officer.page, "visits", widths=(360,), schemes=("light", "dark"))
    picture.write_bytes(big_png())
    line.cut()
    page = officer.go("/cases/visits/")
    assert page.locator("[data-part=along] a").inner_text() == "程梅 · 医疗救助"
    axe(page)
    screenshot(page, "phone-offline", widths=(360, 1024), schemes=("light", "dark"))
    opened = page.goto(visit_address(walk))
    page.wait_for_selector("form[data-offline][data-ready]")
    assert opened.from_service_worker
    assert "script-src 'self'" in opened.headers["content-security-policy"], "no looser than from the server"
    write(page, "住房老旧，户主卧床")
    page.set_input_files("input[type=file][data-photos]", picture)
    page.wait_for_selector(".photo-views canvas")
    sign(page)
    axe(page)
    screenshot(page, "visit-offline", widths=(360, 1024), schemes=("light", "dark"))
    page.wait_for_timeout(800)
    officer.kill()

    officer.open()
    page = officer.go(visit_address(walk))
    assert page.locator("[name=findings]").input_value() == "住房老旧，户主卧床"
    assert page.locator(".photo-views canvas").count() == 1
    keep(page)
    screenshot(page, "visit-kept", widths=(360,))
    officer.kill()
    assert not Visit.objects.exists()

    officer.open()
    officer.go("/offline/phone/")
    assert officer.states() == ["waits"]
    line.mend()
    officer.sign_in(walk.county.post(OFFICER).user)
    officer.page.click("button[data-sync]")
    officer.page.wait_for_selector("[data-part=done] .entry")
    axe(officer.page)
    screenshot(officer.page, "phone-sent", widths=(360,), schemes=("light", "dark"))
    visit = Visit.objects.get()
    assert visit.findings.reveal() == "住房老旧，户主卧床"
    assert visit.captured_at is not None
    photos = {each.kind: each for each in visit.photos.all()}
    assert set(photos) == {"visit_photo", "visit_signature"}
    assert photos["visit_photo"].content_type == "image/jpeg"
    assert photos["visit_photo"].size < 400_000, "made smaller on the phone"


def big_png() -> bytes:
    """A picture of 3000 by 2000 dots, as a camera makes."""
    import struct
    import zlib

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + bytes([(row * 7) % 256, 120, 90]) * 3000 for row in range(2000))
    head = struct.pack(">IIBBBBB", 3000, 2000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


@pytest.fixture
def keep_one(officer, walk, line):
    """`keep_one(…)`: a visit kept on the phone while there is no network."""

    def kept(**words):
        officer.take_along(walk.case.number)
        line.cut()
        page = officer.go(visit_address(walk))
        write(page, **words)
        keep(page)
        assert officer.states() == ["waits"]
        return officer

    return kept


def send(phone, line, wait="[data-part=done] .entry"):
    line.mend()
    phone.go("/offline/phone/")
    phone.page.wait_for_selector(wait)


def test_a_lost_answer_and_a_retry_make_one_visit(keep_one, line):
    phone = keep_one()
    line.lose_answers(1)
    line.mend()
    phone.go("/offline/phone/")
    assert line.cuts == ["after"]
    assert Visit.objects.count() == 1, "the server has acted"
    assert phone.states() == ["waits"], "and the phone does not know"
    phone.page.click("button[data-sync]")
    phone.page.wait_for_selector("[data-part=done] .entry")
    assert Visit.objects.count() == Received.objects.count() == 1


def test_the_network_coming_back_is_noticed_by_an_open_page(keep_one, line):
    phone = keep_one()
    page = phone.go("/offline/phone/")
    phone.context.set_offline(True)
    line.mend()
    page.click("button[data-sync]")
    page.locator("[data-phone-said]").get_by_text("没有网络").wait_for()
    phone.context.set_offline(False)
    page.wait_for_selector("[data-part=done] .entry")
    assert Visit.objects.count() == 1


def test_two_tabs_send_one_after_the_other(keep_one, line):
    phone = keep_one()
    second = phone.context.new_page()
    line.mend()
    phone.page.goto("/offline/phone/", wait_until="commit")
    second.goto("/offline/phone/", wait_until="commit")
    for page in (phone.page, second):
        page.wait_for_selector("[data-phone-page][data-ready]")
    phone.page.wait_for_selector("[data-part=done] .entry")
    assert Visit.objects.count() == Received.objects.count() == 1


def test_an_expired_session_keeps_the_entry_and_asks_to_sign_in(keep_one, line, walk):
    phone = keep_one()
    phone.forget_session()
    line.mend()
    page = phone.page
    page.goto("/offline/shell/zh-hans/")
    page.wait_for_selector("[data-phone-page][data-ready]")
    assert page.locator("[data-phone-said] a").get_attribute("href").startswith("/account/sign-in/?next=")
    assert phone.states() == ["waits"]
    assert len(phone.rows("along")) == 1, "an expired session is no sign-out"
    phone.sign_in(walk.county.post(OFFICER).user)
    page.goto("/cases/visits/")
    page.wait_for_selector("[data-take-along][data-ready]")
    page.goto("/offline/phone/")
    page.wait_for_selector("[data-part=done] .entry")
    assert Visit.objects.count() == 1


def test_a_conflict_shows_both_sides_and_is_added_as_a_second_visit(keep_one, line, walk, screenshot, axe):
    phone = keep_one(findings="户主住院")
    walk.visit(CASEWORKER)
    send(phone, line, "[data-part=needs] .entry")
    page = phone.page
    assert "户主住院" in page.locator("[data-mine]").inner_text()
    assert "刘明" in page.locator("[data-theirs]").inner_text()
    axe(page)
    screenshot(page, "phone-conflict", widths=(360, 1024), schemes=("light", "dark"))
    page.get_by_role("button", name="把我的作为又一次入户登记").click()
    page.wait_for_selector("[data-part=done] .entry")
    assert Visit.objects.count() == 2
    assert Received.objects.get(outcome="taken_in").code == "add"


def test_a_conflict_is_kept_as_a_note_or_discarded_with_a_second_confirmation(keep_one, line, walk):
    phone = keep_one(findings="户主住院")
    walk.visit(CASEWORKER)
    send(phone, line, "[data-part=needs] .entry")
    page = phone.page
    discard = page.locator("[data-part=needs] [data-discard]")
    discard.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "保留", "the safe answer is at hand"
    page.keyboard.press("Enter")
    assert phone.states() == ["conflict"]
    page.get_by_role("button", name="把我的作为备注留在办件上").click()
    page.wait_for_selector("[data-part=done] .entry")
    assert "户主住院" in walk.case.timeline.get(act="note").note.reveal()
    assert Visit.objects.count() == 1


def test_what_is_discarded_is_gone_on_purpose_and_leaves_a_line(keep_one, walk, line):
    phone = keep_one()
    page = phone.go("/offline/phone/")
    page.click("[data-part=waits] [data-discard]")
    page.click("[data-yes]")
    page.wait_for_selector("[data-part=done] .entry")
    assert "您已放弃" in page.locator("[data-part=done]").inner_text()
    (row,) = phone.rows("entries")
    assert (row["state"], row["sealed"]) == ("discarded", None)


def test_a_refusal_stays_with_its_sentence_and_is_mended(keep_one, line, walk, settings, screenshot, axe):
    phone = keep_one()
    settings.CHUNYU_TODAY = walk.day.replace(day=walk.day.day - 1)  # the phone's day runs ahead of the office's
    send(phone, line, "[data-part=needs] .entry")
    assert "入户日期应在办件发起之后" in phone.page.locator("[data-sentences]").inner_text()
    axe(phone.page)
    screenshot(phone.page, "phone-refused", widths=(360,), schemes=("light", "dark"))
    settings.CHUNYU_TODAY = walk.day
    phone.page.click("[data-part=needs] [data-mend]")
    phone.page.wait_for_selector("form[data-offline][data-ready]")
    assert phone.page.locator("[data-offline-faults]").inner_text()
    axe(phone.page)
    screenshot(phone.page, "visit-mend", widths=(360,))
    write(phone.page, "核对过日期")
    keep(phone.page)
    phone.page.get_by_text("已发送并收下").first.wait_for(state="attached")
    phone.page.wait_for_selector("[data-offline-said] .btn-primary")
    assert Visit.objects.get().findings.reveal() == "核对过日期"
    keys = set(Received.objects.values_list("key", flat=True))
    assert len(keys) == 1, "mended under its own key"


def test_changed_after_it_was_taken_in_unknown_to_the_phone(keep_one, line, walk):
    phone = keep_one(findings="第一次写的")
    line.lose_answers(1)
    line.mend()
    phone.go("/offline/phone/")
    line.cut()
    page = phone.go(f"{visit_address(walk)}#entry={phone.rows('entries')[0]['key']}")
    write(page, "后来改的")
    keep(page)
    send(phone, line, "[data-part=needs] .entry")
    assert "内容不同" in phone.page.locator("[data-sentences]").inner_text()
    phone.page.get_by_role("button", name="另存为一条新记录").click()
    phone.page.get_by_role("button", name="把我的作为又一次入户登记").click()
    phone.page.wait_for_selector("[data-part=done] .entry >> text=已发送并收下")
    assert {each.findings.reveal() for each in Visit.objects.all()} == {"第一次写的", "后来改的"}


def test_signing_out_wipes_what_was_taken_along_and_locks_what_waits(keep_one, line, walk):
    phone = keep_one(findings="户主住院")
    line.mend()
    line.lost_answers = 0
    page = phone.page
    page.route("**/offline/ready/", lambda route: route.abort())  # nothing is sent before the sign-out
    page.goto("/")
    page.click(".who summary")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/account/sign-in/")
    assert phone.rows("along") == []
    assert not [row for row in phone.rows("facts") if row["name"] == "key"]
    assert page.evaluate("() => caches.has('chunyu-along')") is False
    line.cut()
    page.unroute("**/offline/ready/")
    page = phone.go("/cases/visits/")
    assert page.locator("[data-part=along] .entry").count() == 0
    assert "已锁定" in page.locator("[data-part=waits]").inner_text()
    assert "程梅" not in page.content()
    page.goto(visit_address(walk))
    assert page.locator("form[data-offline]").count() == 0, "the form is gone with it"

    line.mend()
    phone.sign_in(walk.county.post(CHAIR).user)
    phone.go("/cases/visits/")
    phone.go("/offline/phone/")
    assert "已锁定" in page.locator("[data-part=waits]").inner_text(), "nor does another person open it"
    assert not Visit.objects.exists()
    phone.sign_in(walk.county.post(OFFICER).user)
    phone.go("/cases/visits/")
    send(phone, line)
    assert Visit.objects.get().findings.reveal() == "户主住院"
    assert Visit.objects.get().recorded_by == walk.county.post(OFFICER)


def test_another_post_on_the_same_phone_sees_nothing_of_it(officer, walk, line):
    officer.take_along(walk.case.number)
    officer.sign_in(walk.county.post(CHAIR).user)
    officer.go("/cases/visits/")
    assert officer.rows("along") == []
    line.cut()
    officer.page.goto(visit_address(walk))
    assert officer.page.locator("form[data-offline]").count() == 0


def test_after_its_days_it_goes_from_the_phone(officer, walk, line):
    officer.take_along(walk.case.number)
    officer.page.clock.set_fixed_time("2031-01-01T08:00:00")
    officer.go("/offline/phone/")
    assert officer.rows("along") == []


def test_a_full_phone_says_so_and_keeps_what_is_there(keep_one, walk, line, officer):
    phone = keep_one(findings="先写的")
    page = phone.go(visit_address(walk))
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (row) {
            if (row.sealed && !window.room) throw new DOMException("full", "QuotaExceededError");
            return put.call(this, row); }; }"""
    )
    write(page, "后写的")
    page.click("form[data-offline] button[type=submit]")
    page.wait_for_selector("[data-offline-faults] .alert")
    assert "没有空间" in page.locator("[data-offline-faults]").inner_text()
    assert page.locator("[name=findings]").input_value() == "后写的"
    assert phone.states() == ["waits"]
    page.evaluate("() => { window.room = true; }")
    keep(page)
    assert phone.states() == ["waits", "waits"]


def test_two_entries_about_one_case_keep_their_order(keep_one, walk, line):
    phone = keep_one(findings="先写的")
    page = phone.go(visit_address(walk))
    write(page, "后写的")
    keep(page)
    send(phone, line, "[data-part=needs] .entry")
    assert phone.states() == ["done", "conflict"], "the second finds the first on record and asks"
    assert Visit.objects.get().findings.reveal() == "先写的"


def test_two_tabs_with_one_draft_make_two_entries(officer, walk, line):
    officer.take_along(walk.case.number)
    line.cut()
    page = officer.go(visit_address(walk))
    write(page, "第一页写的")
    page.wait_for_timeout(800)
    second = officer.context.new_page()
    second.goto(visit_address(walk))
    second.wait_for_selector("form[data-offline][data-ready]")
    keep(page)
    write(second, "第二页写的")
    second.wait_for_timeout(800)
    keep(second)
    assert officer.states() == ["waits", "waits"]
    send(officer, line, "[data-part=needs] .entry")
    assert Visit.objects.get().findings.reveal() == "第一页写的"


def test_a_photo_still_being_made_smaller_is_part_of_the_entry(officer, walk, line, tmp_path):
    picture = tmp_path / "屋内.png"
    picture.write_bytes(big_png())
    officer.take_along(walk.case.number)
    page = officer.go(visit_address(walk))
    write(page)
    page.set_input_files("input[type=file][data-photos]", [picture] * 3)
    page.evaluate("() => document.querySelector('form[data-offline]').requestSubmit()")
    page.wait_for_selector("[data-offline-said] .btn-primary")
    assert Visit.objects.get().photos.count() == 1, "the same picture three times is one paper"


def test_what_is_missing_is_said_before_it_is_kept(officer, walk, line, axe):
    officer.take_along(walk.case.number)
    line.cut()
    page = officer.go(visit_address(walk))
    page.click("form[data-offline] button[type=submit]")
    alert = page.locator("[data-offline-faults] .alert")
    assert "请填写：核实情况" in alert.inner_text()
    assert "两人以上" in alert.inner_text()
    assert page.evaluate("document.activeElement.classList.contains('alert')")
    axe(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "findings"
    assert officer.rows("entries") == []


def test_a_foreign_case_stays_with_the_sentence(keep_one, walk, line):
    phone = keep_one()
    other = county("青禾县")
    from chunyu.casework.models import Case

    Case.objects.filter(pk=walk.case.pk).update(scope_path=other.workplace.path, organisation=other.workplace)
    send(phone, line, "[data-part=needs] .entry")
    assert "没有（或不再有）这件事" in phone.page.locator("[data-sentences]").inner_text()
    assert phone.states() == ["refused"]
