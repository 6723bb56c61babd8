"""The family tree of a union as of a day, in columns: as many short lists as a node has properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import Q
from pypinyin import Style, lazy_pinyin

from chunyu.federation.models import IndustryTie, Organisation, path_end
from chunyu.federation.queries import placed_under
from chunyu.organising.standing import Standing, standing_of

Kind = Organisation.Kind
KINDS = list(Kind)
STANDINGS = list(Standing)
CHUNK = 5_000


@dataclass(frozen=True)
class Tree:
    """Every list has one entry for a node; nodes come parents first, a whole branch before the next one."""

    ids: list[int]
    parents: list[int]  # the place of the parent in these lists; -1 for the root
    names: list[str]
    kinds: list[str]
    standings: list[str]
    ties: list[tuple[int, int]]  # places of a union and of its industrial superior, both in the tree

    def __len__(self) -> int:
        return len(self.ids)


def family_tree(root: Organisation, day: date, today: date) -> Tree:
    """The tree of a day, under the names of that day, with the standing that is known today.

    Each organisation is in it once, under its territorial superior; industrial ties are told beside it. Empty before
    the root was founded.
    """
    rows = list(placed_under(root, day).values_list("organisation_id", "parent_id", "name", "organisation__kind"))
    ids = [row[0] for row in rows]
    places = {key: place for place, key in enumerate(ids)}
    parents = [places.get(row[1], -1) if place else -1 for place, row in enumerate(rows)]
    ties = IndustryTie.objects.as_of(day)
    if rows:
        # Narrowed by the database where the tree is small; a whole province's ties are no more than a few thousand.
        within = Q(organisation__path__gte=root.path, organisation__path__lt=path_end(root.path))
        ties = ties.filter(within | Q(organisation__in=ids[:CHUNK]))
    found = ties.values_list("organisation_id", "industry_parent_id")
    return Tree(
        ids,
        parents,
        [row[2] for row in rows],
        [row[3] for row in rows],
        standing_of(ids, today),
        [(places[own], places[above]) for own, above in found if own in places and above in places],
    )


def written(tree: Tree) -> Iterator[str]:
    """The tree as JSON, a piece at a time: codes of kinds and standings as numbers, names with their initials."""
    kinds = {str(kind): place for place, kind in enumerate(KINDS)}
    standings = {str(each): place for place, each in enumerate(STANDINGS)}
    yield "{"
    columns: dict[str, list] = {
        "ids": tree.ids,
        "parents": tree.parents,
        "kinds": [kinds[each] for each in tree.kinds],
        "standings": [standings[each] for each in tree.standings],
        "names": tree.names,
        "letters": [initials(name) for name in tree.names],
        "ties": tree.ties,
    }
    for place, (name, column) in enumerate(columns.items()):
        yield f'{"," if place else ""}"{name}":['
        for start in range(0, len(column), CHUNK):
            piece = json.dumps(column[start : start + CHUNK], ensure_ascii=False, separators=(",", ":"))
            yield ("," if start else "") + piece[1:-1]
        yield "]"
    yield "}"


def initials(name: str) -> str:
    """The first letters of a name's syllables: 雨润县 is found by "yrx"."""
    return "".join(map(_letter, name))


@lru_cache(maxsize=20_000)
def _letter(character: str) -> str:
    return lazy_pinyin(character, style=Style.FIRST_LETTER, errors=lambda rest: rest.lower())[0][:1]
