"""Employers and members of the demonstration: every union covers its employers, some employers have none yet, and the
workers whose families are on file are members where they work, beside others who are not in need.

Written in bulk, as an import would: the database's own rules count the members.
"""

from __future__ import annotations

from datetime import date, timedelta

from chunyu.accounts.acting import Acting
from chunyu.demo.families import Families
from chunyu.federation.models import Organisation
from chunyu.registry.employers.codes import INDUSTRY, NEW_FORM
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.membership.actions import NewWorker, worker_row
from chunyu.registry.membership.tables import Membership, Worker
from chunyu.registry.models import Member

OTHERS = 12  # members of a union whose families are not on file, at most twice as many
WITHOUT = ("食品加工厂", "物流服务部", "家政服务公司", "电子商务园", "建材市场", "餐饮连锁店")
PUBLIC_WORDS = ("中学", "小学", "医院", "管理处", "管理站", "农机站", "环卫处")


class Workers:
    """The employers, workers and members of one county."""

    def __init__(self, acting: Acting, unions: list[Organisation], families: Families) -> None:
        self.acting, self.unions, self.families = acting, unions, families
        self.random, self.day = families.random, acting.day

    def write(self, *, gaps: bool = True) -> None:
        """`gaps`: with employers that no union covers yet."""
        firms = {union.pk: self._firms_of(union) for union in self.unions}
        if gaps:
            self._without_a_union()
        workers: list[Worker] = []
        spells: list[Membership] = []
        for worker, since in self._people(firms):
            worker.is_member = True
            workers.append(worker)
            spells.append(Membership(organisation=worker.organisation, worker=worker, valid_from=since))
        Worker.objects.bulk_create(workers, batch_size=1_000)
        Membership.objects.bulk_create(spells, batch_size=1_000)
        self._count(firms, workers)

    def _firms_of(self, union: Organisation) -> list[Enterprise]:
        """The one employer of a workplace's union, or the few of a joint one."""
        name = union.name.removesuffix("工会")
        joint = name.endswith("联合")
        names = [f"{name.removesuffix('联合')}{each}" for each in ("一部", "二部", "三部")] if joint else [name]
        ownership = "400" if any(word in name for word in PUBLIC_WORDS) else self.random.choice(("159", "170", "110"))
        found = [self._firm(each, union.parent or union, ownership) for each in names]
        Enterprise.objects.bulk_create(found)
        UnionCover.objects.bulk_create(
            UnionCover(organisation=each.organisation, enterprise=each, union=union, valid_from=date(2012, 1, 1))
            for each in found
        )
        return found

    def _firm(self, name: str, answering: Organisation, ownership: str) -> Enterprise:
        return Enterprise(
            organisation=answering,
            name=name,
            ownership=ownership,
            industry=self.random.choice(list(INDUSTRY.entries)[:-1]),
            region=answering.region,
            has_party_cell=self.random.random() < 0.4,
            known_from=date(2011, 1, 1),
        )

    def _without_a_union(self) -> None:
        """What the organisers still have to do."""
        townships = sorted({union.parent for union in self.unions if union.parent}, key=lambda each: each.pk)
        found = [self._firm(f"{self._short(each)}{self.random.choice(WITHOUT)}", each, "170") for each in townships]
        Enterprise.objects.bulk_create(found)
        Headcount.objects.bulk_create(self._headcount(each, self.random.randint(12, 160)) for each in found)

    @staticmethod
    def _short(union: Organisation) -> str:
        return union.name.removesuffix("工会").removesuffix("总").removesuffix("联合")

    def _people(self, firms: dict[int, list[Enterprise]]) -> list[tuple[Worker, date]]:
        """The workers of families on file at these unions, and others, each with the day since they are members."""
        found = []
        on_file = Member.objects.filter(is_worker=True, is_open=True, organisation__in=self.unions)
        at = {union.pk: union for union in self.unions}
        for member in on_file.order_by("pk"):
            union = at[member.organisation_id]
            found.append(self._worker(union, member.name, member.id_number.reveal(), firms))
        for union in self.unions:
            for _ in range(self.random.randint(OTHERS, 2 * OTHERS)):
                person = self.families.worker(self.day)
                found.append(self._worker(union, person.name, person.id_number, firms))
        return found

    def _worker(
        self, union: Organisation, name: str, id_number: str, firms: dict[int, list[Enterprise]]
    ) -> tuple[Worker, date]:
        courier = "快递" in union.name or "物流" in union.name or self.random.random() < 0.04
        person = NewWorker(
            name,
            id_number,
            is_migrant=self.random.random() < 0.3,
            new_form=self.random.choice(list(NEW_FORM.entries)) if courier else "",
            enterprise=self.random.choice(firms[union.pk]),
        )
        worker = worker_row(union, person)
        grown = date(worker.birth_date.year + 20, 1, 1)
        earliest = max(date(2012, 1, 1), grown)
        span = max((self.day - earliest).days, 1)
        return worker, min(earliest + timedelta(days=self.random.randrange(span)), self.day)

    def _count(self, firms: dict[int, list[Enterprise]], workers: list[Worker]) -> None:
        """As many workers as members and some more; a firm without members is not counted as empty."""
        by_firm: dict[object, list[Worker]] = {}
        for worker in workers:
            by_firm.setdefault(worker.enterprise_id, []).append(worker)
        rows = []
        for each in (firm for some in firms.values() for firm in some):
            members = by_firm.get(each.pk, [])
            workers_there = int(len(members) * self.random.uniform(1.05, 1.6)) + 3
            migrants = sum(1 for member in members if member.is_migrant)
            new_forms = sum(1 for member in members if member.new_form)
            rows.append(self._headcount(each, workers_there, migrants + 1, new_forms + (new_forms > 0)))
        Headcount.objects.bulk_create(rows)

    def _headcount(self, firm: Enterprise, workers: int, migrants: int = 0, new_forms: int = 0) -> Headcount:
        return Headcount(
            organisation=firm.organisation,
            enterprise=firm,
            counted_on=date(2011, 12, 31),
            workers=workers,
            migrant_workers=migrants,
            new_form_workers=new_forms,
            source="社会保险参保名册",
            recorded_by=self.acting.post,
        )
