"""The two years before this one: the old practice, which the newspaper described, and the new one that it asks for.

In the old year nearly everybody on file got the same sum, before the Spring Festival, for living and medical relief.
In the new one about the same money went the whole year round to whoever lacked most, with schooling and work beside
relief, through the centre, its stations and the aid shop, part of it from donors; and other members were served too.
The families of these years have left their files since. What was paid when stands in lists.csv and services.csv.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.festivals import SPRING
from chunyu.demo.families import Families
from chunyu.demo.federation import acting, rows
from chunyu.demo.filing import file_families
from chunyu.demo.matters import answer
from chunyu.federation.models import Organisation
from chunyu.hardship.deciding import decide_households
from chunyu.hardship.indices.actions import Given, record_services
from chunyu.hardship.models import Decision
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household

FAMILIES = {"雨润县": 80, "青禾县": 55, "松涛区": 65}
# The share of the yearly gap that the new practice closes, by list, and the most that it pays at once (fen).
CLOSES, CAP_FEN = (0.06, 0.14), 500_000
LISTED = "LB"  # begins the number of every payment of a list
NAMES = {"central_fiscal": "中央财政专项帮扶资金", "donation": "社会捐赠资金"}
LABELS = {"living": "生活救助", "medical": "医疗救助", "education": "金秋助学", "startup": "就业创业扶持"}


@dataclass(frozen=True)
class Years:
    """Which year was of which practice, seen from a day."""

    old: int
    new: int

    @classmethod
    def before(cls, day: date) -> Years:
        return cls(day.year - 2, day.year - 1)


class History:
    """The two years of one county."""

    def __init__(
        self, county: Organisation, unions: Sequence[Organisation], townships: Sequence[str], day: date
    ) -> None:
        self.county, self.unions, self.townships = county, unions, tuple(townships)
        self.years = Years.before(day)
        self.random = Random(f"{county.region.code} history")  # noqa: S311 - a spread that looks real, no secret
        self._calendar = calendar_in_force()
        self._written = 0

    def play(self, standard: int, taken: set[str]) -> None:
        self._file(standard, taken)
        needs: dict[object, int] = {}
        for practice, year in (("old", self.years.old), ("new", self.years.new)):
            needs = self._decide(year)
            self._pay(practice, year, needs)
            self._serve(practice, year, taken)
        self._close(date(self.years.new, 12, 31))

    def _acting(self, role: Role, day: date, which: int = 0) -> Acting:
        return acting(role, self.county, day, which)

    def _file(self, standard: int, taken: set[str]) -> None:
        first = date(self.years.old, 1, 2)
        families = Families(self.random, self.county.region.name, self.townships, standard, first, taken)
        count = FAMILIES[self.county.region.name]
        at = [(self.random.choice(self.unions), family) for family in families.make(count)]
        before = set(Household.objects.within(self.county.path).values_list("pk", flat=True))
        file_families(self._acting(Role.COUNTY_CASEWORKER, first), at)
        rows = Household.objects.within(self.county.path).exclude(pk__in=before)
        self.households = list(rows.select_related("organisation__region").order_by("file_number"))
        self.families = families

    def _decide(self, year: int) -> dict[object, int]:
        """Everybody is decided at the beginning of the year; their yearly gaps, where they are known."""
        keys = [each.pk for each in self.households]
        caseworker = self._acting(Role.COUNTY_CASEWORKER, date(year, 1, 3))
        decide_households(caseworker, Household.objects.filter(pk__in=keys).select_related("organisation__region"))
        decided = Decision.objects.filter(household__in=keys).order_by("day", "known_at")
        latest = dict(decided.values_list("household", "need_fen"))
        return {key: need for key, need in latest.items() if need is not None}

    def _pay(self, practice: str, year: int, needs: dict[object, int]) -> None:
        lists = [row for row in rows("lists.csv") if row["practice"] == practice]
        chosen = [(row, self._lines(row, year, needs)) for row in lists]
        funds = {
            source: self._fund(source, year, sum(sum(line.values()) for row, line in chosen if row["source"] == source))
            for source in dict.fromkeys(row["source"] for row in lists)
        }
        workers = self._workers()
        for row, amounts in chosen:
            self._pay_list(row, self._day(row["day"], year), funds[row["source"]], amounts, workers)

    def _lines(self, row: dict[str, str], year: int, needs: dict[object, int]) -> dict[object, int]:
        """Who gets what from a list, in fen: the same for some of all, or by the gap to those who lack most."""
        count = round(len(self.households) * float(row["households"]))
        if row["each_yuan"]:
            some = self.random.sample(self.households, count)
            return {each.pk: int(row["each_yuan"]) * 100 for each in some}
        deepest = sorted((key for key in needs if needs[key] > 0), key=lambda key: (-needs[key], str(key)))
        some = deepest[: len(deepest) * 8 // 10]
        # Who lacks more is chosen more often; nobody is in one list twice.
        chosen = sorted(some, key=lambda key: self.random.random() ** (1_000_000 / needs[key]), reverse=True)[:count]
        return {key: min(CAP_FEN, int(round(needs[key] * self.random.uniform(*CLOSES), -3))) for key in chosen}

    def _workers(self) -> dict[object, str]:
        keys = [each.pk for each in self.households]
        named = Household.objects.filter(pk__in=keys, members__is_worker=True)
        return dict(named.values_list("pk", "members__name"))

    def _paid_from(self, source: str) -> set[str]:
        return {row["programme"] for row in rows("lists.csv") if row["source"] == source}

    def _fund(self, source: str, year: int, amount_fen: int) -> Fund:
        day = self._working(date(year, 1, 4))
        finance = self._acting(Role.FINANCE_OFFICER, day)
        fund = ledger.open_fund(
            finance,
            organisation=self.county,
            name=f"{NAMES[source]}（{year}年）",
            source=source,
            document_no=f"演字〔{year}〕{len(source)}号",
            year=year,
            day=day,
            programmes={code: LABELS[code] for code in sorted(self._paid_from(source))},
        )
        ledger.receive(
            finance, fund=fund, amount_fen=amount_fen, day=day, document_no="收款回单1", key=f"receipt:{fund.pk}:1"
        )
        return fund

    def _pay_list(
        self, row: dict[str, str], day: date, fund: Fund, amounts: dict[object, int], workers: dict[object, str]
    ) -> None:
        self._written += 1
        homes = {each.pk: each for each in self.households}
        lines = [
            ledger.ListedPayment(
                household=homes[key],
                amount_fen=fen,
                reference=f"{LISTED}{self.county.region.code}-{day.year}-{self._written:02d}-{place:04d}",
                payee_name=workers[key],
                bank_name=homes[key].bank_name,
                card_number=homes[key].bank_card.reveal(),
            )
            for place, (key, fen) in enumerate(amounts.items(), 1)
        ]
        finance, second = (self._acting(Role.FINANCE_OFFICER, day, which) for which in (0, 1))
        orders = ledger.order_list(
            self._acting(Role.COUNTY_APPROVER, day),
            fund=fund,
            programme=row["programme"],
            programme_label=row["label"],
            lines=lines,
            day=day,
            delivery=row["delivery"],
            entered_by=self._acting(Role.COUNTY_CASEWORKER, day).post.user,
            approved_by=self._acting(Role.COUNTY_APPROVER, day).post.user,
        )
        batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=fund, orders=orders, day=day))
        batch = ledger.approve(second, batch, shown=batch.digest, day=day)
        ledger.send(finance, batch, day=day)
        batch.refresh_from_db()
        ledger.import_result(finance, batch, content=answer(batch, set()), day=day + timedelta(days=1))

    def _day(self, text: str, year: int) -> date:
        """`10-08`, or so many days before the Spring Festival: `spring-12`; a working day at or before it."""
        if text.startswith("spring-"):
            return self._working(date(year, *SPRING[year]) - timedelta(days=int(text.removeprefix("spring-"))))
        month, day = text.split("-")
        return self._working(date(year, int(month), int(day)))

    def _working(self, day: date) -> date:
        while not self._calendar.works(day):
            day -= timedelta(days=1)
        return day

    def _serve(self, practice: str, year: int, taken: set[str]) -> None:
        given = [each for row in rows("services.csv") if row["practice"] == practice for each in self._given(row, year)]
        record_services(self._acting(Role.COUNTY_CASEWORKER, date(year, 12, 31)), self.county, given)

    def _given(self, row: dict[str, str], year: int) -> Iterator[Given]:
        """Services of one kind in one month: to workers on file, and to members who are on none."""
        random = self.random
        filed = int(row["on_file"])
        homes = random.sample(self.households, filed)
        numbers = [home.worker.id_number.reveal() for home in homes]
        while len(numbers) < int(row["people"]):
            numbers.append(self.families.id_number(date(year, 1, 1), random.randint(20, 58), random.choice("12")))
        for number in numbers:
            tags = [random.random() < share for share in (0.45, 0.25, 0.15)]
            yield Given(
                id_number=number,
                day=self._working(date(year, int(row["month"]), random.randint(8, 28))),
                category=row["category"],
                delivery=row["delivery"],
                partner=row["partner"],
                value_fen=int(row["each_yuan"]) * 100,
                is_member=True,
                front_line=tags[0],
                migrant=tags[1],
                dispatched=tags[2],
            )

    @transaction.atomic
    def _close(self, day: date) -> None:
        """They are out of hardship, and their files are closed."""
        keys = [each.pk for each in self.households]
        exited = Household.Status.EXITED
        count = Household.objects.filter(pk__in=keys).update(status=exited, closed_on=day)
        record(self._acting(Role.COUNTY_CASEWORKER, day), "demo.close_files", self.county, f"{count} households")
