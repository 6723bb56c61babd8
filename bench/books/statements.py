"""Statements of a household, a fund and a county: the page as a browser asks for it, what the database takes of it, how
many queries it sends, and by which plan the dearest of them is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import reverse

from bench import asking
from bench.books import county, processor
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation

# The largest, and one of the middle, each with how many legs stand behind its statement.
HOUSEHOLDS = """
    SELECT account.household_id::text, organisation.path, count(*) FROM ledger_leg AS leg
    JOIN ledger_account AS account ON account.id = leg.account_id
    JOIN federation_organisation AS organisation ON organisation.id = account.organisation_id
    WHERE account.kind = 'household' GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""
FUNDS = """
    SELECT fund.id::text, fund.scope_path, count(*) FROM ledger_leg AS leg
    JOIN ledger_account AS account ON account.id = leg.account_id JOIN ledger_fund AS fund ON fund.id = account.fund_id
    GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""
COUNTIES = """
    SELECT organisation.id::text, organisation.path, count(*) FROM ledger_leg AS leg
    JOIN ledger_account AS account ON account.id = leg.account_id
    JOIN federation_organisation AS organisation ON organisation.id = account.organisation_id
    GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""


@dataclass(frozen=True)
class Statement:
    """Milliseconds of a page: by the clock, in the database by the clock and by its processor; its queries; the plan of
    the dearest of them."""

    name: str
    which: str
    legs: int
    whole: float
    database: float
    processor: float
    first: float
    queries: int
    plan: list[str]


def statements(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Every kind for a subject of the middle and for the largest."""
    found: list[Statement] = []
    known: dict[str, list[Any]] = {}
    for name, query, address in (
        ("household", HOUSEHOLDS, lambda key: reverse("ledger:household-ledger", args=[key])),
        ("fund", FUNDS, lambda key: reverse("ledger:fund", args=[key])),
        ("county", COUNTIES, lambda key: reverse("ledger:totals")),
        ("county's journal", COUNTIES, lambda key: reverse("ledger:movements")),
    ):
        subjects = known[query] = known.get(query) or asking.rows(query)
        for which, subject in (("middle", subjects[len(subjects) // 2]), ("largest", subjects[0])):
            key, path, legs = subject
            found.append(_asked(name, which, legs, path, address(key)))
            say(f"{which} {name}, {legs:,} legs: {found[-1].database:.1f} ms in {found[-1].queries} queries")
    return [asdict(each) for each in found]


def _asked(name: str, which: str, legs: int, path: str, address: str) -> Statement:
    """As the finance officer of the organisation asks for it."""
    organisation = Organisation.objects.get(path=path)
    post = organisation.posts.filter(role=Role.FINANCE_OFFICER).first() or county.person(
        Role.FINANCE_OFFICER, organisation
    )
    client, _ = asking.signed_in(post.user.username)
    client.get(address)
    before = processor.now()
    timed = asking.timed(lambda: client.get(address))
    spent = processor.now().since(before).database / (asking.WARM + 1) * 1000
    if timed.answer.status_code != 200:
        raise RuntimeError(f"{address} answers {timed.answer.status_code}")
    query, parameters, _ = timed.dearest
    plan = asking.short(asking.plan(query, parameters))
    return Statement(name, which, legs, timed.median, timed.in_database, spent, timed.first, len(timed.queries), plan)
