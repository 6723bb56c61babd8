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
    page.click("[data-part=along] a")
    page.wait_for_selector("form[data-offline][data-ready]")
    assert "入户" in page.title()
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
