"""The golden figures: numbers that the data set must reproduce, each computed anew from the rows of the database.

Some are told by the newspaper (ids as in its list, G03); the others hold two ways of counting the same thing against
each other. Money is in fen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from chunyu.accounts.clock import today
from chunyu.demo.families import REGION
from chunyu.demo.history import LISTED
from chunyu.demo.load import CLEANED_UP, COUNTIES, PROVINCE
from chunyu.demo.money_from_above import BACK, SHARED
from chunyu.demo.proposals import FLOOR, RAISED, YEAR, YIDI
from chunyu.demo.warmth import NAME as WARMTH_2015
from chunyu.federation.models import Organisation, Placement, Region
from chunyu.federation.scope import out_of_step
from chunyu.hardship.campaigns.closing import account
from chunyu.hardship.campaigns.queries import OPEN as UNVISITED
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource, ClosingLine
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.indices.measures import SHIFTS
from chunyu.hardship.indices.measuring import Found, overview
from chunyu.hardship.indices.periods import Span, period_at
from chunyu.hardship.models import Grant, Standing, Target
from chunyu.hardship.projects.tables import Project, ProjectCase, ProjectPayment
from chunyu.ledger.checking import ways_that_differ
from chunyu.ledger.models import (
    Account,
    Allocation,
    AllocationStep,
    BatchLine,
    CashReceipt,
    Leg,
    OrderPart,
    PaymentOrder,
    Redemption,
    ResultFile,
)
from chunyu.ledger.result_file import read as read_result
from chunyu.organising.coverage.measuring import more_members_than_workers
from chunyu.organising.full_time.tables import JOINT, FullTimePost, PostHolding
from chunyu.organising.grants.tables import GrantPlan, GrantShare
from chunyu.organising.grid.queries import firms_in_none, villages_in_none
from chunyu.organising.models import ShellInquiry
from chunyu.organising.shells.signals import survey
from chunyu.policy import installed_packs
from chunyu.policy.examples import run_examples
from chunyu.privacy import vault
from chunyu.registry.models import Household, Member, MemberCount, Membership, ShellSpell
from chunyu.voice.models import Acceptance, Motion, Proposal

PROMISED_IN = 2015
GRANTED_IN = 2014
VECTOR = re.compile(r"V(\d+)\b")


@dataclass(frozen=True)
class Figure:
    """One number: what it must be and what the rows say."""

    id: str
    title: str
    expected: int
    computed: int

    @property
    def holds(self) -> bool:
        return self.expected == self.computed

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "expected": self.expected,
            "computed": self.computed,
            "holds": self.holds,
        }


def compute() -> list[Figure]:
    """Every figure that exists so far."""
    return [figure for part in PARTS for figure in part()]


def promise() -> Iterator[Figure]:
    targets = Target.objects.filter(year=PROMISED_IN)
    counties = targets.filter(organisation__kind=Organisation.Kind.COUNTY_FEDERATION)
    yield Figure("G03", "两万户困难职工精准帮扶：各县目标合计", 20_000, _sum(counties, "households"))
    # Under whom each of them stood at the time: a county that moved later leaves the promise as it was made.
    placed = Placement.objects.as_of(date(PROMISED_IN, 12, 31))
    above = targets.exclude(organisation__kind=Organisation.Kind.COUNTY_FEDERATION)
    below = {
        target.pk: _sum(
            targets.filter(organisation__in=placed.filter(parent=target.organisation_id).values("organisation")),
            "households",
        )
        for target in above
    }
    wrong = sum(1 for target in above if target.households != below[target.pk])
    yield Figure("G03.levels", "省、市目标与下级合计不符的级数", 0, wrong)


def households() -> Iterator[Figure]:
    on_file = Household.objects.filter(status=Household.Status.ON_FILE)
    yield Figure("D01", "在档困难职工家庭", sum(count for count, _ in COUNTIES.values()), on_file.count())
    for name, (count, _) in COUNTIES.items():
        county = Organisation.objects.filter(name=f"{name}总工会").first()
        found = on_file.within(county.path).count() if county else 0
        yield Figure(f"D01.{name}", f"在档困难职工家庭：{name}", count, found)
    yield Figure(
        "D02", "在档家庭中已按规则判定的", on_file.count(), Standing.objects.filter(household__in=on_file).count()
    )
    open_members = Member.objects.filter(is_open=True)
    people = open_members.values("id_number_index").distinct().count()
    yield Figure("D03", "一户一档：在档人数等于不同身份证号数", open_members.count(), people)
    real = sum(1 for member in open_members.iterator() if not member.id_number.reveal().startswith(REGION))
    yield Figure("D04", f"身份证号不在虚构区划 {REGION} 的人", 0, real)


def members() -> Iterator[Figure]:
    """What the database counted beside the memberships themselves, and that no density passes one."""
    open_spells = Membership.objects.filter(valid_to__isnull=True)
    yield Figure("C14.members", "会员数等于有效会籍数", open_spells.count(), _sum(MemberCount.objects, "members"))
    twice = open_spells.values("worker").annotate(times=Count("pk")).filter(times__gt=1).count()
    yield Figure("C14.once", "同时属于两个工会的职工", 0, twice)
    unions = Organisation.objects.filter(parent__isnull=True)
    wrong = sum(len(more_members_than_workers(each, today())) for each in unions)
    yield Figure("C14.density", "会员多于职工的工会", 0, wrong)


def standing_unions() -> Iterator[Figure]:
    """The district that has been cleaned up: no shell left, and all registered unions work normally."""
    district = Organisation.objects.filter(name=f"{CLEANED_UP}总工会").select_related("region").first()
    if district is None:
        return
    there = Organisation.objects.within(district.path).as_of(today())
    shells = ShellSpell.objects.as_of(today()).filter(organisation__in=there).count()
    yield Figure("G19", "区内空壳工会、挂牌工会", 0, shells)
    read = list(survey(district, today()))
    normal = sum(not each.suspected and not each.record.is_shell for each in read)
    yield Figure("G20", "区内正常运行的工会等于登记的工会", len(read), normal)
    ended = ShellInquiry.objects.exclude(members_moved=None)
    lost = sum(each.members_before + each.members_joined - each.members_left - each.members_moved for each in ended)
    yield Figure("C19.lost", "撤并工会中去向不明的会员", 0, lost)


def money() -> Iterator[Figure]:
    signed = Case(When(side=Leg.Side.DEBIT, then=F("quantity")), default=-F("quantity"))
    yield Figure("M01", "全部分录借贷相抵（分）", 0, Leg.objects.aggregate(fen=Sum(signed))["fen"] or 0)
    bank = sum(
        answer.amount_fen
        for file in ResultFile.objects.all()
        for answer in read_result(vault.get(file.vault_name))
        if answer.outcome == "paid"
    )
    bank += _sum(CashReceipt.objects.all(), "line__order__amount_fen")
    paid = BatchLine.objects.filter(outcome="paid")
    whole = paid.filter(order__mixed=False).values("order__fund__source").annotate(fen=Sum("amount_fen")).order_by()
    parts = OrderPart.objects.filter(order__lines__in=paid).values("fund__source").annotate(fen=Sum("amount_fen"))
    by_source = [*whole, *parts.order_by()]
    in_money = Account.objects.filter(fund__isnull=False)
    received = in_money.filter(kind=Account.Kind.HOUSEHOLD)
    total = sum(each["fen"] for each in by_source)
    yield Figure("M02", "按资金来源合计的已发放金额等于银行回盘与现金凭证（分）", bank, total)
    yield Figure("M03", "按家庭合计的到账金额等于银行回盘与现金凭证（分）", bank, _sum(received, "balance"))
    brought_in = -_sum(in_money.filter(kind=Account.Kind.SOURCE), "balance")
    held = _sum(in_money.exclude(kind=Account.Kind.SOURCE), "balance")
    yield Figure("M04", "收入等于结存、已安排、在途与到户之和（分）", brought_in, held)


def goods() -> Iterator[Figure]:
    in_goods = Account.objects.filter(fund__isnull=True)
    came = -_sum(in_goods.filter(kind=Account.Kind.SOURCE), "balance")
    if not came:
        return
    went = _sum(in_goods.exclude(kind="source"), "balance")
    yield Figure("W01", "物资入库等于库存、发放与报损之和（件）", came, went)
    promised = _sum(Redemption.objects.all(), "coupon__basket__items__quantity")
    left = Leg.objects.filter(side=Leg.Side.CREDIT, transfer__stock_movement__redemption__isnull=False)
    yield Figure("W02", "已用物资券应发件数等于出库件数", promised, _sum(left, "quantity"))
    bare = BatchLine.objects.filter(batch__method="cash", outcome="paid", receipt__isnull=True).count()
    yield Figure("W03", "现金已发放而无签收凭证", 0, bare)


def approvals() -> Iterator[Figure]:
    grants = Grant.objects.all()
    alone = grants.filter(approved_by__user=F("application__case__opened_by__user")).count()
    yield Figure("A01", "由录入人自己审批的救助", 0, alone)
    over = (
        grants.values("application__household", "application__programme", "approved_on__year")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
        .count()
    )
    yield Figure("A02", "同一家庭同一项目同一年重复救助", 0, over)
    yield Figure("A03", "与所属组织路径不符的数据表", 0, len(out_of_step()))


def rules() -> Iterator[Figure]:
    for pack in installed_packs():
        results: dict[int, bool] = {}
        for result in run_examples(pack):
            if named := VECTOR.match(result.example.name):
                number = int(named[1])
                results[number] = results.get(number, True) and result.holds
        if results:
            yield Figure(f"R01.{pack.id}", f"判定样例 V1–V10 全部成立：{pack.id}", 10, sum(results.values()))


def regions() -> Iterator[Figure]:
    counties = Region.objects.filter(level=Region.Level.COUNTY, code__startswith="13").exclude(
        Q(code__startswith="1399") | Q(source__startswith="fictional")
    )
    for day, count in ((date(2015, 9, 30), 170), (date(2023, 6, 30), 167)):
        yield Figure(f"F01.{day.year}", f"河北县级行政区划（{day}）", count, counties.as_of(day).count())


def practice() -> Iterator[Figure]:
    """The old practice and the new one, as the six indices see them: of the province, two years apart from its rows."""
    province = Organisation.objects.filter(name=PROVINCE).first()
    first = PaymentOrder.objects.filter(reference__startswith=LISTED).order_by("ordered_on").first()
    if province is None or first is None:
        return
    years = [date(first.ordered_on.year + later, 12, 31) for later in (0, 1)]
    old, new = overview(province, period_at(Span.YEAR, years[1]), "", years[1], trend=2).trend
    yield Figure("C23.old", f"旧做法一年（{years[0].year}）：撒芝麻盐指数大于 0.6", 1, _above(old, Fraction(6, 10)))
    yield Figure("C23.new", f"新做法一年（{years[1].year}）：撒芝麻盐指数小于 0.3", 1, _below(new, Fraction(3, 10)))
    rises = [(each.value(old), each.value(new)) for each in SHIFTS]
    rose = sum(1 for was, now in rises if was is not None and now is not None and now > was)
    yield Figure("G30", "四个转变：各自可测，且都上升", 4, rose)
    places = overview(province, period_at(Span.YEAR, years[1]), "", years[1], trend=1).places
    below = sum(each.found.indices.total_fen for each in places)
    yield Figure("C23.places", "各地合计等于全省发放金额（分）", new.indices.total_fen, below)


def projects() -> Iterator[Figure]:
    """The named projects, and what must hold of every payment that a project ever made."""
    province = Organisation.objects.filter(name=PROVINCE).first()
    if province is None:
        return
    named = Project.objects.within(province.path).filter(programme__in=["love_card", "dialysis", "cataract"])
    yield Figure("G07", "项目化帮扶：爱心卡、透析救助、白内障光明工程", 3, named.values("programme").distinct().count())
    paid = ProjectPayment.objects.select_related("case__project", "order").exclude(order__status="cancelled")
    units = paid.values("person_index", "programme", "unit", "part").distinct().count()
    yield Figure("C05.once", "同一人同一月份（半年、眼别）只发一次", paid.count(), units)
    late = sum(1 for each in paid if each.case.stopped_on and each.unit >= f"{each.case.stopped_on:%Y-%m}"
               and each.case.stopped_on.day == 1)  # fmt: skip
    yield Figure("C05.stopped", "停发之后仍发放的月份", 0, late)
    treated = ProjectCase.objects.filter(cost_fen__isnull=False).annotate(given=Sum("payments__amount_fen"))
    over = sum(1 for each in treated if (each.given or 0) > (each.own_cost_fen or 0))
    yield Figure("C05.own_cost", "补助超过自付费用的办件", 0, over)
    ordered = PaymentOrder.objects.filter(project_payment__isnull=False)
    by_project = _sum(ProjectPayment.objects.filter(order__isnull=False), "amount_fen")
    yield Figure("C05.money", "项目发放合计等于账上安排（分）", _sum(ordered, "amount_fen"), by_project)


def small_third_level() -> Iterator[Figure]:
    shares = GrantShare.objects.filter(plan__year=GRANTED_IN, transfer__isnull=False)
    yield Figure("G26", "2014 年市、县两级下拨小三级经费（分）", 1_874_000_000, _sum(shares, "amount_fen"))
    plans = GrantPlan.objects.filter(year=GRANTED_IN)
    left = Leg.objects.filter(
        side=Leg.Side.CREDIT, account__fund__in=plans.values("fund"), transfer__reason="allocation"
    )
    yield Figure(
        "G26.receivers", "受补单位合计等于拨款单位账上拨出（分）", _sum(left, "quantity"), _sum(shares, "amount_fen")
    )
    gone = shares.filter(organisation__dissolved_on__lte=F("transfer__day")).count()
    yield Figure("G26.barred", "拨给已撤销工会的补助", 0, gone)
    day = today()
    holders = PostHolding.objects.as_of(day).filter(
        post__in=FullTimePost.objects.as_of(day),
        organisation__in=Organisation.objects.as_of(day).filter(kind__in=JOINT),
    )
    yield Figure("G27", "专职工会工作者：每人在一个存续的联合工会有岗位", 384, holders.count())
    people = PostHolding.objects.as_of(day).values("id_number_index").distinct().count()
    yield Figure("G27.once", "一人一岗：在岗人数等于不同身份证号数", PostHolding.objects.as_of(day).count(), people)
    tops = Organisation.objects.filter(parent__isnull=True)
    none = sum(firms_in_none(top.path, day).count() + villages_in_none(top.path, day).count() for top in tops)
    yield Figure("C19.grid", "未纳入网格的用人单位和村、社区", 0, none)


def warmth() -> Iterator[Figure]:
    """The province's campaign of 2015, and what must hold of every campaign."""
    campaign = Campaign.objects.filter(name=WARMTH_2015).first()
    if campaign is None:
        return
    roots = CampaignSource.objects.filter(campaign=campaign, above__isnull=True)
    yield Figure("G14", "2015 年两节送温暖省级筹集资金（分）", 5_703_630_000, _sum(roots, "amount_fen"))
    funds = roots.values("fund")
    receipts = Leg.objects.filter(account__fund__in=funds, account__kind="cash", transfer__reason="receipt")
    yield Figure("G14.books", "筹集资金等于账上到账（分）", _sum(roots, "amount_fen"), _sum(receipts, "quantity"))
    yield Figure("G15", "2015 年两节送温暖对象类别", 5, campaign.groups.count())
    lines = [line for each in Campaign.objects.order_by("code") for line in account(each)]
    raised = sum(line.raised_fen for line in lines)
    closed = ClosingLine.objects.all()
    kept = sum(_sum(closed, name) for name in ("paid_fen", "returned_fen", "unspent_fen"))
    yield Figure("C17.closing", "已结账活动：发放、退回与结余之和等于筹集（分）", _sum(closed, "raised_fen"), kept)
    held = CampaignSource.objects.values("fund")
    there = Account.objects.filter(fund__in=held, kind__in=["cash", "committed", "in_transit"])
    parts = sum(line.paid_fen + line.returned_fen for line in lines) + _sum(there, "balance")
    yield Figure("C17.raised", "全部活动：发放、退回与账上余额之和等于筹集（分）", raised, parts)
    paid = Account.objects.filter(fund__in=held, kind__in=["household", "spent"])
    yield Figure(
        "C17.paid",
        "活动发放按来源合计等于按户和按对象合计（分）",
        _sum(paid, "balance"),
        sum(line.paid_fen for line in lines),
    )
    live = CampaignVisit.objects.filter(called_off_on__isnull=True, cash_fen__gt=0, household__isnull=False)
    twice = live.values("campaign", "household").annotate(times=Count("pk")).filter(times__gt=1).count()
    yield Figure("C17.once", "同一活动中领取两份慰问金的家庭", 0, twice)
    every = CampaignVisit.objects.all()
    done = every.filter(visited_on__isnull=False).count() + every.filter(called_off_on__isnull=False).count()
    yield Figure(
        "C17.unvisited", "待走访数等于已安排减去已走访和已取消", every.count() - done, every.filter(UNVISITED).count()
    )


