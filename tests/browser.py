"""Fixtures for tests that look at pages as a person does: system Chromium, driven by Playwright."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # No page needs the outside world: a request to it fails, and a failed request fails the test.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]
REMEDY = "Tests of pages need {what}. On Debian or Ubuntu: sudo apt-get install -y chromium fonts-noto-cjk"
WIDTHS = (360, 1024, 1600)
HEIGHTS = {360: 740, 1024: 768, 1600: 1000}


def chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def chinese_font() -> bool:
    """Whether the browser would draw Chinese, and not boxes."""
    if not shutil.which("fc-list"):
        return False
    found = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def missing() -> str | None:
    """What this machine lacks for tests of pages, as a sentence with its remedy; None when it lacks nothing."""
    what = [name for name, there in (("Chromium", chromium()), ("a Chinese font", chinese_font())) if not there]
    return REMEDY.format(what=" and ".join(what)) if what else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say at once, not after ten minutes of other tests, that the browser is missing."""
    needed = any({"browser", "visit"} & set(getattr(item, "fixturenames", ())) for item in session.items)
    if needed and not session.config.option.collectonly and (sentence := missing()):
        pytest.exit(sentence, returncode=1)


def pytest_itemcollected(item: pytest.Item) -> None:
    if {"browser", "visit"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, one for all tests of this worker."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; the tests' own database calls are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: "Browser", live_server: Any) -> Iterator[Callable[..., "Page"]]:
    """`visit(user, "/path")` opens a page signed in as that user, or with None as nobody.

    Each call is a browser of its own person: nothing is shared with other calls. At the end of the test every error
    in the console, failed request and answer of 500 or more fails it.
    """
    problems: list[str] = []
    contexts = []

    def open_page(
        user: Any, path: str = "/", *, language: str = "zh-hans", width: int = 1024, scheme: str = "light"
    ) -> "Page":
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 800)},
            color_scheme=scheme,
            locale="en-GB" if language == "en" else "zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": _session_of(user), "url": live_server.url}])
        page = context.new_page()
        _listen(page, problems)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "The browser met:\n" + "\n".join(problems)


def _session_of(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def _listen(page: "Page", problems: list[str]) -> None:
    def failed(request: Any) -> None:
        # A navigation that another one overtook is no fault.
        if request.failure != "net::ERR_ABORTED":
            problems.append(f"{request.method} {request.url}: {request.failure}")

    def answered(response: Any) -> None:
        part = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (part and response.status >= 400):
            problems.append(f"{response.request.method} {response.url}: {response.status}")

    def said(message: Any) -> None:
        # The answers above say it better; a test may visit a page that is refused.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(f"console at {page.url}: {message.text}")

    page.on("pageerror", lambda error: problems.append(f"script at {page.url}: {error}"))
    page.on("requestfailed", failed)
    page.on("response", answered)
    page.on("console", said)


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`screenshot(page, "household")` writes screenshots/household-zh-hans-1024-light.png and its sisters.

    Other languages reload the page, so ask for them only where its address alone brings it back. A page wider than
    the screen fails the test.
    """

    def take(
        page: "Page",
        name: str,
        *,
        widths: Iterable[int] = WIDTHS,
        schemes: Iterable[str] = ("light",),
        languages: Iterable[str] = (),
    ) -> None:
        folder = request.config.rootpath / "screenshots"
        folder.mkdir(exist_ok=True)
        shown = page.evaluate("document.documentElement.lang") or "zh-hans"
        before = page.viewport_size
        for language in languages or (shown,):
            if language != shown:
                root = page.evaluate("location.origin")  # a cookie of the page's own folder would be a second one
                page.context.add_cookies([{"name": "django_language", "value": language, "url": root}])
                page.reload()
                shown = language
            for width, scheme in itertools.product(widths, schemes):
                page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 800)})
                page.emulate_media(color_scheme=scheme)
                page.wait_for_load_state("load")
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                page.screenshot(path=folder / f"{name}-{language}-{width}-{scheme}.png", full_page=True)
                assert over <= 0, f"{name} is {over} px wider than a screen of {width} px."
        page.set_viewport_size(before)
        page.emulate_media(color_scheme="light")

    return take


@pytest.fixture
def axe() -> Callable[["Page"], None]:
    """`axe(page)` fails on a serious or critical fault of accessibility, naming rule and element."""

    def check(page: "Page") -> None:
        from axe_playwright_python.sync_playwright import Axe

        # A click returns when the next page has begun to arrive; before its first byte it has no document to check.
        page.wait_for_load_state("load")
        found = Axe().run(page).response["violations"]
        faults = [
            f"{each['id']} ({each['impact']}): {each['help']}\n    "
            + "\n    ".join(f"{node['html'][:160]}" for node in each["nodes"][:5])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not faults, f"{page.url}\n" + "\n".join(faults)

    return check


if __name__ == "__main__":
    sys.exit(missing())
