"""Millions of legs: ten years of a province's payments, written in bulk and as sound as if posted one by one.

One small batch is paid by the actions; its rows are the pattern, and every further row differs from one of them in the
columns named here. The triggers sleep meanwhile (which only a superuser can ask for), so whether the books are sound is
asked afterwards, by the plain SQL of `chunyu.ledger.checking`. Rows lie in the order of their days with all counties
mixed, as they would have come in; the last ones are a campaign of one county, whose fund is the largest by far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from bench.books import county, payout
from chunyu.demo.province import indexes, progress
from chunyu.ledger import checking

YEARS, COUNTIES = 10, 170
FIRST_YEAR = 2017
PROGRAMMES = ("living", "medical", "education")
LINES_IN_A_BATCH = 500
LARGEST_SHARE = 50  # one order in so many is of the campaign
OPEN_OF = 100  # one order in so many still waits, its money set aside
LEGS_OF_AN_ORDER = 4
TABLES = (
    "registry_household", "registry_member", "ledger_account", "ledger_paymentorder", "ledger_payoutbatch",
    "ledger_batchline", "ledger_transfer", "ledger_leg",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How many of what; `orders` of the years, and of the campaign after them."""

    counties: int
    yearly: int  # orders of a county in a year
    campaign: int
    families: int  # households of a county
    largest: int  # households of the county with the campaign

    @classmethod
    def of(cls, legs: int) -> Size:
        orders = legs // LEGS_OF_AN_ORDER
        campaign = orders // LARGEST_SHARE
        counties = min(COUNTIES, max(2, orders // 2_000))
        yearly = (orders - campaign) // (YEARS * counties)
        # A family has one order of a programme in a fund: so many families that nobody gets a second one.
        return cls(counties, yearly, campaign, yearly, max(yearly, -(-campaign // len(PROGRAMMES))))

    @property
    def in_years(self) -> int:
        return YEARS * self.counties * self.yearly


def fill(legs: int, say: Callable[[str], None]) -> Size:
    """Write the province; `settle` then asks whether its books are sound."""
    size = Size.of(legs)
    pattern = county.county("139800", "样板县")
    payout.pay_out(pattern, 3)
    say(f"{size.counties} counties")
    with connection.cursor() as cursor:
        _counties(cursor, size)
        cursor.execute(progress.TABLES)
        indexes.put_aside([*TABLES])
        with transaction.atomic():
            _write(Writer(cursor, pattern.federation.path, say), size)
        for name in indexes.missing():
            say(f"index {name}")
            indexes.make(name)
        cursor.execute("DROP SCHEMA bench CASCADE")
    return size


def _write(writer: Writer, size: Size) -> None:
    cursor = writer.cursor
    _plan(cursor, size)
    cursor.execute("SET LOCAL session_replication_role = replica")
    for write in (_families, _funds, _orders, _batches, _transfers, _legs):
        write(writer)
    for table in ("ledger_account", "ledger_fund"):
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def settle(say: Callable[[str], None]) -> None:
    """What the database does by itself in quiet hours; then the books must be sound."""
    say("sums")
    checking.make_sums_anew()
    say("vacuum")
    with connection.cursor() as cursor:
        for table in (*TABLES, "ledger_fund", *(table for table, _key, _numbers in checking.SUMS)):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    say("asking whether the books are sound")
    if not checking.soundness().holds or checking.orders_out_of_step() or checking.ways_that_differ():
        raise RuntimeError("the books are not sound")


class Writer:
    """Writes rows after the pattern of a row that is there."""

    def __init__(self, cursor: Any, path: str, say: Callable[[str], None]) -> None:
        self.cursor, self.path, self.say = cursor, path, say

    def rows(self, table: str, like: str, source: str, **different: str) -> None:
        """`like` is the condition that finds the pattern in the table; `source` are the rows to be, after FROM, and
        `different` the columns that are not as in the pattern, as expressions over `source`."""
        self.cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''",
            [table],
        )
        columns = [name for (name,) in self.cursor.fetchall() if name != "id" or "id" in different]
        values = ", ".join(different.get(name, f"pattern.{name}") for name in columns)
        self.cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {values} FROM (SELECT * FROM {table} WHERE {like} LIMIT 1) AS pattern CROSS JOIN {source}"
        )
        self.say(f"{table}: {self.cursor.rowcount:,}")


def _counties(cursor: Any, size: Size) -> None:
    cursor.execute("CREATE SCHEMA bench")
    cursor.execute("CREATE UNLOGGED TABLE bench.county (number int PRIMARY KEY, organisation bigint, path text)")
    for number in range(size.counties):
        place = county.bare_county(f"1398{number + 1:02d}", f"第{number + 1}县").path
        cursor.execute("INSERT INTO bench.county SELECT %s, id, path FROM federation_organisation WHERE path = %s",
                       [number, place])  # fmt: skip


def _uuid(kind: int, number: str) -> str:
    """A key of its own for each number of a kind; those that follow each other lie together."""
    return f"('00000000-0000-7000-8{kind:03d}-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _plan(cursor: Any, size: Size) -> None:
    """One row for each order to be, with everything that its rows are made from."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_fund")
    funds = cursor.fetchone()[0] + 1
    cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_account")
    accounts = cursor.fetchone()[0] + 1
    years, counties, yearly, large = size.in_years, size.counties, size.yearly, size.largest
    places = counties * YEARS + 1
    cursor.execute(f"""
        CREATE UNLOGGED TABLE bench.fund AS
        SELECT number, {funds} + number::bigint AS id, {accounts} + 8 * number AS account, organisation, path,
            {FIRST_YEAR} + number / {counties} AS year
        FROM generate_series(0, {places - 2}) AS number JOIN bench.county AS county (place, organisation, path)
            ON county.place = number % {counties}
        UNION ALL
        SELECT {places - 1}, {funds + places - 1}, {accounts + 8 * (places - 1)}, organisation, path,
            {FIRST_YEAR + YEARS - 1}
        FROM bench.county WHERE number = 0
    """)
    cursor.execute(f"""
        CREATE UNLOGGED TABLE bench.planned AS
        SELECT n, fund, home, programme, k, 50000 + n % 700 * 100 AS fen,
            make_date({FIRST_YEAR} + year, 1, 10) + day AS day,
            CASE WHEN n % {OPEN_OF} = 0 THEN 'planned' ELSE 'paid' END AS state,
            {accounts + 8 * places} + n AS account
        FROM (
            SELECT n, n / {counties * yearly} * {counties} + n % {counties} AS fund, n / {counties * yearly} AS year,
                n % {counties * yearly} / {counties} AS k, n % {counties} * {large}::bigint
                    + n % {counties * yearly} / {counties} AS home,
                (ARRAY{list(PROGRAMMES)})[1 + n / {counties} % {len(PROGRAMMES)}] AS programme,
                n % {counties * yearly} / {counties} * 300 / {yearly} AS day
            FROM generate_series(0, {years - 1}) AS n
            UNION ALL
            SELECT n, {places - 1}, {YEARS - 1}, n - {years}, (n - {years}) % {large},
                (ARRAY{list(PROGRAMMES)})[1 + (n - {years}) / {large}], 305 + (n - {years}) * 7 / {size.campaign}
            FROM generate_series({years}, {years + size.campaign - 1}) AS n
        ) AS made
    """)
    cursor.execute("ANALYZE bench.planned")
    cursor.execute("ANALYZE bench.fund")


# An order with its fund, and the batch that it is in; those that were paid.
ORDERS, PAID = (
    f"""
    (SELECT planned.*, fund.id AS fund_id, fund.organisation, fund.path, fund.year, fund.account AS ways,
        fund.id::bigint * 1000 + k / {LINES_IN_A_BATCH} AS batch,
        'FB' || fund.id || '-' || fund.year || '-' || k / {LINES_IN_A_BATCH} AS batch_number,
        k % {LINES_IN_A_BATCH} + 1 AS line_no
     FROM bench.planned AS planned JOIN bench.fund AS fund ON fund.number = planned.fund {which} ORDER BY n) AS o"""
    for which in ("", "WHERE state = 'paid'")
)
LINE_KEY = "o.batch_number || '-' || lpad(o.line_no::text, 4, '0')"
HOME, ORDER, BATCH, LINE = _uuid(1, "o.home"), _uuid(2, "o.n"), _uuid(3, "o.batch"), _uuid(4, "o.n")
RESERVED, SENT, REACHED, GIVEN = _uuid(5, "o.n"), _uuid(6, "o.sending"), _uuid(7, "o.n"), _uuid(8, "o.id")
# Where the accounts of a fund stand after its first: source, free, and set aside and at the bank of each programme.
ASIDE = "(o.ways + 1 + array_position(ARRAY['living', 'medical', 'education'], o.programme))"
AT_BANK = "(o.ways + 4 + array_position(ARRAY['living', 'medical', 'education'], o.programme))"


def _families(writer: Writer) -> None:
    # Whoever has an order has a file, at the county.
    homes = """(SELECT home, min(fund.organisation) AS organisation, min(fund.path) AS path FROM bench.planned
        JOIN bench.fund AS fund ON fund.number = planned.fund GROUP BY home) AS o"""
    like = f"scope_path >= '{writer.path}' AND scope_path < '{writer.path[:-1]}/'"
    at = {"organisation_id": "o.organisation", "scope_path": "o.path"}
    writer.rows("registry_household", like, homes, id=HOME, file_number="'B' || o.home", **at)
    index = "sha256(o.home::text::bytea)"
    writer.rows(
        "registry_member", like, homes, id=_uuid(9, "o.home"), household_id=HOME, id_number_index=index, **at
    )  # fmt: skip


def _funds(writer: Writer) -> None:
    at = {"organisation_id": "o.organisation", "scope_path": "o.path"}
    name = {"name": "'帮扶资金' || o.number", "document_no": "'财社' || o.number", "year": "o.year"}
    writer.rows(
        "ledger_fund", "id = (SELECT min(id) FROM ledger_fund)", "bench.fund AS o", id="o.id", **name, **at,
        opened_on="make_date(o.year, 1, 1)",
    )  # fmt: skip
    sums = """(SELECT fund.*, sums.*, kind.* FROM bench.fund AS fund JOIN (
            SELECT fund, sum(fen) AS all_fen, sum(fen) FILTER (WHERE state = 'planned') AS open_fen
            FROM bench.planned GROUP BY fund) AS sums ON sums.fund = fund.number
        CROSS JOIN (VALUES (0, 'source', NULL::bigint, -1000000000000), (1, 'cash', 0, 1000000000000))
            AS kind (offset_, kind, floor, given)) AS o"""
    like = "id = (SELECT min(id) FROM ledger_account)"
    writer.rows(
        "ledger_account", like, sums, id="o.account + o.offset_", fund_id="o.id", kind="o.kind", programme="''",
        floor="o.floor", household_id="NULL", **at,
        balance="CASE o.kind WHEN 'cash' THEN o.given - o.all_fen ELSE o.given END",
    )  # fmt: skip
    ways = f"""(SELECT fund.*, programme, array_position(ARRAY{list(PROGRAMMES)}, programme) AS place, kind.*,
            coalesce(waiting.fen, 0) AS open_fen
        FROM bench.fund AS fund CROSS JOIN unnest(ARRAY{list(PROGRAMMES)}) AS each (programme)
        LEFT JOIN (
            SELECT fund, programme, sum(fen) AS fen FROM bench.planned WHERE state = 'planned' GROUP BY 1, 2
        ) AS waiting (number, programme, fen) USING (number, programme)
        CROSS JOIN (VALUES (1, 'committed'), (4, 'in_transit')) AS kind (after, kind)) AS o"""
    writer.rows(
        "ledger_account", like, ways, id="o.account + o.after + o.place", fund_id="o.id", kind="o.kind",
        programme="o.programme", floor="0", household_id="NULL", **at,
        balance="CASE o.kind WHEN 'committed' THEN o.open_fen ELSE 0 END",
    )  # fmt: skip
    writer.rows(
        "ledger_account", like, PAID, id="o.account", fund_id="o.fund_id", kind="'household'",
        programme="o.programme", floor="0", household_id=HOME, balance="o.fen", **at,
    )  # fmt: skip


def _orders(writer: Writer) -> None:
    writer.rows(
        "ledger_paymentorder", "status = 'paid'", ORDERS, id=ORDER, household_id=HOME, fund_id="o.fund_id",
        programme="o.programme", programme_label="o.programme", amount_fen="o.fen", reference="'帮扶' || o.n",
        status="o.state", ordered_on="o.day", organisation_id="o.organisation", scope_path="o.path",
    )  # fmt: skip


def _batches(writer: Writer) -> None:
    batches = f"""(SELECT batch, batch_number, fund_id, organisation, path, min(day) AS day FROM {PAID}
        GROUP BY 1, 2, 3, 4, 5) AS o"""
    writer.rows(
        "ledger_payoutbatch", "status = 'settled'", batches, id=BATCH, number="o.batch_number", fund_id="o.fund_id",
        day="o.day", sent_on="o.day", organisation_id="o.organisation", scope_path="o.path",
    )  # fmt: skip
    writer.rows(
        "ledger_batchline", "outcome = 'paid'", PAID, id=LINE, batch_id=BATCH, order_id=ORDER,
        line_no="o.line_no", line_key=LINE_KEY, amount_fen="o.fen", settled_on="o.day + 10",
        card_index="sha256(o.home::text::bytea)",
    )  # fmt: skip


SENDINGS = f"""(SELECT batch * 10 + array_position(ARRAY{list(PROGRAMMES)}, programme) AS sending, batch, batch_number,
    fund_id, ways, programme, min(day) AS day, sum(fen) AS fen FROM {PAID} GROUP BY 1, 2, 3, 4, 5, 6) AS o"""


def _transfers(writer: Writer) -> None:
    def write(reason: str, source: str, id_: str, key: str, reference: str, day: str, programme: str) -> None:
        writer.rows(
            "ledger_transfer", f"reason = '{reason}'", source, id=id_, key=key, reference=reference, day=day,
            posted_at=f"({day})::timestamptz", programme=programme,
        )  # fmt: skip

    write("receipt", "bench.fund AS o", GIVEN, "'receive:' || o.id", "'拨款' || o.id", "make_date(o.year, 1, 5)", "''")
    write("reservation", ORDERS, RESERVED, f"'reserve:' || {ORDER}", "'帮扶' || o.n", "o.day", "o.programme")
    sent = f"'send:' || {BATCH} || ':' || o.programme"
    write("sending", SENDINGS, SENT, sent, "o.batch_number", "o.day", "o.programme")
    write("payment", PAID, REACHED, f"'pay:' || {LINE}", LINE_KEY, "o.day + 10", "o.programme")


def _legs(writer: Writer) -> None:
    def write(source: str, transfer: str, out_of: str, into: str, fen: str, fund: str = "o.fund_id") -> None:
        writer.cursor.execute(
            "INSERT INTO ledger_leg (transfer_id, fund_id, position, account_id, side, quantity)"
            f" SELECT {transfer}, {fund}, leg.* FROM {source} CROSS JOIN LATERAL"
            f" (VALUES (1, {into}, 'debit', {fen}), (2, {out_of}, 'credit', {fen})) AS leg"
        )
        writer.say(f"ledger_leg: {writer.cursor.rowcount:,}")

    write("bench.fund AS o", GIVEN, "o.account", "o.account + 1", "1000000000000", "o.id")
    write(ORDERS, RESERVED, "o.ways + 1", ASIDE, "o.fen")
    write(SENDINGS, SENT, ASIDE, AT_BANK, "o.fen")
    write(PAID, REACHED, AT_BANK, "o.account", "o.fen")