def _above(found: Found, bar: Fraction) -> int:
    return int(found.indices.sesame is not None and found.indices.sesame > bar)


def _below(found: Found, bar: Fraction) -> int:
    return int(found.indices.sesame is not None and found.indices.sesame < bar)


def levels_of_money() -> Iterator[Figure]:
    """A fen of the centre's money is at one level or at another, and money by source is money by household."""
    given = Allocation.objects.filter(giver__source="central_fiscal")
    back = AllocationStep.objects.filter(allocation__in=given).exclude(kind="arrived")
    arrived = AllocationStep.objects.filter(allocation__in=given, kind="arrived")
    on_the_way = Account.objects.filter(kind=Account.Kind.ARRIVING, fund__source="central_fiscal")
    lost = _sum(given, "amount_fen") - _sum(arrived, "amount_fen") - _sum(on_the_way, "balance")
    yield Figure("C21.arrived", "下达的中央资金等于已签收与在途之和（差额，分）", 0, lost)
    yield Figure("C21.back", "退回上级的中央资金（分）", BACK, _sum(back, "amount_fen"))
    [mixed] = PaymentOrder.objects.filter(mixed=True)
    yield Figure(
        "C21.shared", "一笔多来源发放：各来源之和等于到户金额（分）", sum(SHARED), _sum(mixed.parts, "amount_fen")
    )
    yield Figure("C21.ways", "按来源与按家庭合计不符之处", 0, len(ways_that_differ()))


