"""What the database keeps of a campaign against everybody, raw statements included."""

from __future__ import annotations

import uuid
from datetime import date

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.hardship.campaigns import actions, answering, closing, money
from chunyu.hardship.campaigns.actions import Share
from chunyu.hardship.campaigns.answering import Answers
from chunyu.hardship.campaigns.kinds import GroupKind
from chunyu.hardship.campaigns.question_tables import Answer, AnswerChoice, AnswerSheet, Choice, Question
from chunyu.hardship.campaigns.refusing import check_now
from chunyu.hardship.campaigns.results import hidden, results
from chunyu.hardship.campaigns.tables import (
    Campaign,
    CampaignGroup,
    CampaignQuota,
    CampaignReturn,
    ClosingLine,
)
from chunyu.hardship.campaigns.visit_tables import CampaignVisit, Visitor, VisitTag
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import PaymentOrder, Transfer
from tests.hardship.campaigns.warmth import DAY, WINDOW, Warmth, fund
from tests.hardship.families import family
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
ANNA, BERT = id_number(date(1991, 5, 4), 77), id_number(date(1988, 3, 2), 41)


@pytest.fixture
def warmth(settings):
    settings.CHUNYU_TODAY = DAY
    return Warmth(county())


def broken(rule: str, act, *args, **fields) -> None:
    """The act is refused by the database under the name of the rule, at the latest when the transaction ends."""

    def whole() -> None:
        with transaction.atomic():
            act(*args, **fields)
            check_now()

    with pytest.raises(DatabaseError) as refused:
        whole()
    assert refused.value.__cause__.diag.constraint_name == rule, refused.value


def rows(row):
    return type(row)._base_manager.filter(pk=row.pk)


def copy_of(row, **changes):
    """Insert a copy under a new key."""
    made = rows(row).get()
    made.pk = uuid.uuid4() if isinstance(row.pk, uuid.UUID) else None
    for name, value in changes.items():
        setattr(made, name, value)
    made.save(force_insert=True)


def test_no_source_gives_more_than_it_holds_by_any_way(warmth):
    warmth.funded(fiscal=250_000, union=2_000_000).running(amount_fen=400_000)
    first, second = warmth.plan(warmth.family("程梅", 1), warmth.family("罗建国", 2))
    rule = "campaign_allocated_within_its_source"
    broken(rule, rows(first).update, cash_fen=150_001)
    broken(rule, copy_of, first, number="SW-X", household=warmth.family("苏秀兰", 3))
    rows(second).update(called_off_on=DAY, called_off_why="…")
    other = warmth.plan(warmth.family("田文斌", 4))[0]
    with pgtrigger.ignore("hardship.CampaignVisit:campaign_visit_is_kept"):
        broken(rule, rows(second).update, called_off_on=None, cash_fen=100_000)
    # Money handed down or given back is counted with what visits were promised.
    broken(rule, given_back, warmth, warmth.fiscal, 50_001)
    with pytest.raises(Refusal) as refused:
        money.hand_down(warmth.finance, warmth.fiscal, warmth.county.township, amount_fen=50_001, day=DAY)
    assert refused.value.code == rule
    given_back(warmth, warmth.fiscal, 50_000)
    broken(rule, rows(other).update, cash_fen=100_001)


def given_back(warmth, source, fen: int) -> CampaignReturn:
    """Straight in the books and in the table, past the action."""
    transfer = ledger.give_back(
        warmth.finance, fund=source.fund, amount_fen=fen, day=DAY, document_no="退", key=f"t{fen}"
    )
    return CampaignReturn.objects.create(
        source=source, amount_fen=fen, transfer=transfer, by=warmth.finance.post, day=DAY
    )


