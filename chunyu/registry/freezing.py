"""Freezing: what is known about many households on a day, written to a folder of Parquet files that rules can be run
over without asking the database again.

    manifest.json, part-<place>/households.parquet, members.parquet      (chunyu.policy.facts_folder)

A fact is the statement that counts (of the strongest source, of equals the latest); NULL is unknown. Beside each stands
`disputed.<fact>`: whether sources contradict each other. Members carry the groups they belong to. Rows of both files
are in the order of the households' keys.

Everything is read in one snapshot of the database, over its own connection, in batches: what another transaction has
not committed is not seen, and memory does not grow with the province. Sealed values are opened here and nowhere
before; the folder is closed to others and must be taken away when the run is over (see `frozen_folder`).
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet
from psycopg import ClientCursor
from psycopg.conninfo import make_conninfo

from chunyu.federation.models import Region
from chunyu.policy.columns import ARROW, DISPUTED, GROUP, Facts
from chunyu.policy.facts_folder import FactsFolder, FactsWriter
from chunyu.policy.pack import Fact as PackFact
from chunyu.policy.pack import Pack
from chunyu.privacy.sealing import unseal
from chunyu.registry.fact_names import FACT_NAMES, OF_THE_PERSON
from chunyu.registry.groups import IMPLIED, STATED, Group, young_born
from chunyu.registry.models import Fact, Household
from chunyu.registry.queries import COLUMNS, PRECEDENCE
from chunyu.running.places import connection_arguments

AT_ONCE, IN_PIECE = 5_000, 50_000
Progress = Callable[[int, int], None]
Chain = tuple[str, ...]

# One value out of the one row that is left after filtering, by column of the table of facts.
TAKEN = {
    "amount_fen": "max(amount_fen)",
    "count": "max(count::bigint)",
    "flag": "bool_or(flag)",
    "code": "max(code)",
    "day": "max(day)",
}
SAID = "coalesce(f.amount_fen::text, f.count::text, f.flag::text, f.code, f.day::text)"
STRENGTH = "CASE f.source " + " ".join(f"WHEN '{source}' THEN {rank}" for source, rank in PRECEDENCE.items()) + " END"


# What the household's and the person's own rows answer, as `queries.facts_of_many` reads it.
FORM = """form AS (
            SELECT h.id AS household_id, NULL::uuid AS member_id, 'single_parent' AS name,
                   h.single_parent AS flag, NULL::text AS code
              FROM registry_household h JOIN asked ON asked.id = h.id WHERE h.single_parent IS NOT NULL
             UNION ALL
            SELECT m.household_id, m.id, 'model_worker', NULL, m.model_worker
              FROM registry_member m JOIN asked ON asked.id = m.household_id WHERE m.model_worker <> ''
        )"""


@contextmanager
def frozen_folder(name: str) -> Iterator[Path]:
    """A private folder for one run's facts, empty, and taken away at the end. What a killed run of the same name left
    behind goes first."""
    forget_folder(name)
    folder = settings.PLACES.facts / name
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        forget_folder(name)


def forget_folder(name: str) -> None:
    """Take away what a killed run left behind; nothing when it left nothing."""
    shutil.rmtree(settings.PLACES.facts / name, ignore_errors=True)


@dataclass(frozen=True)
class Frozen:
    """A folder of facts, and the moment up to which everything that was recorded is in it."""

    folder: FactsFolder
    known_at: datetime


def freeze(
    households: QuerySet[Household],
    day: date,
    folder: Path,
    *,
    pack: Pack,
    chain_of: Callable[[Region], Chain],
    progress: Progress = lambda done, total: None,
) -> Frozen:
    """Write what the pack asks about these households as of a day to a folder.

    `households`: narrowed by scope and consent already; only those with people in them on the day are written.
    What the pack lets a signed application declare is declared where nothing is stated (docs/decisions/0008).
    `chain_of`: the places whose parameters hold at a place, nearest first. `progress` is told (done, total) households.
    """
    address = make_conninfo(**connection_arguments(connection.settings_dict))
    with adbc.connect(address) as snapshot, snapshot.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT now()")
        known_at = cursor.fetchone()[0]
        wanted = _wanted(cursor, households, day)
        regions = _keys(wanted["region"].unique().to_pylist(), chain_of)
        reader = _Reader(cursor, pack, day, progress, len(wanted))
        writer = FactsWriter(folder, day, dict(regions.values()))
        for region, (key, _chain) in sorted(regions.items(), key=lambda each: each[1]):
            ids = wanted.filter(pc.equal(wanted["region"], region))["household"].combine_chunks()
            writer.add(key, reader.pieces(ids, key, writer.chains))
    return Frozen(writer.close(), known_at)


def _wanted(cursor: Any, households: QuerySet[Household], day: date) -> pa.Table:
    """The keys of the households, each with its place, in the order of the keys."""
    rows = households.order_by().values(key=F("pk"), place=F("organisation__region"))
    statement, parameters = rows.query.sql_with_params()
    connection.ensure_connection()
    written = ClientCursor(connection.connection).mogrify(statement, parameters)
    cursor.execute(
        f"""
        SELECT asked.key::text AS household, asked.place AS region FROM ({written}) AS asked
         WHERE EXISTS (SELECT FROM registry_member m WHERE m.household_id = asked.key AND {_present("$1")})
         ORDER BY asked.key
        """,  # noqa: S608 the query set's own statement, its values written in by the driver
        (day,),
    )
    return cursor.fetch_arrow_table()


def _present(day: str) -> str:
    return f"m.joined_on <= {day}::date AND (m.left_on IS NULL OR m.left_on > {day}::date)"


def _keys(regions: Sequence[int], chain_of: Callable[[Region], Chain]) -> dict[int, tuple[str, Chain]]:
    """For each place its key and chain. A code that two places with different chains carry is told apart."""
    found: dict[int, tuple[str, Chain]] = {}
    chains: dict[str, Chain] = {}
    for region in Region.objects.filter(pk__in=regions).select_related("parent__parent__parent").order_by("pk"):
        chain = chain_of(region)
        key = region.code if chains.setdefault(region.code, chain) == chain else f"{region.code}-{region.pk}"
        found[region.pk] = (key, chain)
    return found


@dataclass
class _Reader:
    """Reads batches of households as Arrow tables, in the columns that a pack asks for."""

    cursor: Any
    pack: Pack
    day: date
    progress: Progress
    total: int
    done: int = 0

    def pieces(self, ids: pa.Array, region: str, chains: Mapping[str, Chain]) -> Iterator[Facts]:
        """The households of one place, some batches to a piece: what is written together and read together again."""
        for first in range(0, len(ids), IN_PIECE):
            batches = []
            for start in range(first, min(first + IN_PIECE, len(ids)), AT_ONCE):
                batches.append(self.batch(ids.slice(start, min(AT_ONCE, first + IN_PIECE - start))))
                self.done += len(batches[-1][0])
                self.progress(self.done, self.total)
            households, members = (
                pa.concat_tables(tables).unify_dictionaries() for tables in zip(*batches, strict=True)
            )
            place = pa.array([region] * len(households), pa.string())
            yield Facts(households.add_column(1, "region", place), members, chains)

    def batch(self, ids: pa.Array) -> tuple[pa.Table, pa.Table]:
        """The households with these keys and the people in them, in the order of the keys."""
        asked = (ids.to_pylist(), self.day)
        sealed = self._sealed(asked)
        return self._households(asked, sealed), self._members(asked, sealed)

    def _households(self, asked: tuple[list[str], date], sealed: Mapping[tuple[str, str], Any]) -> pa.Table:
        facts = self.pack.household_facts
        names = [each.name for each in facts if _in_clear(each.name)]
        self.cursor.execute(
            f"""
            WITH asked AS (SELECT unnest($1::uuid[]) AS id), {_best("f.member_id IS NULL", names)}
            SELECT asked.id::text AS household {_pivot(names)}
              FROM asked LEFT JOIN best ON best.household_id = asked.id GROUP BY asked.id ORDER BY asked.id
            """,  # noqa: S608 names out of the table of facts
            asked,
        )
        return self._shaped(self.cursor.fetch_arrow_table(), facts, "household", sealed)

    def _members(self, asked: tuple[list[str], date], sealed: Mapping[tuple[str, str], Any]) -> pa.Table:
        facts = self.pack.member_facts
        groups = {*(group.value for group in STATED), *(fact for fact, _code in IMPLIED.values())}
        names = sorted({each.name for each in facts if _in_clear(each.name)} | groups)
        self.cursor.execute(
            f"""
            WITH asked AS (SELECT unnest($1::uuid[]) AS id), {_best("f.member_id IS NOT NULL", names)},
            said AS (SELECT best.member_id {_pivot(names)} FROM best GROUP BY best.member_id)
            SELECT m.household_id::text AS household, m.id::text AS member, m.birth_date, m.relation,
                   {", ".join(f'said."{name}", said."disputed.{name}"' for name in names)}
              FROM registry_member m JOIN asked ON asked.id = m.household_id
              LEFT JOIN said ON said.member_id = m.id
             WHERE {_present("$2")}
             ORDER BY m.household_id, m.is_worker DESC, m.relation, m.birth_date, m.id
            """,  # noqa: S608 names out of the table of facts
            asked,
        )
        return self._shaped(self.cursor.fetch_arrow_table(), facts, "member", sealed)

    def _sealed(self, asked: tuple[list[str], date]) -> dict[tuple[str, str], tuple[str, bool]]:
        """By key of the household or member and name: the opened value that counts, and whether sources differ."""
        names = [name for name, meaning in FACT_NAMES.items() if meaning.sealed]
        self.cursor.execute(
            f"""
            WITH asked AS (SELECT unnest($1::uuid[]) AS id), {_latest("true", names)}
            SELECT coalesce(member_id, household_id)::text AS subject, name, id::text AS id, sealed
              FROM latest ORDER BY household_id, member_id, name, strength DESC
            """,  # noqa: S608 names out of the table of facts
            asked,
        )
        found: dict[tuple[str, str], tuple[str, bool]] = {}
        for row in self.cursor.fetch_arrow_table().to_pylist():
            context = f"{Fact._meta.db_table}:sealed:{uuid.UUID(row['id'])}"
            value, key = unseal(row["sealed"], context).decode(), (row["subject"], row["name"])
            counted, differs = found.get(key, (value, False))
            found[key] = counted, differs or counted != value
        return found

    def _shaped(
        self, read: pa.Table, facts: Sequence[PackFact], entity: str, sealed: Mapping[tuple[str, str], Any]
    ) -> pa.Table:
        """The columns as the folder has them, in the order of the pack's facts."""
        columns: dict[str, Any] = {"household": read["household"]}
        subjects = read[entity].to_pylist()
        for fact in facts:
            value, differs = self._column(read, fact, subjects, sealed)
            if fact.declaration is not None:
                # The archive form is a signed application: what it declares is stated by it, as "no".
                value, differs = pc.fill_null(value, False), pc.fill_null(differs, False)
            columns[fact.name] = value.cast(ARROW[fact.type.kind])
            columns[DISPUTED + fact.name] = differs.cast(pa.bool_())
        if entity == "member":
            columns |= _groups(read, self.day)
        return pa.table(columns)

    def _column(
        self, read: pa.Table, fact: PackFact, subjects: list[str], sealed: Mapping[tuple[str, str], Any]
    ) -> tuple[Any, Any]:
        """A fact's values and whether its statements differ; NULL in both where nobody has stated it."""
        if fact.entity == "member" and fact.name in OF_THE_PERSON:
            return read[fact.name], pa.array([False] * len(read), pa.bool_())
        if _in_clear(fact.name):
            return read[fact.name], read[DISPUTED + fact.name]
        if fact.name in FACT_NAMES:
            opened = [sealed.get((subject, fact.name), (None, None)) for subject in subjects]
            return pa.array([each[0] for each in opened], pa.string()), pa.array([each[1] for each in opened])
        return pa.nulls(len(read)), pa.nulls(len(read))  # a pack may ask what is never put on file


