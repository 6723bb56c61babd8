"""A phone of its own: a browser with a profile on the disk, behind a line that can be cut, and that can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import FLAGS, HEIGHTS, _session_of, chromium
from tests.line import Line

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

READY = "form[data-offline][data-ready], form[data-take-along][data-ready], [data-phone-page][data-ready]"

# Whole rows but for what is sealed, of which only the size is told, and the person's key, which cannot be read out.
ROWS = """store => new Promise((resolve, reject) => {
    const asked = indexedDB.open("chunyu");
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
        const read = asked.result.transaction(store).objectStore(store).getAll();
        const text = value => (typeof value === "string" ? value : null);
        const told = row => ({ ...row, sealed: row.sealed ? row.size : null, key: text(row.key), value: null });
        read.onsuccess = () => { asked.result.close(); resolve(read.result.map(told)); };
    };
})"""


class Phone:
    def __init__(self, kind: Any, folder: Path, line: Line) -> None:
        self.kind, self.folder, self.line = kind, folder, line
        self.context: BrowserContext
        self.page: Page
        self.faults: list[str] = []
        self.open()

    def open(self, language: str = "zh-hans") -> None:
        """Start the browser on this phone's profile."""
        self.context = self.kind.launch_persistent_context(
            str(self.folder),
            executable_path=chromium(),
            args=FLAGS,
            headless=True,
            base_url=self.line.url,
            viewport={"width": 360, "height": HEIGHTS[360]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=True,
        )
        self.context.set_default_timeout(20_000)
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.line.url}])
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def sign_in(self, user: Any) -> None:
        self.context.add_cookies([{"name": "sessionid", "value": _session_of(user), "url": self.line.url}])

    def forget_session(self) -> None:
        self.context.clear_cookies(name="sessionid")

    def go(self, path: str) -> Page:
        self.page.goto(path)
        self.page.wait_for_selector(READY)
        return self.page

    def take_along(self, *numbers: str) -> None:
        """These visits, or all on the list."""
        page = self.go("/cases/visits/")
        if numbers:
            for number in numbers:
                page.check(f"input[name=case][value={number}]")
        else:
            page.check("[data-take-all]")
        page.click("button[data-take]")
        page.wait_for_selector("[data-take-said] .alert.rain")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def kill(self) -> None:
        """kill -9 of every process of this browser, as when the battery dies."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
                if f"--user-data-dir={self.folder}".encode() in command:
                    os.kill(int(process.name), signal.SIGKILL)
            except (OSError, ProcessLookupError):
                continue
        time.sleep(0.3)
        with contextlib.suppress(Exception):
            self.context.close()
        for lock in self.folder.glob("Singleton*"):
            lock.unlink(missing_ok=True)

    def rows(self, store: str) -> list[dict[str, Any]]:
        """What lies in the phone's database."""
        return self.page.evaluate(ROWS, store)

    def states(self) -> list[str]:
        return [row["state"] for row in sorted(self.rows("entries"), key=lambda row: row["made"])]


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    made = Line(live_server.url)
    yield made
    made.close()


@pytest.fixture
def new_phone(browser: Any, line: Line, tmp_path: Path) -> Iterator[Callable[[], Phone]]:
    """`new_phone()`: another phone behind the same line. A script's fault on any of them fails the test."""
    made: list[Phone] = []

    def make() -> Phone:
        made.append(Phone(browser.browser_type, tmp_path / f"phone{len(made)}", line))
        return made[-1]

    yield make
    for each in made:
        with contextlib.suppress(Exception):
            each.context.close()
    assert not [fault for each in made for fault in each.faults]


@pytest.fixture
def phone(new_phone: Callable[[], Phone]) -> Phone:
    return new_phone()