def test_a_source_is_money_that_its_fund_received_and_is_promised_once(warmth):
    warmth.funded()
    with transaction.atomic():
        second = actions.plan_campaign(warmth.caseworker, name="另一次", window=WINDOW)
    rule = "campaign_raised_in_its_fund"
    broken(rule, copy_of, warmth.union, campaign=second, amount_fen=1)
    ledger.receive(warmth.finance, fund=warmth.union.fund, amount_fen=700, day=DAY, document_no="续", key="2")
    broken(rule, copy_of, warmth.union, campaign=second, amount_fen=701)
    copy_of(warmth.union, campaign=second, amount_fen=700)
    other = county("青禾县")
    foreign = fund(other.acting("finance_officer", DAY), other.federation, 100)
    broken(
        "campaign_source_of_its_holder",
        copy_of,
        warmth.union,
        fund=foreign,
        organisation=other.federation,
        amount_fen=1,
    )
    broken("campaign_source_is_kept", rows(warmth.union).update, amount_fen=1)
    broken("campaign_source_is_kept", rows(warmth.union).delete)
    wrong = {"fund": foreign, "above": warmth.union, "root": warmth.union, "transfer": Transfer.objects.first()}
    broken("campaign_handed_down_in_the_books", copy_of, warmth.union, **wrong)
    returned = {"source": warmth.union, "amount_fen": 1, "transfer": Transfer.objects.first(), "day": DAY}
    broken("campaign_returned_in_the_books", CampaignReturn.objects.create, by=warmth.finance.post, **returned)


def test_the_earmark_and_the_holder_of_the_money_are_respected(warmth):
    warmth.running()
    visit = warmth.person(number=ANNA)
    broken("campaign_earmark_respected", rows(visit).update, source=warmth.fiscal)
    broken("campaign_group_needs_a_file", rows(visit).update, group="model")
    [home] = warmth.plan(warmth.family())
    foreign = family(county("青禾县"), "沈玉珍", order=9, day=date(2025, 11, 3))
    broken("campaign_earmark_respected", rows(home).update, group="laid_off")
    broken("campaign_visit_of_its_household", rows(home).update, household=foreign)
    broken("campaign_visit_in_its_place", rows(visit).update, organisation=county("青禾县").federation)


def test_a_family_has_one_grant_in_whatever_disguise(warmth):
    warmth.running()
    home = warmth.family()
    [visit] = warmth.plan(home)
    broken("campaign_grant_once_a_household", copy_of, visit, number="SW-2")
    person = warmth.person("甲", number=ANNA)
    other = warmth.person("乙", number=BERT)
    broken("campaign_grant_once_a_person", rows(other).update, id_number_index=person.id_number_index)
    members = home.members.values_list("id_number_index", flat=True)
    broken("campaign_one_grant_a_family", rows(other).update, id_number_index=bytes(members[1]))
    twin = warmth.family("罗建国", 5)
    [second] = warmth.plan(twin)
    with pgtrigger.ignore():
        twin.members.filter(relation="30").update(left_on=None)
    # The same person on a second file, such as after an import past the rules: still one grant.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX member_on_one_open_file")
    twin.members.filter(is_worker=False).update(id_number_index=bytes(members[1]))
    broken("campaign_one_grant_a_family", rows(second).update, cash_fen=90_000)


def test_a_visit_counts_with_outcome_and_two_visitors_and_then_stays(warmth):
    warmth.running()
    [visit] = warmth.plan(warmth.family())
    by = {"recorded_by": warmth.township.post, "recorded_on": DAY}
    broken("campaign_visit_counts_with_its_outcome", rows(visit).update, visited_on=DAY)
    broken("campaign_visit_counts_with_its_outcome", rows(visit).update, outcome="met")
    broken("campaign_visit_by_two", rows(visit).update, visited_on=DAY, outcome="met", **by)
    Visitor.objects.create(visit=visit, name="甲")
    broken("campaign_visit_by_two", rows(visit).update, visited_on=DAY, outcome="met", **by)
    broken("campaign_need_raised_at_a_visit", rows(visit).update, need_kind="medical")
    warmth.visit(visit, team=("乙", "丙"))
    for change in ({"outcome": "family"}, {"visited_on": date(2026, 1, 19)}, {"cash_fen": 90_000}, {"answered": True}):
        broken("campaign_visit_is_kept", rows(visit).update, **change)
    broken("campaign_visit_is_kept", Visitor.objects.filter(visit=visit).delete)
    broken("campaign_visit_is_never_removed", rows(visit)._raw_delete, "default")
    broken("campaign_visit_is_kept", rows(visit).update, called_off_on=DAY)
    broken("campaign_fifth_group_says_which", rows(warmth.person("丁", fen=0)).update, group="disaster")


