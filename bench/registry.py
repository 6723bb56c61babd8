"""The registry at the size of a province: lists, names, roll-ups and other pages, on 16 million members.

A page is asked for as a browser asks, in this process: session, rights, queries and template are all counted. What the
database took of it is told apart and held against SQL written by hand for the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from bench import asking, province
from bench.rows import Row, at_most, under, wrong
from bench.union_pages import union_pages

PAGE_MS, ROLL_UP_MS = 200.0, 50.0
TIMES_BY_HAND, TIMES_PAST = 3.0, 10.0

# What a page of members shows, and the count above it, as one would write them for this one page.
BY_HAND = """
    WITH page AS MATERIALIZED (
        SELECT id, spelling FROM registry_worker
        WHERE scope_path >= %(path)s AND scope_path < %(end)s ORDER BY spelling, id LIMIT 50
    )
    SELECT w.id, w.name, w.new_form, w.is_member, o.name, e.name, m.valid_from,
        (SELECT count(*) FROM (
            SELECT 1 FROM registry_worker WHERE scope_path >= %(path)s AND scope_path < %(end)s LIMIT 10001) AS few)
    FROM page JOIN registry_worker w USING (id) JOIN federation_organisation o ON o.id = w.organisation_id
    LEFT JOIN registry_enterprise e ON e.id = w.enterprise_id
    LEFT JOIN registry_membership m ON m.worker_id = w.id AND m.valid_to IS NULL
    ORDER BY w.spelling, w.id