def proposals() -> Iterator[Figure]:
    """What a workplace's workers proposed in the newspaper's year, and that nothing was closed too early."""
    own = Proposal.objects.filter(organisation__name=YIDI, raised_on__year=YEAR)
    yield Figure("G10", "2014 年公司职工提案（报纸：近40条）", RAISED, own.count())
    first = Motion.objects.filter(number=1, proposal__in=own, proposal__case__title=FLOOR, session__held_on__year=YEAR)
    yield Figure(
        "C11.first", "一号议案：通道地面，整改完成并回访", 1, first.filter(proposal__review__isnull=False).count()
    )
    done = Proposal.objects.filter(case__state__in=["done", "reviewed"])
    sure = done.filter(case__documents__kind="proof", acceptances__by="union", acceptances__accepted=True)
    sure = sure.filter(pk__in=Acceptance.objects.exclude(by="union").filter(accepted=True).values("proposal"))
    yield Figure("C11.closed", "整改完成的提案都有证明、工会核查和提案人意见", done.count(), sure.distinct().count())


PARTS: tuple[Callable[[], Iterator[Figure]], ...] = (
    promise, households, members, standing_unions, money, goods, approvals, rules, regions, practice, projects,
    small_third_level, levels_of_money, warmth, proposals,
)  # fmt: skip


def _sum(rows: QuerySet, column: str) -> int:
    return rows.aggregate(total=Sum(column))["total"] or 0
