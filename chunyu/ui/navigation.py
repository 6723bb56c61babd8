"""The main menu: one table. An entry shows when its address exists and its page's own rule admits the role."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.access import allows, rule_of

ENTRIES = (
    (_("Workbench"), "desk:home", "home"),
    (_("Households"), "hardship:households", "people"),
    (pgettext_lazy("menu", "Visits"), "casework:visits", "notice"),
    (_("Find people"), "hardship:finding", "search"),
    (_("Import"), "registry:imports", "inbox"),
    (pgettext_lazy("menu", "Duplicates"), "registry:pairs", "people"),
    (_("Cases"), "casework:cases", "folder"),
    (pgettext_lazy("menu", "Questions"), "casework:tasks", "inbox"),
    (_("Funds"), "ledger:funds", "coins"),
    (_("Pay-outs"), "ledger:batches", "send"),
    (pgettext_lazy("menu", "Goods"), "ledger:stock", "inbox"),
    (pgettext_lazy("menu", "Money audit"), "ledger:audit", "search"),
    (pgettext_lazy("menu", "Unions"), "organising:tree", "people"),
    (_("Members"), "organising:members", "people"),
    (_("Employers"), "organising:employers", "home"),
    (_("Archives"), "organising:archives", "book"),
    (pgettext_lazy("union", "Coverage"), "organising:coverage", "chart"),
    (pgettext_lazy("menu", "Founding"), "organising:foundings", "folder"),
    (pgettext_lazy("menu", "Shell unions"), "organising:shells", "search"),
    (_("Service grid"), "organising:grid", "home"),
    (_("Full-time union workers"), "organising:full-time", "people"),
    (pgettext_lazy("menu", "Grants"), "organising:grants", "coins"),
    (pgettext_lazy("menu", "Proposals"), "voice:proposals", "notice"),
    (_("Honours"), "voice:honours", "book"),
    (_("Departments"), "casework:departments", "people"),
    (_("Public notices"), "portal:notices", "notice"),
    (pgettext_lazy("menu", "Policy"), "rulebooks:in-force", "book"),
    (pgettext_lazy("menu", "Staff"), "staff:people", "people"),
    (_("Statistics"), "desk:leader", "chart"),
    (pgettext_lazy("menu", "Precision"), "hardship:indices", "swap"),
    (pgettext_lazy("menu", "Rounds"), "hardship:rounds", "coins"),
    (pgettext_lazy("menu", "Projects"), "hardship:projects", "folder"),
    (pgettext_lazy("menu", "Warmth"), "hardship:campaigns", "home"),
)
SEARCH = "hardship:households"
PHONE_BAR = 4
HEAD = 8  # what fits beside a narrow screen's brand and account


@dataclass(frozen=True)
class Entry:
    label: str
    url: str
    icon: str
    current: bool


def address(name: str) -> str | None:
    """The address of a page, or None while no room provides it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _admits(url: str, request: HttpRequest) -> bool:
    try:
        page = resolve(url, getattr(request, "urlconf", None)).func
    except Resolver404:
        return False
    acting = getattr(request, "acting", None)
    return allows(rule_of(page), acting.role if acting else None)


def entries_for(request: HttpRequest) -> list[Entry]:
    """The menu of this person in their present post; the entry with the longest matching address is current."""
    found = [(label, url, icon) for label, name, icon in ENTRIES if (url := address(name)) and _admits(url, request)]
    matching = [url for _label, url, _icon in found if _covers(url, request.path)]
    here = max(matching, key=len, default=None)
    return [Entry(str(label), url, icon, url == here) for label, url, icon in found]


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def search_address(request: HttpRequest) -> str | None:
    url = address(SEARCH)
    return url if url and _admits(url, request) else None