def _in_clear(name: str) -> bool:
    """Whether the database itself can tell the values of a fact."""
    return name in FACT_NAMES and name not in OF_THE_PERSON and not FACT_NAMES[name].sealed


def _latest(about: str, names: Sequence[str]) -> str:
    """`latest`: of every source of every fact asked about, what it said last; the order is that of
    `queries.facts_of_many`. What the archive form answers is declared where nothing else is."""
    listed = ", ".join(f"'{name}'" for name in names) or "NULL"
    return f"""
        told AS (
            SELECT DISTINCT ON (f.household_id, f.member_id, f.name, f.source)
                   f.id, f.household_id, f.member_id, f.name, f.source,
                   f.amount_fen, f.count, f.flag, f.code, f.day, f.sealed, {SAID} AS said, {STRENGTH} AS strength
              FROM registry_fact f JOIN asked ON asked.id = f.household_id
             WHERE {about} AND f.name IN ({listed}) AND f.valid_from <= $2::date
               AND (f.batch_id IS NULL OR f.batch_id NOT IN
                       (SELECT id FROM registry_importbatch WHERE undone_at IS NOT NULL))
               AND NOT EXISTS (SELECT FROM registry_joining j WHERE j.id = f.joining_id AND j.parted_at IS NOT NULL)
             ORDER BY f.household_id, f.member_id, f.name, f.source,
                      f.valid_from DESC, f.stated_on DESC, f.recorded_at DESC, f.id DESC
        ),
        {FORM},
        latest AS (
            SELECT * FROM told UNION ALL
            SELECT NULL, f.household_id, f.member_id, f.name, 'declared',
                   NULL, NULL, f.flag, f.code, NULL, NULL, coalesce(f.flag::text, f.code), 0
              FROM form f
             WHERE {about} AND f.name IN ({listed})
               AND NOT EXISTS (SELECT FROM told WHERE told.household_id = f.household_id AND told.name = f.name
                                  AND told.member_id IS NOT DISTINCT FROM f.member_id AND told.source = 'declared')
        )"""  # noqa: S608 names out of the table of facts


