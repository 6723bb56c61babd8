"""The pages of the union room on 150,000 organisations: first pages of its lists, its forms, and each post's own union.

Held against the limit of a page where they are lists; what is worked out live over a whole province is a figure.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bench import asking
from bench.rows import at_most, under, wrong

if TYPE_CHECKING:
    from bench.registry import Bench

PAGE_MS = 200.0
PROVINCE, COUNTY, WORKPLACE, ORGANISER = "province", "county", "workplace", "organiser of the province"
LISTS = (
    ("foundings", "foundings/"),
    ("the grid", "grid/"),
    ("employers in no cell of the grid", "grid/uncovered/"),
    ("villages in no cell of the grid", "grid/uncovered/villages/"),
    ("full-time posts", "full-time/"),
    ("members a full-time post", "full-time/load/"),
    ("training classes", "full-time/classes/"),
    ("grants", "grants/"),
    ("receivers of grants", "grants/receivers/"),
    ("shares of grants", "grants/shares/"),
    ("regions", "regions/"),
    ("archives", "archives/"),
    ("the family tree as a list", "tree/list/"),
    ("applications to join", "joining/"),
)
# By a filter that no index holds, or over all of a province: figures.
NARROWED = (
    ("members in new forms of work", "members/?new_form=courier"),
    ("members who are migrants", "members/?is_migrant=true"),
    ("former members", "members/?status=former"),
    ("members of a day past", "members/?on=2020-06-30"),
    ("employers by a part of the name", "employers/?q=商店"),
)
FORMS = (
    ("taking employers on", "foundings/new/"),
    ("opening a service station", "grid/stations/new/"),
    ("opening a full-time post", "full-time/new/"),
    ("admission", "members/admit/"),
    ("a new employer", "employers/new/"),
)
ROLL_UP_MS, TIMES_PAST = 50.0, 10.0


def union_pages(bench: Bench) -> None:
    for name, address in LISTS:
        for scope in (ORGANISER, COUNTY):
            bench.page(f"{name}, {scope}", scope, f"/organising/{address}", PAGE_MS)
    for name, address in NARROWED:
        bench.page(f"{name}, {PROVINCE}", PROVINCE, f"/organising/{address}", None)
    for name, address in FORMS:
        bench.page(f"form: {name}, {ORGANISER}", ORGANISER, f"/organising/{address}", PAGE_MS)
    for scope in (PROVINCE, COUNTY, WORKPLACE):
        union = bench.posts[scope][1].organisation
        bench.page(f"page of the union, {scope}", scope, f"/organising/unions/{union.pk}/", PAGE_MS)
    for scope in (PROVINCE, COUNTY):
        bench.page(f"shell unions, {scope}", scope, "/organising/shells/", None)
        bench.page(f"coverage, {scope}", scope, "/organising/coverage/", None)
        day = date.today() - timedelta(days=400)  # noqa: DTZ011 - any day past
        bench.page(f"coverage on {day}, {scope}", scope, f"/organising/coverage/?on={day}&smallest=25", None)
    _groups(bench)


def _groups(bench: Bench) -> None:
    """Members of groups, today and on days past, each compared with a count of the memberships themselves."""
    from chunyu.accounts.clock import today
    from chunyu.registry.membership.queries import members_in_groups, members_in_groups_on

    node = bench.posts[PROVINCE][1].organisation
    now = asking.timed(lambda: members_in_groups(node.path))
    bench.rows.append(under("members by group under the province, today", "ms", now.median, ROLL_UP_MS))
    bench.line("members by group under the province, today", now, _said(now.answer))
    for day in (today() - timedelta(days=45), date(today().year - 1, 12, 31), date(today().year - 5, 6, 30)):
        name = f"members by group under the province, {day}"
        past = asking.timed(lambda day=day: members_in_groups_on(node, day), 2)
        bench.rows.append(at_most(f"{name}, against today", "ms", past.median, "the same today", now.median))
        bench.line(name, past, _said(past.answer))
        bench.plan(name, past)
        counted = asking.rows(_COUNTED, {"day": day})[0]
        if counted != tuple(past.answer.values()):
            bench.rows.append(wrong(name, "counting", f"{counted} were counted"))


_COUNTED = """
    SELECT count(*) FILTER (WHERE firm.ownership NOT IN ('110', '120', '151', '400', '500')),
        count(*) FILTER (WHERE worker.is_migrant), count(*) FILTER (WHERE worker.new_form <> '')
    FROM registry_membership AS spell JOIN registry_worker AS worker ON worker.id = spell.worker_id
    LEFT JOIN registry_enterprise AS firm ON firm.id = worker.enterprise_id
    WHERE spell.valid_from <= %(day)s AND (spell.valid_to IS NULL OR spell.valid_to > %(day)s)
"""


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
