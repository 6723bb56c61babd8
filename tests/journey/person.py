"""One person at the screen: reads Chinese labels, presses buttons, fills in forms, and looks at every page met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

PASSWORD = "three calm words"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass
class Person:
    page: Page
    axe: Callable[[Page], None]
    screenshot: Callable[..., None]
    seen: set[str] = field(default_factory=set)

    def sign_in(self, username: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("账号").fill(username)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.look("sign-in")
        self.page.get_by_role("button", name="登录").click()
        self.sees("今天")

    def look(self, name: str, *, languages: tuple[str, ...] = ("zh-hans",)) -> None:
        """The first time a page is met: no serious fault of accessibility, and pictures at three widths and in dark."""
        if name in self.seen:
            return
        self.seen.add(name)
        self.axe(self.page)
        self.screenshot(self.page, name)
        self.screenshot(self.page, name, widths=(1024,), schemes=("dark",))
        if "en" in languages:
            self.screenshot(self.page, name, widths=(1024,), languages=("en", "zh-hans"))

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def sees_not(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text)

    def opens(self, menu: str) -> None:
        """An entry of the menu, behind "More" where it is not at hand."""
        head = self.page.get_by_role("navigation", name="主菜单").first
        entry = head.get_by_role("link", name=menu, exact=True)
        if not entry.is_visible():
            head.locator("summary").click()
        entry.click()

    def follows(self, link: str) -> None:
        self.page.get_by_role("link", name=link).first.click()

    def presses(self, button: str) -> None:
        """A button, or a link that looks like one."""
        by_role = self.page.get_by_role
        by_role("button", name=button, exact=True).or_(by_role("link", name=button, exact=True)).first.click()

    def fills(self, **fields: Any) -> None:
        """By the field's name; choices by their value."""
        for name, value in fields.items():
            control = self.page.locator(f"#content [name='{name}']").first
            tag, kind = control.evaluate("e => [e.tagName, e.type]")
            if tag == "SELECT":
                control.select_option(value)
            elif kind in ("radio", "checkbox"):
                self.page.locator(f"#content [name='{name}'][value='{value}']").check()
            else:
                control.fill(value)

    def attaches(self, name: str, content: bytes, field_name: str = "file", kind: str = "") -> None:
        file = {"name": name, "mimeType": kind or "application/octet-stream", "buffer": content}
        self.page.locator(f"#content [name='{field_name}']").set_input_files(file)

    def makes(self, move: str, **fields: Any) -> None:
        """A move of a case: its button, and its form when it asks for something."""
        with self.page.expect_navigation():
            self.presses(move)
        if "/move/" in self.page.url:
            self.fills(**fields)
            with self.page.expect_navigation():
                self.page.locator("#content form button[type=submit]").last.click()
        assert "/move/" not in self.page.url, self.page.locator("#content").inner_text()

    def downloads(self, button: str) -> bytes:
        with self.page.expect_download() as waiting:
            self.presses(button)
        path = waiting.value.path()
        with open(path, "rb") as file:
            return file.read()
