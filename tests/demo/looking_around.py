"""Somebody who opens page after page, as the links lead: what is shown, and whether it went on record."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape

from django.test import Client
from django.urls import Resolver404, resolve

from chunyu.accounts.models import Post, User
from chunyu.audit.models import Entry
from chunyu.registry.models import Member

LINK = re.compile(r'href="(/[^"#]*)')
NO_PAGES = ("/static/", "/p/", "/accounts/", "/jsi18n")
OF_A_KIND = 2  # pages of one name that are opened: the others are like them
TAG = re.compile(r"<[^>]*>")


def families() -> dict[str, set[str]]:
    """The keys of the households whose worker has a name that nobody on the staff has."""
    found = defaultdict(set)
    for name, key in Member.objects.filter(is_worker=True).values_list("name", "household_id"):
        found[name].add(str(key))
    for name in User.objects.values_list("full_name", flat=True):
        found.pop(name, None)
    return {name: keys for name, keys in found.items() if len(name) > 2}


def walk(post: Post, most: int) -> Iterator[tuple[str, str, str]]:
    """(name, address, text) of pages that this post reaches by links from its first page."""
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(post.user, backend="django.contrib.auth.backends.ModelBackend")
    waiting, seen, opened = ["/"], {"/"}, defaultdict(int)
    while waiting and most:
        address = waiting.pop(0)
        try:
            name = resolve(address.split("?")[0]).view_name
        except Resolver404:
            continue
        if opened[name] >= OF_A_KIND:
            continue
        opened[name] += 1
        most -= 1
        answer = client.get(address, follow=True)
        if answer.status_code != 200 or answer.streaming or "html" not in answer.headers["Content-Type"]:
            continue
        html = answer.content.decode()
        for link in map(unescape, LINK.findall(html)):
            if link not in seen and not link.startswith(NO_PAGES):
                seen.add(link)
                waiting.append(link)
        yield name, address, unescape(TAG.sub(" ", html))


def not_on_record(post: Post, known: dict[str, set[str]], most: int) -> dict[str, set[str]]:
    """By the name of the page: workers whose names it showed without putting their households on record."""
    missing: dict[str, set[str]] = defaultdict(set)
    last = Entry.objects.latest("pk").pk
    for name, _address, text in walk(post, most):
        found = {word for word in known if word in text}
        entries = Entry.objects.filter(pk__gt=last, event="people.shown")
        shown = {str(key) for entry in entries for key in entry.seen}
        last = max([last, *(entry.pk for entry in entries)])
        unsaid = {word for word in found if not known[word] & shown}
        if unsaid:
            missing[name] |= unsaid
    return dict(missing)