def test_a_household_is_paid_what_its_visit_says_and_others_what_is_booked(warmth):
    warmth.running()
    first, second = warmth.plan(warmth.family("程梅", 1), warmth.family("罗建国", 2))
    money.order_payments(warmth.approver, warmth.fiscal, day=DAY)
    order = PaymentOrder.objects.get(reference=first.number)
    with pgtrigger.ignore():
        rows(first).update(order=None)
        rows(second).update(order=None)
    broken("campaign_paid_as_planned", rows(second).update, order=order)
    rows(first).update(order=order)
    broken("campaign_paid_as_planned", rows(first).update, order=None)
    person, other = warmth.visit(warmth.person("甲", ANNA)), warmth.visit(warmth.person("乙", BERT))
    spent = ledger.spend(warmth.finance, fund=warmth.union.fund, amount_fen=30_001, day=DAY, document_no="1", key="1")
    broken("campaign_handed_over_as_booked", rows(person).update, transfer=spent)
    money.book_handed_over(warmth.finance, warmth.union, day=DAY)
    person.refresh_from_db()
    broken("campaign_visit_is_kept", rows(person).update, transfer=None)
    broken("campaign_paid_as_planned", rows(person).update, order=order)
    broken("campaign_cash_paid_one_way", rows(second).update, transfer=spent)
    other.refresh_from_db()
    assert other.transfer == person.transfer


def test_the_group_that_counts_is_the_first_by_priority(warmth):
    warmth.running()
    [visit] = warmth.plan(warmth.family(), groups=("hardship", "laid_off"))
    broken("campaign_group_by_priority", VisitTag.objects.create, visit=visit, group="model")
    broken("campaign_group_by_priority", VisitTag.objects.create, visit=visit, group="hardship")
    VisitTag.objects.create(visit=visit, group="front_line")


def test_a_campaign_has_five_groups_and_moves_along_its_stages(warmth):
    campaigns = Campaign.objects.filter(pk=warmth.campaign.pk)
    broken("campaign_steps", campaigns.update, stage="running")
    broken("campaign_starts_planned", copy_of, warmth.campaign, stage="funded", code="X", name="X")
    CampaignGroup.objects.filter(campaign=warmth.campaign, kind="disaster").delete()
    broken("campaign_has_five_groups", campaigns.update, stage="funded")
    with transaction.atomic():
        CampaignGroup.objects.create(
            campaign=warmth.campaign, kind="disaster", priority=5, needs_file=False, programme="festival_visit",
            programme_label="走访",
        )  # fmt: skip
    broken(
        "campaign_has_five_groups",
        CampaignGroup.objects.create,
        campaign=warmth.campaign, kind="sixth", priority=6, needs_file=False, programme="x", programme_label="x",
    )  # fmt: skip
    broken("campaign_has_sources", campaigns.update, stage="funded")
    warmth.funded()
    broken(
        "campaign_groups_while_planned", CampaignGroup.objects.filter(campaign=warmth.campaign).update, needs_file=True
    )
    shares = {kind: Share(1, 1_500_000) for kind in GroupKind.values}
    with pgtrigger.ignore("hardship.CampaignQuota:campaign_quota_splits_what_it_got"):
        actions.set_quotas(warmth.caseworker, warmth.campaign, {warmth.county.federation: shares})
    broken("campaign_quota_within_what_was_raised", campaigns.update, stage="running")
    broken(
        "campaign_quota_splits_what_it_got",
        CampaignQuota.objects.create,
        campaign=warmth.campaign, organisation=warmth.county.township, group="model", households=2,
        set_by=warmth.caseworker.post,
    )  # fmt: skip


def settled(warmth: Warmth) -> Warmth:
    """Everything paid and booked, so that only the account itself is missing."""
    warmth.running()
    [visit], person = warmth.plan(warmth.family()), warmth.person(number=ANNA)
    warmth.visit(visit)
    warmth.visit(person)
    warmth.pay()
    money.book_handed_over(warmth.finance, warmth.union, day=DAY)
    return warmth


