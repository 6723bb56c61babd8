"""The unions of a province and their employers, worked out from the plan and the counties that stand.

Nothing here reads or writes: every process that makes people works out the same tree for itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import NamedTuple

from chunyu.demo.province.names import firm_name, place_name
from chunyu.demo.province.plan import FORMER, Plan, parts
from chunyu.federation.kinds import Kind

# Of a hundred organisations under a county.
TOWNSHIPS, COMMUNITIES, JOINT = 1.4, 10, 9
# A joint union has about so many times the members of a workplace's own; the widths are of a lognormal spread.
JOINT_TIMES, SPREAD = 2.5, 1.15
EMPLOYERS_OF_A_JOINT_UNION = (3, 9)
# Employers without a union: one for so many that have one.
WITHOUT = 9


class County(NamedTuple):
    """A county federation that stands already."""

    number: int
    path: str
    region: int
    name: str

    @property
    def place(self) -> str:
        return self.name.removesuffix("总工会")


class Union(NamedTuple):
    """One organisation to be founded, or one with members that stands already."""

    number: int
    path: str
    parent: int
    parent_path: str
    kind: str
    name: str
    county: int  # its place among the counties


class Employer(NamedTuple):
    number: int  # running, of all employers: its key follows
    name: str
    answering: int  # the level that answers for it, and where it stands
    answering_path: str
    region: int
    union: int  # its place among the unions with members; -1 for none


@dataclass
class Tree:
    """`founded`: to be founded, parents first. `unions`: those with members, in the order of their people."""

    plan: Plan
    counties: list[County]
    standing: list[Union]
    first: int
    founded: list[Union] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    former: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    employers: list[Employer] = field(default_factory=list)
    # The employers of each union: from the first of its own to the first of the next.
    own_employers: list[int] = field(default_factory=list)
    of_county: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, counties: Sequence[County], standing: Sequence[Union], first: int, there: int) -> Tree:
        """`there`: how many organisations stand already, `first`: the number of the first to be founded."""
        tree = cls(plan, list(counties), list(standing), first)
        tree._found(plan.organisations - there)
        tree.unions = [*tree.standing, *(each for each in tree.founded if each.kind in PEOPLED)]
        tree._share_out()
        tree._employ()
        for place, union in enumerate(tree.unions):
            tree.of_county.setdefault(union.county, []).append(place)
        return tree

    @property
    def people(self) -> int:
        """Workers on record whose family is not on file: members, and those who left."""
        return self.starts[-1]

    def union_of(self, person: int) -> int:
        """The union, by its place, of the person with a running number."""
        return bisect_right(self.starts, person) - 1

    def _found(self, count: int) -> None:
        random = self.plan.random("tree")
        weights = [random.uniform(0.6, 1.5) for _ in self.counties]
        number = self.first
        for place, share in enumerate(parts(max(count, 0), weights)):
            for union in self._county(place, share, number, random):
                self.founded.append(union)
            number += share

    def _county(self, place: int, count: int, number: int, random: Random) -> Iterator[Union]:
        county = self.counties[place]
        townships = max(1, round(count * TOWNSHIPS / 100)) if count else 0
        communities = min(count - townships, round(count * COMMUNITIES / 100))
        above: list[Union] = []
        for at in range(townships):
            name = f"{county.place}{place_name(at)}镇总工会"
            above.append(_union(number + at, county.number, county.path, Kind.TOWNSHIP_UNION, name, place))
        yield from above
        number += townships
        homes = list(above)
        for at in range(communities):
            parent = above[at % townships]
            name = f"{county.place}{place_name(at)}社区工会"
            home = _union(number + at, parent.number, parent.path, Kind.COMMUNITY_UNION, name, place)
            homes.append(home)
            yield home
        number += communities
        for at in range(count - townships - communities):
            parent = random.choice(homes)
            joint = random.random() < JOINT / 100
            kind = Kind.JOINT_UNION if joint else Kind.GRASSROOTS_UNION
            name = f"{county.place}{firm_name(place * 40 + at)}{'联合' if joint else ''}工会"
            yield _union(number + at, parent.number, parent.path, kind, name, place)

    def _share_out(self) -> None:
        """Who has how many members: few large ones, many small ones."""
        random = self.plan.random("sizes")
        weights = [
            random.lognormvariate(0, SPREAD) * (JOINT_TIMES if each.kind == Kind.JOINT_UNION else 1)
            for each in self.unions
        ]
        self.sizes = parts(self.plan.listed, weights)
        self.former = [size * FORMER // 100 for size in self.sizes]
        self.starts = [0, *accumulate(size + left for size, left in zip(self.sizes, self.former, strict=True))]

    def _employ(self) -> None:
        random = self.plan.random("employers")
        for place, union in enumerate(self.unions):
            self.own_employers.append(len(self.employers))
            bare = union.name.removesuffix("工会").removesuffix("联合")
            joint = union.kind == Kind.JOINT_UNION
            many = random.randint(*EMPLOYERS_OF_A_JOINT_UNION) if joint else 1
            for at in range(many):
                self._employer(f"{bare}{at + 1}部" if joint else bare, union, place)
        self.own_employers.append(len(self.employers))
        for place in range(0, len(self.unions), WITHOUT):
            union = self.unions[place]
            self._employer(f"{self.counties[union.county].place}{firm_name(place + 7)}服务部", union, -1)

    def _employer(self, name: str, union: Union, place: int) -> None:
        region = self.counties[union.county].region
        self.employers.append(Employer(len(self.employers), name, union.parent, union.parent_path, region, place))


PEOPLED = frozenset({Kind.GRASSROOTS_UNION, Kind.JOINT_UNION})


def _union(number: int, parent: int, above: str, kind: str, name: str, county: int) -> Union:
    return Union(number, f"{above}{number:06d}.", parent, above, kind, name, county)
