"""The family tree: in the browser with keyboard and search, in the past, on paper, and with 50,000 nodes."""

import json
import time
from datetime import date

import pytest
from django.db import connection, transaction

from chunyu.accounts.roles import Role
from chunyu.federation import actions
from chunyu.federation.models import Organisation
from chunyu.organising.tree import drawing
from chunyu.organising.tree.queries import family_tree, initials
from tests.situations import DAY, FOUNDING_DAY, county, workplace

Kind = Organisation.Kind
LATER = date(2015, 6, 1)
MANY = 50_000


def answer_of(client, url):
    return json.loads(b"".join(client.get(url).streaming_content))


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.mark.django_db
def test_a_tree_of_an_earlier_day_shows_the_dissolved_union_in_its_own_colour(yurun, client):
    factory = workplace(yurun.township, "雨润县机械厂工会")
    actions.dissolve(factory, on=LATER)
    client.force_login(yurun.post(Role.ORGANISER).user)
    then = answer_of(client, f"/organising/tree/data/?on={DAY}")
    assert then["names"] == ["雨润县总工会", "雨润县城关镇总工会", "雨润县纺织厂工会", "雨润县机械厂工会"]
    assert then["parents"] == [-1, 0, 1, 1]
    assert then["standings"] == [0, 0, 0, 3]
    now = answer_of(client, "/organising/tree/data/")
    assert "雨润县机械厂工会" not in now["names"]
    assert answer_of(client, "/organising/tree/data/?on=1990-01-01")["ids"] == []


@pytest.mark.django_db
def test_an_industrial_superior_is_told_beside_the_tree_and_counts_nobody_twice(yurun):
    textiles = actions.found(
        name="雨润县纺织工会", kind=Kind.INDUSTRIAL_UNION, region=yurun.region, parent=yurun.federation, on=FOUNDING_DAY
    )
    actions.tie_to_industry(yurun.workplace, textiles, on=FOUNDING_DAY)
    tree = family_tree(yurun.federation, DAY, DAY)
    assert len(tree.ids) == len(set(tree.ids)) == 4
    own, above = tree.ties[0]
    assert (tree.names[own], tree.names[above]) == ("雨润县纺织厂工会", "雨润县纺织工会")


@pytest.mark.django_db
def test_other_counties_answer_as_if_they_did_not_exist(yurun, client, django_assert_max_num_queries):
    qinghe = county("青禾县")
    client.force_login(yurun.post(Role.ORGANISER).user)
    for address in ("tree/", "tree/data/", "tree/list/", "tree/picture.svg", "tree/picture.pdf"):
        assert client.get(f"/organising/{address}?root={qinghe.federation.pk}").status_code == 404
        assert client.get(f"/organising/{address}?root=x").status_code == 404
    assert client.get(f"/organising/unions/{qinghe.federation.pk}/").status_code == 404
    for number in range(5):
        workplace(yurun.township, f"雨润县第{number}厂工会")
    with django_assert_max_num_queries(26):
        page = client.get(f"/organising/unions/{yurun.township.pk}/")
    assert "雨润县第3厂工会" in page.content.decode()
    with django_assert_max_num_queries(14):
        assert "雨润县第3厂工会" in client.get("/organising/tree/list/").content.decode()


@pytest.mark.django_db
def test_a_union_page_tells_its_names_and_places(yurun, client):
    actions.rename(yurun.workplace, "雨润纺织集团工会", on=LATER)
    client.force_login(yurun.post(Role.ORGANISER).user)
    words = client.get(f"/organising/unions/{yurun.workplace.pk}/").content.decode()
    assert "雨润县纺织厂工会" in words
    assert "春雨省总工会" in words
    assert f"/organising/unions/{yurun.province.pk}/" not in words


