"""Archives of the demonstration's unions: founding, approval, chair, committee and term, most of them verified.

A few terms end soon or have ended, and one archive in five lacks a leaf.
"""

from __future__ import annotations

from datetime import date, timedelta

from chunyu.accounts.models import Post
from chunyu.demo.families import Families
from chunyu.federation.models import Organisation
from chunyu.organising.archives.kinds import WANTED, Leaf
from chunyu.organising.archives.tables import ArchivePage

TERM_YEARS = 5


def write_archives(recorder: Post, verifier: Post, unions: list[Organisation], families: Families, day: date) -> None:
    """A leaf of each kind that the archive of the organisation should have."""
    random = families.random
    pages = []
    for union in unions:
        wanted = list(WANTED.get(union.kind, ()))
        if wanted and random.random() < 0.2:
            wanted.remove(random.choice(wanted))
        ends = day + timedelta(days=random.choice((-60, 20, 75, 400, 700, 1_100, 1_500)))
        since = date(ends.year - TERM_YEARS, 3, 1)
        chair = families.worker(day).name
        says = {
            Leaf.FOUNDING: (union.founded_on, {"text": f"{union.name}成立"}),
            Leaf.LETTER: (
                union.founded_on,
                {"number": f"工发〔{union.founded_on.year}〕{union.pk}号", "text": "同意成立"},
            ),
            Leaf.CHAIR: (since, {"person": chair}),
            Leaf.COMMITTEE: (since, {"text": "委员五人，经费审查委员一人，女职工委员一人"}),
            Leaf.TERM: (since, {"until": ends}),
        }
        for kind in wanted:
            valid_from, columns = says[Leaf(kind)]
            page = ArchivePage(
                organisation=union, kind=kind, valid_from=valid_from, recorded_by=recorder, recorded_on=day, **columns
            )
            if random.random() < 0.8:
                page.verified_by, page.verified_on = verifier, day
            pages.append(page)
    ArchivePage.objects.bulk_create(pages)