def test_closing_is_refused_for_each_reason_and_when_the_account_is_a_fen_off(warmth):
    warmth.running()
    [visit], person = warmth.plan(warmth.family()), warmth.person(number=ANNA)
    campaigns = Campaign.objects.filter(pk=warmth.campaign.pk)
    closed = {"stage": "closed", "closed_by": warmth.finance.post, "closed_on": DAY}
    broken("campaign_closes_without_open_visits", campaigns.update, **closed)
    warmth.visit(visit)
    warmth.visit(person)
    broken("campaign_closes_with_all_paid", campaigns.update, **closed)
    warmth.pay()
    broken("campaign_closes_with_all_paid", campaigns.update, **closed)
    money.book_handed_over(warmth.finance, warmth.union, day=DAY)
    broken("campaign_closing_as_in_the_books", campaigns.update, **closed)  # no line at all
    lines = {line.source: line for line in closing.account(warmth.campaign)}

    def write(**off):
        """The account with a fen moved from one column of the fiscal source to another; then close."""
        for source, line in lines.items():
            fen = {name: getattr(line, name) for name in ("raised_fen", "paid_fen", "returned_fen", "unspent_fen")}
            if source == warmth.fiscal:
                fen = {name: value + off.get(name, 0) for name, value in fen.items()}
            ClosingLine.objects.create(campaign=warmth.campaign, source=source, **fen)
        campaigns.update(**closed)

    for off in (
        {"paid_fen": 1, "unspent_fen": -1},
        {"returned_fen": 1, "unspent_fen": -1},
        {"raised_fen": 1, "unspent_fen": 1},
    ):
        broken("campaign_closing_as_in_the_books", write, **off)
    for off in ({"paid_fen": 1}, {"unspent_fen": -1}, {"raised_fen": -1}):
        broken("campaign_closing_adds_up", write, **off)
    fund_ = warmth.fiscal.fund
    spent = ledger.give_back(warmth.finance, fund=fund_, amount_fen=1, day=DAY, document_no="挪用", key="x")
    broken("campaign_unspent_is_there", write)
    ledger.reverse(warmth.finance, transfer=spent, day=DAY, reason="更正")
    write()
    assert campaigns.get().stage == "closed"


def test_a_closed_campaign_and_its_account_stay_and_an_auditor_confirms_it(warmth):
    settled(warmth).close()
    campaigns = Campaign.objects.filter(pk=warmth.campaign.pk)
    broken("campaign_closed_is_kept", campaigns.update, name="别的")
    broken("campaign_closed_is_kept", campaigns.update, ends_on=date(2026, 3, 1))
    visit = warmth.campaign.visits.first()
    broken("campaign_visit_is_kept", rows(visit).update, due_on=DAY)
    with pgtrigger.ignore("hardship.CampaignVisit:campaign_visit_is_kept"):
        broken("campaign_closed_is_kept", rows(visit).update, due_on=DAY)
    broken("campaign_closing_is_kept", ClosingLine.objects.update, paid_fen=1)
    broken("campaign_closing_is_kept", ClosingLine.objects.all().delete)
    broken("campaign_source_while_open", copy_of, warmth.union, amount_fen=1)
    broken("campaign_visit_while_running", copy_of, visit, number="SW-9", cash_fen=0, source=None, order=None)
    broken("campaign_quota_while_open", CampaignQuota.objects.update, households=99)
    audit = {"stage": "audited", "audited_on": DAY}
    broken("campaign_audited_by_an_auditor", campaigns.update, audited_by=warmth.approver.post, **audit)
    foreign = county("青禾县").post("auditor")
    broken("campaign_audited_by_an_auditor", campaigns.update, audited_by=foreign, **audit)
    campaigns.update(audited_by=warmth.auditor.post, **audit)
    broken("campaign_closed_is_kept", campaigns.update, audit_note="改")


def asked(warmth: Warmth):
    version = answering.make_questionnaire(warmth.caseworker, "问卷")
    question = answering.put_question(
        warmth.caseworker, version, kind="choice", text="工资按月发吗？", choices=["是", "否"]
    )
    answering.put_in_force(warmth.caseworker, version)
    actions.ask(warmth.caseworker, warmth.campaign, version.questionnaire)
    return version, question, warmth.fresh()


def answer(campaign, version, question, organisation, group: str, choice: int) -> None:
    said = {question.pk: [question.choices.all()[choice].pk]}
    answering.keep_answers(campaign, organisation, group, Answers(version, said))


