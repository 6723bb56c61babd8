"""Somebody who opens page after page, as the links lead: what is shown, and whether it went on record."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape

from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from chunyu.accounts.models import Post
from chunyu.audit.models import Entry
from chunyu.registry.models import Household

LINK = re.compile(r'href="(/[^"#]*)')
NO_PAGES = ("/static/", "/p/", "/accounts/", "/jsi18n")
OF_A_KIND = 2  # pages of one name that are opened: the others are like them
TAG = re.compile(r"<[^>]*>")
FIRST_SIGN = 0x20000  # of rare characters, which no text of the program or the demonstration holds


def marked() -> dict[str, str]:
    """Every household's members get a sign behind their names that no other text holds; by the sign, the household."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no history of it is kept
        for number, key in enumerate(Household.objects.order_by("pk").values_list("pk", flat=True)):
            sign = chr(FIRST_SIGN + number)
            found[sign] = str(key)
            cursor.execute("UPDATE registry_member SET name = name || %s WHERE household_id = %s", [sign, key])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return found


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


def not_on_record(post: Post, signs: dict[str, str], most: int) -> tuple[dict[str, int], int]:
    """By the name of the page, how many households it showed without putting them on record; and how many times a
    household was shown at all.
    """
    missing: dict[str, int] = defaultdict(int)
    met = 0
    last = Entry.objects.latest("pk").pk
    for name, _address, text in walk(post, most):
        there = {signs[sign] for sign in set(text) & signs.keys()}
        entries = Entry.objects.filter(pk__gt=last, event="people.shown")
        said = {str(key) for entry in entries for key in entry.seen}
        last = max([last, *(entry.pk for entry in entries)])
        met += len(there)
        if there - said:
            missing[name] += len(there - said)
    return dict(missing), met