"""


@dataclass(frozen=True)
class Scope:
    """Who looks: the province, a county or a workplace."""

    name: str
    username: str


SCOPES = (
    Scope("province", "analyst"),
    Scope("county", "yurun.organiser"),
    Scope("workplace", "yurun.chair"),
    Scope("organiser of the province", "province.organiser"),
)
ASKING = SCOPES[:3]  # whose lists and names are asked for; the fourth opens forms


def registry(members: int, say: province.Say) -> tuple[list[Row], list[str], list[str]]:
    """The rows, the figures behind them as lines of the report, and the plan of the dearest query of each."""
    province.prepare(members, say)
    bench = Bench(say)
    for part in (bench.lists, bench.names, bench.roll_ups, bench.pages):
        part()
    union_pages(bench)
    return bench.rows, bench.behind, bench.plans


class Bench:
    def __init__(self, say: province.Say) -> None:
        self.say, self.rows = say, list[Row]()
        self.behind: list[str] = [*_sizes(), *_table_head()]
        self.plans: list[str] = []
        self.posts = {each.name: asking.signed_in(each.username) for each in SCOPES}

    def get(self, scope: str, address: str) -> asking.Timed:
        client, _ = self.posts[scope]
        # What takes seconds is asked for twice only.
        seconds = scope != "county" and any(each in address for each in ("coverage", "shells/"))
        found = asking.timed(lambda: client.get(address), 1 if seconds else asking.WARM)
        if found.answer.status_code != 200:
            raise RuntimeError(f"{address} for the {scope} answers {found.answer.status_code}")
        self.say(f"{scope} {address}: {found.median:.0f} ms, {found.in_database:.0f} of them in the database")
        return found

    def line(self, name: str, found: asking.Timed, note: str = "") -> None:
        self.behind.append(
            f"| {name} | {found.median:.0f} | {min(found.whole):.0f} | {max(found.whole):.0f} | {found.first:.0f} "
            f"| {found.in_database:.1f} | {len(found.queries)} | {note} |"
        )

    def plan(self, title: str, found: asking.Timed) -> None:
        query, parameters, spent = found.dearest
        self.plans += [
            "",
            f"### {title} ({spent:.1f} ms)",
            "",
            "```",
            *asking.short(asking.plan(query, parameters)),
            "```",
        ]

    def lists(self) -> None:
        from chunyu.federation.models import path_end

        for scope in ASKING:
            path = self.posts[scope.name][1].organisation.path
            asked = {"path": path, "end": path_end(path)}
            ours = self.get(scope.name, "/organising/members/")
            hand = asking.timed(lambda asked=asked: asking.rows(BY_HAND, asked))
            name = f"members of the {scope.name}, first page"
            shown = [row.pk for row in ours.answer.context_data["page"].sheet.object_list]
            if shown != [row[0] for row in hand.answer]:
                self.rows.append(wrong(name, "SQL by hand", "the rows differ"))
            self.rows.append(under(name, "ms", ours.median, PAGE_MS))
            self.rows.append(
                at_most(
                    f"{name}, its queries",
                    "ms",
                    ours.of("registry_worker"),
                    "SQL by hand",
                    hand.in_database,
                    TIMES_BY_HAND,
                )
            )
            self.line(name, ours, ours.answer.context_data["page"].count_sentence)
            self.plan(name, ours)
        last = self.get("province", "/organising/members/?page=200")
        self.line("members of the province, last page", last)
        self.rows.append(under("members of the province, last page", "ms", last.median, PAGE_MS))

    def names(self) -> None:
        for label, text in _asked_names():
            for scope in ASKING:
                found = self.get(scope.name, f"/organising/members/?{urlencode({'q': text})}")
                name = f"“{text}” ({label}) in the {scope.name}"
                self.rows.append(under(name, "ms", found.median, PAGE_MS))
                self.line(name, found, found.answer.context_data["page"].count_sentence)
                if scope.name != "workplace":
                    self.plan(name, found)

    def roll_ups(self) -> None:
        from chunyu.accounts.clock import today
        from chunyu.registry.membership.queries import members_under, members_under_on

        for label, node in _nodes():
            now = asking.timed(lambda node=node: members_under(node.path))
            self.rows.append(under(f"members under {label}, today", "ms", now.median, ROLL_UP_MS))
            self.line(f"members under {label}, today", now, f"{now.answer:,}")
            self.say(f"members under {label}: {now.median:.1f} ms")
            for day in _days(today()):
                past = asking.timed(lambda node=node, day=day: members_under_on(node, day), 5)
                name = f"members under {label}, {day}"
                limit = ROLL_UP_MS * TIMES_PAST
                self.rows.append(under(name, "ms", past.median, limit))
                self.rows.append(at_most(f"{name}, against today", "ms", past.median, "the same today", now.median))
                self.line(name, past, f"{past.answer:,}")
                if label != "a workplace" and day.year < today().year - 3:
                    self.plan(name, past)
            self._check(label, node, _days(today())[1])

    def _check(self, label: str, node: Any, day: date) -> None:
        from chunyu.federation.models import path_end
        from chunyu.registry.membership.queries import members_under_on

        counted = asking.rows(
            "SELECT count(*) FROM registry_membership JOIN federation_organisation o ON o.id = organisation_id"
            " WHERE o.path >= %s AND o.path < %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)",
            [node.path, path_end(node.path), day, day],
        )[0][0]
        if counted != members_under_on(node, day):
            self.rows.append(wrong(f"members under {label}, {day}", "counting", f"{counted:,} were counted"))

    def pages(self) -> None:
        for name, scope, address, bar in (
            ("employers of the province", "province", "/organising/employers/", PAGE_MS),
            ("employers of the county", "county", "/organising/employers/", PAGE_MS),
            ("employers of the province without a union", "province", "/organising/employers/?covered=no", None),
            ("archives of the province", "province", "/organising/archives/", PAGE_MS),
            ("admission form of the county", "county", "/organising/members/admit/", None),
        ):
            self.page(name, scope, address, bar)

    def page(self, name: str, scope: str, address: str, bar: float | None) -> asking.Timed:
        """A page with its row, its figures and the plan of its dearest query."""
        found = self.get(scope, address)
        self.line(name, found)
        if bar:
            self.rows.append(under(name, "ms", found.median, bar))
        else:
            self.rows.append(Row(name, "ms", found.median, "", None, None, "", None))
        self.plan(name, found)
        return found


def _sizes() -> list[str]:
    tables = asking.rows(
        "SELECT relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables"
        " WHERE schemaname = 'public' ORDER BY pg_total_relation_size(relid) DESC LIMIT 9"
    )
    whole = asking.rows("SELECT pg_database_size(current_database())")[0][0]
    loaded = asking.rows("SELECT seconds, members, organisations, households FROM province_load.plan")[0]
    return [
        "",
        "## The province",
        "",
        f"{loaded[1]:,} members, {loaded[2]:,} organisations, {loaded[3]:,} hardship households.",
        f"Loaded in {loaded[0] / 60:.0f} minutes; {whole / 1e9:.1f} GB.",
        "",
        "| table | rows | GB | GB of indexes |",
        "|---|--:|--:|--:|",
        *(f"| {name} | {rows:,} | {heap / 1e9:.2f} | {index / 1e9:.2f} |" for name, rows, heap, index in tables),
    ]


def _table_head() -> list[str]:
    return [
        "",
        "## Milliseconds",
        "",
        "Median, least and most of warm runs, and the first run; what the database took; how many queries.",
        "",
        "| what | median | least | most | first | database | queries | |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]


def _asked_names() -> list[tuple[str, str]]:
    """Common and rare ones, found in the data: two characters, spelling, initials."""
    common = asking.rows(
        "SELECT name FROM registry_worker TABLESAMPLE SYSTEM (0.5) REPEATABLE (1) WHERE length(name) = 2"
        " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )[0][0]
    rare = asking.rows(
        "SELECT name FROM registry_worker TABLESAMPLE SYSTEM (0.5) REPEATABLE (1) WHERE length(name) = 2"
        " GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
    )[0][0]
    given = asking.rows(
        "SELECT substr(name, 2) FROM registry_worker TABLESAMPLE SYSTEM (0.5) REPEATABLE (1) WHERE length(name) = 3"
        " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )[0][0]
    spelled = asking.rows("SELECT spelling, initials FROM registry_worker WHERE name = %s LIMIT 1", [f"王{given}"])[0]
    return [
        ("a common name", common),
        ("a rare name", rare),
        ("a common given name", given),
        ("a surname and a character", "王" + given[0]),
        ("one character", "王"),
        ("spelling", spelled[0]),
        ("beginning of a spelling", "zhangw"),
        ("initials", spelled[1]),
        ("nobody's name", "鑫龘"),
    ]


def _nodes() -> list[tuple[str, Any]]:
    from chunyu.federation.models import Organisation

    kind = Organisation.Kind
    county = Organisation.objects.get(name="雨润县总工会")
    below = Organisation.objects.within(county.path)
    return [
        ("the province", Organisation.objects.get(parent=None)),
        ("a city", county.parent),
        ("a county", county),
        ("a township", below.filter(kind=kind.TOWNSHIP_UNION).order_by("-path").first()),
        ("a workplace", below.filter(kind=kind.GRASSROOTS_UNION).order_by("path").first()),
    ]


def _days(today: date) -> list[date]:
    return [
        today - timedelta(days=45),
        date(today.year - 1, 12, 31),
        date(today.year - 5, 6, 30),
        date(today.year - 10, 9, 30),
    ]
