"""Grants to the small third level: shared out to the fen, approved by another, handed down, reported and checked."""

from __future__ import annotations

from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.federation.actions import dissolve
from chunyu.ledger import accounts
from chunyu.ledger import actions as ledger
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import Fund
from chunyu.ledger.posting import post, reversal
from chunyu.ledger.statements import fund_statement
from chunyu.organising.grants import actions, queries
from chunyu.organising.grants.shown import digest_of_plan, digest_of_report
from chunyu.organising.grants.tables import GrantPlan, GrantShare, GrantUse
from chunyu.organising.refusing import refusing
from chunyu.registry.models import ShellSpell
from tests import situations
from tests.organising.granting import BUDGET, fund_of, handed_down, plan
from tests.organising.unions import TODAY, Kind, members, union
from tests.situations import county


@pytest.fixture
def yurun(db, settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def finance(yurun):
    return yurun.acting(Role.FINANCE_OFFICER, TODAY)


@pytest.fixture
def second(yurun):
    return yurun.acting(Role.COUNTY_APPROVER, TODAY)


@pytest.fixture
def officer(yurun):
    return yurun.acting(Role.TOWNSHIP_OFFICER, TODAY)


def amounts(made: GrantPlan) -> dict[str, int]:
    rows = made.shares.order_by("organisation__path")
    return dict(rows.values_list("organisation__name", "amount_fen"))


def test_the_formula_counts_unions_and_members_and_the_budget_comes_out_exactly(yurun, finance):
    members(yurun.acting(Role.ORGANISER, TODAY), yurun.workplace, 5)
    willow = union(yurun, "柳河乡工会", Kind.TOWNSHIP_UNION, under=yurun.federation)
    made = plan(finance, yurun.federation, [willow, yurun.township])
    counted = dict(made.shares.values_list("organisation__name", "weight_fen"))
    assert counted == {yurun.township.name: 100_000 + 20_000 + 5 * 500, willow.name: 100_000}
    assert amounts(made) == {yurun.township.name: 5_505_619, willow.name: 4_494_382}
    assert sum(amounts(made).values()) == BUDGET
    actions.set_tasks(finance, made.shares.get(organisation=willow), 3)
    assert sum(amounts(made).values()) == BUDGET
    assert amounts(made)[willow.name] > amounts(made)[yurun.township.name]


def test_the_plan_of_a_past_day_counts_who_was_a_member_then(yurun):
    members(yurun.acting(Role.ORGANISER, TODAY), yurun.workplace, 5, on=date(2016, 1, 1))
    before = plan(yurun.acting(Role.FINANCE_OFFICER, date(2015, 6, 1)), yurun.federation, [yurun.township], year=2015)
    assert before.shares.get().members == 0


def test_another_person_approves_and_then_nothing_moves(yurun, finance, second):
    made = plan(finance, yurun.federation, [yurun.township])
    with pytest.raises(Refusal) as refused:
        actions.approve_plan(finance, made, shown=digest_of_plan(made))
    assert refused.value.code == "grant_approved_by_another"
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    share = made.shares.get()
    for act, code in (
        (lambda: actions.compute_again(finance, made), "grant_shares_until_approved"),
        (lambda: actions.set_tasks(finance, share, 1), "grant_shares_until_approved"),
        (lambda: actions.withdraw_plan(finance, GrantPlan.objects.get()), "grant_approved_is_kept"),
        (lambda: actions.approve_plan(second, made, shown=digest_of_plan(made)), "grant_approved_is_kept"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code


def test_money_goes_down_through_the_ledger_is_used_reported_checked_and_booked(yurun, finance, second, officer):
    made = handed_down(finance, second, yurun.federation, [yurun.township])
    share = made.shares.get()
    own = Fund.objects.get(organisation=yurun.township)
    assert accounts.arriving(own).balance == share.amount_fen == BUDGET, "free when the receiver has reported"
    actions.enter_use(
        officer, share, used_on=TODAY, purpose="training", text="会员培训班", document_no="凭3", amount_fen=7_000_000
    )
    actions.report_use(officer, share, remark="余款留用")
    with pytest.raises(Refusal) as refused:
        actions.report_use(officer, share)
    assert refused.value.code == "grant_reported"
    actions.send_back(finance, share, reason="凭证3缺签字")
    actions.enter_use(
        officer, share, used_on=TODAY, purpose="visits", text="走访", document_no="凭4", amount_fen=1_000_000
    )
    actions.report_use(officer, share)
    actions.check_use(finance, share, shown=digest_of_report(share))
    statement = fund_statement(own)
    assert (statement.spent_fen, statement.free_fen, statement.adds_up) == (8_000_000, BUDGET - 8_000_000, True)
    assert soundness().holds
    told = queries.plans(yurun.path).get()
    assert (told.shared_fen, told.handed_fen, told.used_fen, told.unreported) == (BUDGET, BUDGET, 8_000_000, 0)
    received = queries.receivers(yurun.path, 2026).get()
    assert (received.received_fen, received.county_fen, received.city_fen) == (BUDGET, BUDGET, 0)
    assert received.unspent_fen == BUDGET - 8_000_000
    share.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        actions.check_use(second, share, shown=digest_of_report(share))
    assert refused.value.code == "grant_checked_for_good"


def test_what_is_approved_and_checked_is_what_was_shown(yurun, finance, second, officer):
    made = plan(finance, yurun.federation, [yurun.township])
    seen = digest_of_plan(made)
    actions.set_tasks(finance, made.shares.get(), 3)
    with pytest.raises(Refusal) as refused:
        actions.approve_plan(second, made, shown=seen)
    assert refused.value.code == "grant_approved_for_what_was_shown"
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    actions.hand_down(finance, made, fund_of(finance, yurun.federation, 10 * BUDGET), day=TODAY)
    share = made.shares.get()
    actions.report_use(officer, share)
    seen = digest_of_report(share)
    actions.send_back(finance, share, reason="漏报")
    actions.enter_use(officer, share, used_on=TODAY, purpose="visits", text="走访", document_no="凭9", amount_fen=100)
    actions.report_use(officer, share)
    with pytest.raises(Refusal) as refused:
        actions.check_use(finance, share, shown=seen)
    assert refused.value.code == "grant_checked_for_what_was_shown"
    with pytest.raises(IntegrityError, match="not what was shown"), transaction.atomic():
        GrantShare.objects.filter(pk=share.pk).update(checked_by=finance.post, checked_on=TODAY)
    actions.check_use(finance, share, shown=digest_of_report(share))


def test_who_reports_does_not_check(yurun, finance, second, officer):
    share = handed_down(finance, second, yurun.federation, [yurun.township]).shares.get()
    actions.report_use(officer, share)
    both = Acting(situations.appoint(officer.post.user, yurun.federation, Role.FINANCE_OFFICER, on=TODAY), TODAY)
    with pytest.raises(Refusal) as refused:
        actions.check_use(both, share, shown=digest_of_report(share))
    assert refused.value.code == "grant_checked_by_another"


def test_city_and_county_together_and_the_sum_by_receiver_is_the_sum_by_giver(yurun, finance, second):
    city, other = (situations.acting(Role.FINANCE_OFFICER, yurun.city, TODAY) for _ in range(2))
    qinghe = county("青禾县")
    fund_of(city, yurun.city, 10 * BUDGET, "municipal_union")
    handed_down(city, other, yurun.city, [yurun.township, qinghe.township], budget=7_777_777)
    handed_down(finance, second, yurun.federation, [yurun.township, yurun.workplace])
    by_giver = sum(each.handed_fen for each in queries.plans(yurun.city.path))
    by_receiver = [each.received_fen for each in queries.receivers(yurun.city.path, 2026)]
    assert (by_giver, len(by_receiver)) == (7_777_777 + BUDGET, 3)
    assert sum(by_receiver) == by_giver
    with pytest.raises(Refusal) as refused:
        plan(finance, yurun.federation, [qinghe.township], no="补助2号")
    assert refused.value.code == "not_under_the_giver"


def test_an_unreported_grant_blocks_the_next_with_the_reason(yurun, finance, second, officer):
    first = handed_down(finance, second, yurun.federation, [yurun.township], year=2025)
    nothing = plan(finance, yurun.federation, [yurun.township, yurun.workplace])
    assert {each.organisation: each.barred for each in nothing.shares.all()} == {
        yurun.township: "unreported", yurun.workplace: ""
    }  # fmt: skip
    assert amounts(nothing) == {yurun.township.name: 0, yurun.workplace.name: BUDGET}
    with pytest.raises(Refusal) as refused:
        plan(finance, yurun.federation, [yurun.township], no="补助9号")
    assert refused.value.code == "no_weight"
    actions.report_use(officer, first.shares.get())
    actions.compute_again(finance, nothing)
    assert amounts(nothing)[yurun.township.name] > 0
    assert sum(amounts(nothing).values()) == BUDGET


def test_a_union_dissolved_before_the_money_goes_gets_none(yurun, finance, second):
    mill = union(yurun, "面粉厂工会")
    made = plan(finance, yurun.federation, [mill, yurun.township])
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    dissolve(mill, on=TODAY)
    left = actions.hand_down(finance, made, fund_of(finance, yurun.federation, BUDGET), day=TODAY)
    assert [(share.organisation, why) for share, why in left] == [(mill, "dissolved")]
    assert list(Fund.objects.exclude(organisation=yurun.federation).values_list("organisation", flat=True)) == [
        yurun.township.pk
    ]
    again = plan(finance, yurun.federation, [mill, yurun.workplace, yurun.federation], no="补助2号")
    barred = {each.organisation.name: each.barred for each in again.shares.all()}
    assert barred == {mill.name: "dissolved", yurun.workplace.name: "", yurun.federation.name: "kind"}


def test_a_union_found_to_exist_on_paper_only_gets_none_until_it_is_revived(yurun, finance, second):
    mill = union(yurun, "面粉厂工会")
    spell = ShellSpell.objects.create(organisation=mill, valid_from=TODAY, found_by=second.post)
    assert queries.barred([mill.pk, yurun.workplace.pk], TODAY.year, TODAY) == {mill.pk: "shell"}
    assert queries.barred([mill.pk], TODAY.year, TODAY - timedelta(days=1)) == {}
    spell.valid_to, spell.ended_by = TODAY + timedelta(days=30), second.post
    spell.save()
    assert queries.barred([mill.pk], TODAY.year, TODAY + timedelta(days=30)) == {}


def test_the_fund_must_be_the_givers_free_for_it_and_full_enough(yurun, finance, second):
    made = plan(finance, yurun.federation, [yurun.township])
    with pytest.raises(Refusal) as refused:
        actions.hand_down(finance, made, fund_of(finance, yurun.federation, 5), day=TODAY)
    assert refused.value.code == "grant_not_approved"
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    with pytest.raises(Refusal) as refused:
        actions.hand_down(finance, made, Fund.objects.get(), day=TODAY)
    assert refused.value.code == "ledger_account_not_below_floor"
    assert GrantShare.objects.get().transfer is None
    marked = ledger.open_fund(
        finance, organisation=yurun.federation, name="专项", source="county_fiscal", document_no="2", year=2026,
        day=TODAY, programmes={"living": "生活救助"},
    )  # fmt: skip
    with pytest.raises(Refusal) as refused:
        actions.hand_down(finance, made, marked, day=TODAY)
    assert refused.value.code == "fund_earmarked"
    with pytest.raises(Refusal) as refused:
        ledger.spend(finance, fund=marked, amount_fen=1, day=TODAY, document_no="3", key="k")
    assert refused.value.code == "ledger_spend_earmarked"


def test_uses_stay_within_what_was_received(yurun, finance, second, officer):
    share = plan(finance, yurun.federation, [yurun.township]).shares.get()
    entry = {"used_on": TODAY, "purpose": "activity", "text": "活动"}
    with pytest.raises(Refusal) as refused:
        actions.enter_use(officer, share, document_no="1", amount_fen=1, **entry)
    assert refused.value.code == "grant_uses_until_reported"
    share = handed_down(finance, second, yurun.federation, [yurun.township], no="补助2号").shares.get()
    use = actions.enter_use(officer, share, document_no="1", amount_fen=BUDGET, **entry)
    for number, fen, code in (
        ("2", 1, "grant_uses_within_the_share"),
        ("1", 1, "grant_uses_within_the_share"),
        ("3", 0, "grant_use_above_zero"),
    ):
        with pytest.raises(Refusal) as refused:
            actions.enter_use(officer, share, document_no=number, amount_fen=fen, **entry)
        assert refused.value.code == code
    actions.take_back_use(officer, use)
    actions.enter_use(officer, share, document_no="1", amount_fen=5, **entry)
    with pytest.raises(Refusal) as refused:
        actions.enter_use(officer, share, document_no="1", amount_fen=1, **entry)
    assert refused.value.code == "grant_use_once_per_voucher"
    actions.report_use(officer, share)
    with pytest.raises(Refusal) as refused:
        actions.take_back_use(officer, GrantUse.objects.get())
    assert refused.value.code == "grant_uses_until_reported"


def rows_that_break(yurun, made: GrantPlan) -> dict[str, object]:
    whole = {name: getattr(made, name) for name in (
        "organisation", "year", "name", "budget_fen", "base_fen", "per_union_fen", "per_member_fen", "per_task_fen",
        "counted_on", "planned_by", "planned_on", "report_by",
    )} | {"document_no": "另一号"}  # fmt: skip
    mine = {"organisation": yurun.workplace, "plan": made, "unions": 1, "members": 1, "weight_fen": 1, "amount_fen": 1}
    poster = made.planned_by
    return {
        "grant_once_per_document": GrantPlan(**whole | {"document_no": made.document_no}),
        "grant_has_a_budget": GrantPlan(**whole | {"budget_fen": 0}),
        "grant_rates_not_below_zero": GrantPlan(**whole | {"base_fen": -1}),
        "grant_reported_by_a_day_to_come": GrantPlan(**whole | {"report_by": TODAY - timedelta(1)}),
        "grant_approved_with_a_day": GrantPlan(**whole, approved_on=TODAY),
        "grant_given_by_a_federation": GrantPlan(**whole | {"organisation": yurun.township}),
        "grant_adds_up": GrantPlan(**whole, approved_by=yurun.post(Role.AUDITOR), approved_on=TODAY),
        "grant_share_once_per_receiver": GrantShare(**mine | {"organisation": yurun.township}),
        "grant_share_not_below_zero": GrantShare(**mine | {"amount_fen": -1}),
        "grant_share_of_the_barred_is_nothing": GrantShare(**mine, barred="dissolved"),
        "grant_reported_after_it_arrived": GrantShare(**mine, reported_by=poster, reported_on=TODAY),
        "grant_checked_after_its_report": GrantShare(**mine, checked_by=poster, checked_on=TODAY),
        "grant_barred_kind": GrantShare(**mine | {"organisation": yurun.federation}),
    }


def test_the_database_refuses_what_breaks_a_grant(yurun, finance, second):
    made = plan(finance, yurun.federation, [yurun.township])
    for rule, row in rows_that_break(yurun, made).items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save(force_insert=True)
        assert refused.value.__cause__.diag.constraint_name == rule
    with pytest.raises(IntegrityError, match="does not approve it"), transaction.atomic():
        GrantPlan.objects.update(approved_by=made.planned_by, approved_on=TODAY)
    dissolve(yurun.workplace, on=TODAY)
    gone = {"organisation": yurun.workplace, "plan": made, "unions": 1, "members": 1, "weight_fen": 1, "amount_fen": 1}
    with pytest.raises(IntegrityError, match="may not receive: dissolved"), transaction.atomic():
        GrantShare.objects.create(**gone)
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    actions.hand_down(finance, made, fund_of(finance, yurun.federation, 2 * BUDGET), day=TODAY)
    for statement, words in (
        ("UPDATE organising_grantplan SET name = '别的'", "never changed"),
        ("DELETE FROM organising_grantplan", "stay|never changed"),
        ("UPDATE organising_grantshare SET amount_fen = 1", "stay"),
        ("UPDATE organising_grantshare SET transfer_id = NULL", "what was approved"),
        ("DELETE FROM organising_grantshare", "stay"),
        ("UPDATE organising_grantshare SET transfer_id = (SELECT id FROM ledger_transfer WHERE reason = 'receipt')",
         "what was approved"),
    ):  # fmt: skip
        with pytest.raises(Exception, match=words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_each_acts_within_their_duty(yurun, finance, officer):
    with pytest.raises(Refusal) as refused:
        plan(officer, yurun.federation, [yurun.township])
    assert refused.value.code == "out_of_scope"
    organiser = yurun.acting(Role.ORGANISER, TODAY)
    with pytest.raises(Refusal) as refused:
        plan(organiser, yurun.federation, [yurun.township])
    assert refused.value.code == "role"


def shown(client, name: str, **asked: str) -> list[object]:
    return list(client.get(reverse(f"organising:{name}"), asked).context["page"].sheet.object_list)


def plan_form(yurun, **more: object) -> dict[str, object]:
    return {
        "giver": yurun.federation.pk, "year": 2026, "name": "2026年小三级补助", "document_no": "补助1号",
        "budget_fen": "100,000.01", "kinds": ["township_union", "grassroots_union"], "base_fen": "1000",
        "per_union_fen": "200", "per_member_fen": "5", "per_task_fen": "0", "counted_on": "2026-03-02",
        "report_by": "2026-12-31",
    } | more  # fmt: skip


def test_a_grant_from_the_plan_to_the_checked_report_on_the_pages(client, yurun, finance):
    fund = fund_of(finance, yurun.federation, BUDGET)
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert client.post(reverse("organising:plan-grant"), plan_form(yurun, budget_fen="0")).status_code == 422
    preview = client.post(reverse("organising:plan-grant"), plan_form(yurun), follow=True)
    made = GrantPlan.objects.get()
    page = reverse("organising:grant", args=[made.pk])
    assert preview.redirect_chain[-1][0] == page
    assert "100,000.01" in preview.content.decode()
    assert client.post(reverse("organising:approve-grant", args=[made.pk])).status_code == 422
    share = made.shares.get(organisation=yurun.township)
    client.post(reverse("organising:grant-tasks", args=[share.pk]), {"tasks": "2"})
    client.post(reverse("organising:compute-grant", args=[made.pk]))
    share = made.shares.get(organisation=yurun.township)
    assert share.tasks == 2
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    asked = client.get(reverse("organising:approve-grant", args=[made.pk]))
    assert f'name="shown" value="{digest_of_plan(made)}"' in asked.content.decode()
    assert client.post(reverse("organising:approve-grant", args=[made.pk])).status_code == 422, "what did they look at?"
    client.post(reverse("organising:approve-grant", args=[made.pk]), {"shown": asked.context["shown"]})
    client.post(reverse("organising:hand-down", args=[made.pk]), {"fund": fund.pk, "day": "2026-03-02"})
    told = queries.plans(yurun.path).get()
    assert told.handed_fen == told.budget_fen == BUDGET
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    there = reverse("organising:grant-share", args=[share.pk])
    assert client.get(page).status_code == 404
    assert "2026年小三级补助" in client.get(there).content.decode()
    use = {"used_on": "2026-03-02", "purpose": "visits", "text": "走访", "document_no": "凭1", "amount_fen": "1000"}
    for number in ("凭1", "凭2"):
        client.post(reverse("organising:enter-use", args=[share.pk]), use | {"document_no": number})
    client.post(reverse("organising:take-back-use", args=[GrantUse.objects.get(document_no="凭2").pk]))
    client.post(reverse("organising:report-use", args=[share.pk]), {"remark": "余款留用"})
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    client.post(reverse("organising:send-back-use", args=[share.pk]), {"reason": "缺签字"})
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    client.post(reverse("organising:report-use", args=[share.pk]), {})
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    asked = client.get(reverse("organising:check-use", args=[share.pk]))
    client.post(reverse("organising:check-use", args=[share.pk]), {"shown": asked.context["shown"]})
    assert [row.used_fen for row in shown(client, "grant-shares", stage="checked", year="2026")] == [100_000]
    assert [row.budget_fen for row in shown(client, "grants", year="2026")] == [BUDGET]
    assert sum(row.amount_fen for row in shown(client, "grant-shares", plan=str(made.pk))) == BUDGET
    by_receiver = shown(client, "grant-receivers", year="2026")
    assert sum(row.received_fen for row in by_receiver) == BUDGET
    assert shown(client, "grant-receivers", year="2025") == []
    assert "2026年小三级补助" in client.get(reverse("organising:union", args=[yurun.township.pk])).content.decode()


def test_the_page_says_why_a_union_gets_nothing(client, yurun, finance, second):
    handed_down(finance, second, yurun.federation, [yurun.township], year=2025)
    made = plan(finance, yurun.federation, [yurun.township, yurun.workplace])
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    why = "上一笔补助的使用情况还没有报告"
    assert why in client.get(reverse("organising:grant", args=[made.pk])).content.decode()
    share = made.shares.get(organisation=yurun.township)
    assert why in client.get(reverse("organising:grant-share", args=[share.pk])).content.decode()
    assert [row.organisation for row in shown(client, "grant-shares", stage="barred")] == [yurun.township]
    client.post(reverse("organising:withdraw-grant", args=[made.pk]))
    assert not GrantPlan.objects.filter(year=2026).exists()


def test_foreign_grants_do_not_exist_and_each_page_has_its_readers(client, yurun, finance, second):
    made = handed_down(finance, second, yurun.federation, [yurun.township])
    share = made.shares.get()
    client.force_login(county("青禾县").post(Role.FINANCE_OFFICER).user)
    for name in ("grant", "approve-grant", "withdraw-grant", "hand-down"):
        assert client.get(reverse(f"organising:{name}", args=[made.pk])).status_code == 404
    for name in ("grant-share", "grant-tasks", "send-back-use", "check-use"):
        assert client.get(reverse(f"organising:{name}", args=[share.pk])).status_code == 404
    client.force_login(county("青禾县").post(Role.TOWNSHIP_OFFICER).user)
    for name in ("enter-use", "report-use"):
        assert client.get(reverse(f"organising:{name}", args=[share.pk])).status_code == 404
    client.force_login(yurun.post(Role.AUDITOR).user)
    assert client.get(reverse("organising:grant", args=[made.pk])).status_code == 200
    for name in ("plan-grant",):
        assert client.get(reverse(f"organising:{name}")).status_code == 403
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    assert client.get(reverse("organising:grants")).status_code == 403


def test_however_many_grants_the_lists_take_the_same_queries(client, yurun, finance, second, measured):
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    handed_down(finance, second, yurun.federation, [yurun.township])
    lists = ("grants", "grant-shares", "grant-receivers")
    first = [measured(name) for name in lists]
    receivers = [union(yurun, f"第{number}工会") for number in range(10)]
    handed_down(finance, second, yurun.federation, receivers, no="补助2号")
    assert [measured(name) for name in lists] == first


def test_the_database_itself_blocks_the_next_grant_and_keeps_a_checked_report(yurun, finance, second, officer):
    first = handed_down(finance, second, yurun.federation, [yurun.township], year=2025)
    made = plan(finance, yurun.federation, [yurun.township, yurun.workplace])
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        made.shares.filter(organisation=yurun.township).update(barred="", weight_fen=1, amount_fen=1)
    assert refused.value.__cause__.diag.constraint_name == "grant_barred_unreported"
    share = first.shares.get()
    actions.report_use(officer, share)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        GrantShare.objects.filter(pk=share.pk).update(checked_by=officer.post, checked_on=TODAY)
    assert refused.value.__cause__.diag.constraint_name == "grant_checked_by_another"
    actions.check_use(finance, share, shown=digest_of_report(share))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        GrantShare.objects.filter(pk=share.pk).update(checked_by=second.post)
    assert refused.value.__cause__.diag.constraint_name == "grant_checked_for_good"
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        GrantShare.objects.filter(pk=share.pk).update(transfer=None, reported_by=None, reported_on=None)
    assert refused.value.__cause__.diag.constraint_name == "grant_checked_for_good"


def used_share(yurun, finance, second, officer) -> GrantShare:
    share = handed_down(finance, second, yurun.federation, [yurun.township]).shares.get()
    actions.enter_use(
        officer, share, used_on=TODAY, purpose="training", text="工会干部培训", document_no="凭证1", amount_fen=80_000
    )
    return share


def mirrored(acting: Acting, share: GrantShare) -> None:
    """Post the mirror image of what handed the share down, past the verbs, which hand back level by level."""
    with transaction.atomic():
        post(acting, [reversal(share.transfer, key=f"mirror:{share.pk}", day=TODAY, note="转错了")])


def test_a_share_is_not_reversed_under_its_report(yurun, finance, second, officer):
    share = used_share(yurun, finance, second, officer)
    for step in ("use entered", "reported", "checked"):
        if step == "reported":
            actions.report_use(officer, share)
        if step == "checked":
            actions.check_use(finance, share, shown=digest_of_report(share))
        with pytest.raises(Refusal) as refused:
            ledger.reverse(finance, transfer=share.transfer, day=TODAY, reason="转错了")
        assert refused.value.code == "ledger_transfer_level_by_level", step
        with pytest.raises(Refusal, match="使用") as refused:
            mirrored(finance, share)
        assert refused.value.code == "ledger_transfer_built_on", step
    assert soundness().holds


def told(share: GrantShare, **said: object) -> None:
    with refusing():
        GrantShare.objects.filter(pk=share.pk).update(**said)


def test_of_a_share_that_was_reversed_no_use_is_told(yurun, finance, second, officer):
    share = handed_down(finance, second, yurun.federation, [yurun.township]).shares.get()
    # The rules of the books, which may let it through one day.
    with pgtrigger.ignore("ledger.Transfer:ledger_transfer_holds", "ledger.Transfer:ledger_transfer_level_by_level"):
        mirrored(finance, share)
    for tell in (
        lambda: actions.enter_use(
            officer, share, used_on=TODAY, purpose="training", text="培训", document_no="凭证1", amount_fen=1
        ),
        lambda: told(share, reported_by=officer.post, reported_on=TODAY),
    ):
        with pytest.raises(Refusal) as refused:
            tell()
        assert refused.value.code == "grant_reported_of_what_is_there"
