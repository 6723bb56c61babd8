"""What surrounds every page: menu, theme, language, the acting post, the training day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from chunyu.accounts.acting import Acting
from chunyu.accounts.theme import theme_of
from chunyu.ui.navigation import HEAD, PHONE_BAR, Entry, address, entries_for, search_address

register = template.Library()


@dataclass(frozen=True)
class Chrome:
    theme: str
    language: str
    acting: Acting | None
    entries: list[Entry]
    search: str | None
    home: str
    training_day: date | None

    @property
    def head(self) -> list[Entry]:
        """The entries in the head of a wide page; with too many of them the last ones are behind "More"."""
        return self.entries if len(self.entries) <= HEAD else self.entries[: HEAD - 1]

    @property
    def beyond(self) -> list[Entry]:
        return self.entries[len(self.head) :]

    @property
    def is_beyond(self) -> bool:
        """Whether the page at hand is one of those behind "More"."""
        return any(entry.current for entry in self.beyond)

    @property
    def bar(self) -> list[Entry]:
        """The entries that fit beneath a phone's page; the others are behind "More"."""
        return self.entries[:PHONE_BAR]

    @property
    def rest(self) -> list[Entry]:
        return self.entries[PHONE_BAR:]


@register.simple_tag(takes_context=True)
def chrome(context: template.Context) -> Chrome:
    """Worked out once for a page, however many of its templates ask."""
    request: HttpRequest | None = context.get("request")
    if not hasattr(request, "chrome"):
        around = _around(request)
        if request is None:
            return around
        request.chrome = around
    return request.chrome


def _around(request: HttpRequest | None) -> Chrome:
    acting = getattr(request, "acting", None)
    return Chrome(
        theme=theme_of(request),
        language=get_language() or settings.LANGUAGE_CODE,
        acting=acting,
        entries=entries_for(request) if acting else [],
        search=search_address(request) if acting else None,
        home=address("desk:home") or "/",
        training_day=settings.CHUNYU_TODAY,
    )