@pytest.mark.django_db
def test_the_picture_comes_on_any_paper(yurun, client):
    client.force_login(yurun.post(Role.ORGANISER).user)
    picture = client.get("/organising/tree/picture.svg").content.decode()
    assert picture.count("<circle") == 3
    assert "雨润县纺织厂工会" in picture
    for paper in ("a4", "a0", "fit"):
        sheet = client.get(f"/organising/tree/picture.pdf?paper={paper}")
        assert sheet.content.startswith(b"%PDF-")
        assert len(sheet.content) > 2_000
    assert b"Noto" in sheet.content or b"CJK" in sheet.content


@pytest.mark.django_db
def test_a_sheet_that_nobody_could_read_is_refused_in_words(yurun, client, monkeypatch):
    from chunyu.organising.tree import pages

    monkeypatch.setattr(pages, "MOST_ON_PAPER", 2)
    client.force_login(yurun.post(Role.ORGANISER).user)
    answer = client.get("/organising/tree/picture.pdf")
    assert answer.status_code == 422
    assert "3" in answer.content.decode()


@pytest.mark.django_db
def test_no_two_names_of_a_drawing_lie_on_each_other(yurun):
    workplace(yurun.township, "雨润县机械厂工会")
    at = drawing.laid_out(family_tree(yurun.city, DAY, DAY))
    assert len(set(zip(at.x, at.y, strict=True))) == 5
    assert initials("雨润县") == "yrx"


def grow(under, count):
    """Townships of 100 unions each, by SQL: this is about the picture, not about founding."""
    # The tree's rules are tested elsewhere; asking them 100,000 times of a table not yet analysed takes minutes.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT max(id) FROM federation_organisation")
        start = cursor.fetchone()[0] + 1
        values = {"start": start, "count": count, "top": under.pk, "path": under.path, "region": under.region_id}
        cursor.execute(
            """
            WITH node AS (
                SELECT %(start)s + n AS id, n %% 100 = 0 AS is_town, %(start)s + n - n %% 100 AS town
                FROM generate_series(0, %(count)s - 1) AS n
            ), made AS (
                INSERT INTO federation_organisation (id, name, kind, region_id, parent_id, path, founded_on)
                OVERRIDING SYSTEM VALUE
                SELECT id, CASE WHEN is_town THEN '第' || id || '镇总工会' ELSE '杏花' || id || '厂工会' END,
                    CASE WHEN is_town THEN 'township_union' ELSE 'grassroots_union' END, %(region)s,
                    CASE WHEN is_town THEN %(top)s ELSE town END,
                    %(path)s || CASE WHEN is_town THEN '' ELSE lpad(town::text, 6, '0') || '.' END
                        || lpad(id::text, 6, '0') || '.', '2000-01-01' FROM node
                RETURNING id, name, parent_id, region_id, path, founded_on
            )
            INSERT INTO federation_placement (organisation_id, name, parent_id, region_id, path, valid_from)
            SELECT id, name, parent_id, region_id, path, founded_on FROM made
            """,
            values,
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence('federation_organisation', 'id'), %s)", [start + count])
        cursor.execute("ANALYZE federation_organisation, federation_placement")


def frames(page, act):
    """Milliseconds between frames while something is done to the picture."""
    page.evaluate(
        """() => {
            let last = performance.now();
            window.beats = [];
            const beat = (now) => {
                window.beats.push(now - last);
                last = now;
                window.beating = requestAnimationFrame(beat);
            };
            window.beating = requestAnimationFrame(beat);
        }"""
    )
    act()
    beats = page.evaluate("() => { cancelAnimationFrame(window.beating); return window.beats; }")
    beats.sort()
    return f"{len(beats)} frames, median {beats[len(beats) // 2]:.0f} ms, slowest {beats[-1]:.0f} ms"