def test_an_answered_version_is_fixed_and_answers_stay(warmth):
    version, question, campaign = asked(warmth.running())
    Question.objects.filter(pk=question.pk).update(text="工资按月发放吗？")
    answer(campaign, version, question, warmth.county.workplace, "front_line", 0)
    rule = "questionnaire_fixed_once_answered"
    broken(rule, Question.objects.filter(pk=question.pk).update, text="…")
    broken(rule, Question.objects.create, version=version, place=9, kind="text", text="…")
    broken(rule, Choice.objects.create, question=question, place=9, text="不知道")
    broken(rule, Choice.objects.filter(question=question).update, text="…")
    broken(rule, rows(version).update, number=7)
    broken("campaign_answer_is_kept", Answer.objects.update, number=1)
    broken("campaign_choice_is_kept", AnswerChoice.objects.all().delete)
    broken("campaign_sheet_is_kept", AnswerSheet.objects.update, group="model")
    sheet = {"campaign": campaign, "version": version, "group": "front_line"}
    broken("campaign_sheet_of_a_county", AnswerSheet.objects.create, organisation=warmth.county.workplace, **sheet)
    draft = answering.next_version(warmth.caseworker, version.questionnaire)
    wrong = sheet | {"version": draft, "organisation": warmth.county.federation}
    broken("campaign_asks_its_questionnaire", AnswerSheet.objects.create, **wrong)
    other = draft.questions.get()
    broken("campaign_answer_of_its_version", Answer.objects.create, sheet=AnswerSheet.objects.get(), question=other)
    mine = Answer.objects.get()
    broken("campaign_choice_of_its_question", AnswerChoice.objects.create, answer=mine, choice=other.choices.first())


def test_no_column_joins_an_answer_to_a_visit():
    """A sheet and its answers hold no key of a visit, a person or a household, no small place, no time, and keys that
    follow no order."""
    fields = {
        model: {field.name for field in model._meta.get_fields() if field.concrete}
        for model in (AnswerSheet, Answer, AnswerChoice)
    }
    assert fields == {
        AnswerSheet: {"id", "organisation", "scope_path", "version", "campaign", "group"},
        Answer: {"id", "sheet", "question", "number", "words"},
        AnswerChoice: {"id", "answer", "choice"},
    }
    assert all(model._meta.pk.default is uuid.uuid4 for model in fields)
    assert not {field.related_model for field in CampaignVisit._meta.get_fields()} & set(fields)


@pytest.mark.parametrize(
    ("counts", "kept_back"),
    [
        ({"a": 9, "b": 7}, set()),
        ({"a": 9, "b": 4, "c": 6}, {"b", "c"}),  # b alone would follow from the total
        ({"a": 9, "b": 2, "c": 2, "d": 8}, {"b", "c", "d"}),  # two of together four are still too few
        ({"a": 9, "b": 3, "c": 2, "d": 8}, {"b", "c"}),
        ({"a": 9, "b": 0}, set()),
        ({"a": 9, "b": 1}, {"a", "b"}),
    ],
)
def test_small_groups_are_kept_back_and_what_gives_them_away(counts, kept_back):
    assert hidden(counts) == kept_back


def test_results_show_only_groups_of_five_or_more(warmth):
    version, question, campaign = asked(warmth.running())
    place = warmth.county.workplace
    for _ in range(4):
        answer(campaign, version, question, place, "front_line", 0)
    assert results(campaign, version, warmth.county.path, "group").people is None
    for n in range(6):
        answer(campaign, version, question, place, "laid_off", n % 2)
    for _ in range(7):
        answer(campaign, version, question, place, "hardship", 1)
    found = results(campaign, version, warmth.county.path, "group")
    assert found.people == 17
    shown = {cut.key: cut.people for cut in found.cuts}
    assert shown == {"all": 17, "hardship": 7, "laid_off": None, "front_line": None}
    yes, no = found.questions[0].rows
    assert dict(zip(shown, yes.counts, strict=True)) == {"all": 7, "hardship": 0, "laid_off": None, "front_line": None}
    assert dict(zip(shown, no.counts, strict=True))["hardship"] == 7
    by_county = results(campaign, version, warmth.county.path, "county")
    assert [cut.people for cut in by_county.cuts] == [17, 17]