def _best(about: str, names: Sequence[str]) -> str:
    """`best`: the same with the place of each source; the first counts."""
    return f"""{_latest(about, names)},
        best AS (
            SELECT *, row_number() OVER (PARTITION BY household_id, member_id, name ORDER BY strength DESC) AS place
              FROM latest
        )"""  # noqa: S608 names out of the table of facts


def _pivot(names: Sequence[str]) -> str:
    """A column for each fact, and one that says whether its sources differ."""
    parts = []
    for name in names:
        taken = TAKEN[COLUMNS[FACT_NAMES[name].kind]]
        own = f"FILTER (WHERE name = '{name}')"
        parts.append(f""", {taken} FILTER (WHERE name = '{name}' AND place = 1) AS "{name}" """)
        parts.append(f""", min(said) {own} <> max(said) {own} AS "disputed.{name}" """)
    return "".join(parts)


def _groups(read: pa.Table, day: date) -> dict[str, Any]:
    """Whether each person is stated to belong to a group, or is young on the day (see `chunyu.registry.groups`)."""
    first, last = young_born(day)
    born = read["birth_date"]
    columns = {GROUP + Group.YOUNG.value: pc.and_(pc.greater_equal(born, first), pc.less_equal(born, last))}
    for group in STATED:
        flag = read[group.value]
        if group in IMPLIED:
            fact, code = IMPLIED[group]
            flag = pc.coalesce(flag, pc.equal(read[fact], code))
        columns[GROUP + group.value] = pc.fill_null(flag, False)
    return columns