def test_fifty_thousand_unions_are_walked_by_keyboard_alone(visit, screenshot, axe, capsys, transactional_db):
    yurun = county("雨润县")
    grow(yurun.federation, MANY)
    user = yurun.post(Role.ORGANISER).user
    began = time.perf_counter()
    page = visit(user, "/organising/tree/", width=1600)
    page.wait_for_selector("#tree[data-shown]")
    figures = {"page and data": f"{(time.perf_counter() - began) * 1000:.0f} ms"}
    canvas = page.locator("#tree")
    assert int(canvas.get_attribute("data-nodes")) == MANY + 3
    screenshot(page, "tree", widths=(360, 1024, 1600), schemes=("light", "dark"))
    axe(page)

    page.keyboard.press("/")
    page.keyboard.type("xh4")
    began = time.perf_counter()
    page.keyboard.type("9999")
    page.wait_for_selector("#tree-found li")
    figures["search"] = f"{(time.perf_counter() - began) * 1000:.0f} ms"
    page.keyboard.press("Enter")
    assert "49999" in canvas.get_attribute("data-focus")
    assert page.evaluate("document.activeElement.id") == "tree"
    assert page.locator("#tree-path").inner_text().startswith("雨润县总工会 › ")
    page.wait_for_timeout(100)
    screenshot(page, "tree-found", widths=(1600,), schemes=("light",))
    page.keyboard.press("ArrowLeft")
    assert canvas.get_attribute("data-focus").endswith("镇总工会")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    assert canvas.get_attribute("data-focus") == "雨润县总工会"
    page.keyboard.press("ArrowLeft")
    assert int(canvas.get_attribute("data-shown")) == 1
    page.keyboard.press("ArrowRight")

    began = time.perf_counter()
    page.get_by_role("button", name="全部展开").click()
    page.wait_for_function(
        "document.getElementById('tree').dataset.shown == document.getElementById('tree').dataset.nodes"
    )
    figures["expand all"] = f"{(time.perf_counter() - began) * 1000:.0f} ms"
    canvas.focus()

    def walk():
        for key in ("ArrowDown", "PageDown", "+", "-", "-", "-", "ArrowDown", "ArrowDown"):
            page.keyboard.press(key)
            page.wait_for_timeout(60)

    def zoom_out_and_in():
        page.mouse.move(700, 500)
        for turn in [120] * 12 + [-120] * 12:
            page.mouse.wheel(0, turn)
            page.wait_for_timeout(30)

    figures["keys, all open"] = frames(page, walk)
    figures["wheel, all open"] = frames(page, zoom_out_and_in)
    page.keyboard.press("0")
    page.wait_for_timeout(100)
    figures["whole picture"] = frames(page, lambda: page.wait_for_timeout(300))
    screenshot(page, "tree-whole", widths=(1600,), schemes=("light",))
    with capsys.disabled():
        print("\n" + "\n".join(f"  {what}: {figure}" for what, figure in figures.items()))


def test_a_union_is_found_opened_and_shown_in_both_languages(visit, screenshot, axe, transactional_db):
    yurun = county("雨润县")
    textiles = actions.found(
        name="雨润县纺织工会", kind=Kind.INDUSTRIAL_UNION, region=yurun.region, parent=yurun.federation, on=FOUNDING_DAY
    )
    actions.tie_to_industry(yurun.workplace, textiles, on=FOUNDING_DAY)
    page = visit(yurun.post(Role.ORGANISER).user, "/organising/tree/", width=1024)
    page.wait_for_selector("#tree[data-shown]")
    page.keyboard.press("/")
    page.keyboard.type("yrxfzc")
    page.keyboard.press("Enter")
    assert page.locator("#tree-tie").inner_text() == "产业上级：雨润县纺织工会"
    screenshot(page, "tree-small", widths=(1024,), schemes=("light",))
    page.keyboard.press("o")
    page.wait_for_url("**/unions/*/")
    assert page.locator("h1").inner_text().startswith("雨润县纺织厂工会")
    axe(page)
    screenshot(page, "union", languages=("zh-hans", "en"))
