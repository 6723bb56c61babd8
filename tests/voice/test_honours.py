"""A round of honours: who may be nominated, who may score, what is made known and what is paid."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.actions import move, object_in_person, resolve_objection
from chunyu.ledger.actions import open_fund, receive
from chunyu.ledger.models import Fund, Leg
from chunyu.voice.honours import actions, queries
from chunyu.voice.honours.phrases import about
from chunyu.voice.honours.tables import Award, AwardPayment, HonourRound, Juror, Nominee, Score
from chunyu.voice.proposals.actions import Person, Words
from tests.situations import county
from tests.voice import proposing as of
from tests.voice.proposing import AUTHOR, FLOOR, breaks

pytestmark = pytest.mark.django_db
OPENED = date(2014, 12, 1)
LAMP = Words("楼梯灯不亮", "safety", "三号楼梯", "灯坏了两个月。", "换灯。", "low")


@pytest.fixture
def at(settings):
    settings.CHUNYU_TODAY = OPENED
    return of.workplace(county("雨润县"))


def put_right(at: of.Workplace, words: Words, author: Person):
    proposal = of.checked(at, words, author)
    move(at.chair(date(2014, 4, 29)), proposal.case, "confirm", note="当面确认。")
    return proposal


def opened(at: of.Workplace, places: int = 1, **more: object) -> HonourRound:
    given = {
        "kind": "proposals",
        "title": "职工优秀建议奖",
        "year": 2014,
        "rules": "整改完成的提案。",
        "bonus_fen": 50_000,
    }
    return actions.open_round(at.chair(OPENED), at.county.workplace, places=places, **given | more)


def jury(at: of.Workplace, held: HonourRound, *names: str) -> list[Juror]:
    return [actions.name_juror(at.chair(OPENED), held, name=name) for name in names or ("甲一", "乙二", "丙三")]


@pytest.fixture
def scored(at):
    """Two nominees, the floor ahead of the lamp by every juror."""
    proposals = [put_right(at, FLOOR, AUTHOR), put_right(at, LAMP, Person("葛云"))]
    held = opened(at)
    first, second = actions.nominate_proposals(at.chair(OPENED), held, proposals)
    for juror in jury(at, held):
        actions.enter_scores(at.chair(OPENED), juror, {first: 95, second: 80})
    return held


def fund(at: of.Workplace, yuan: int = 10_000) -> Fund:
    finance = at.county.acting(Role.FINANCE_OFFICER, date(2015, 1, 5))
    held = open_fund(
        finance,
        organisation=at.county.federation,
        name="会员奖励金",
        source="county_union",
        document_no="会发〔2015〕1号",
        year=2015,
        day=finance.day,
    )
    receive(finance, fund=held, amount_fen=yuan * 100, day=finance.day, document_no="收1", key="1")
    return held


def made_known(at: of.Workplace, held: HonourRound, day: date = date(2014, 12, 22)) -> None:
    move(at.chair(day), held.case, "rank")
    move(at.chair(day), held.case, "publish", place="公司公告栏", objections_to="县总工会 12351")


def confirmed(at: of.Workplace, held: HonourRound, day: date = date(2015, 1, 6)) -> None:
    made_known(at, held)
    move(at.township(day), held.case, "confirm")


def checked_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_from_the_scores_to_the_bonuses(at, scored):
    confirmed(at, scored)
    award = Award.objects.get()
    assert (award.nominee.name, award.place, award.bonus_fen) == ("张涛", 1, 50_000)
    move(at.chair(date(2015, 1, 10)), scored.case, "award", note="职工代表大会。")
    finance = at.county.acting(Role.FINANCE_OFFICER, date(2015, 1, 12))
    move(finance, scored.case, "pay", fund=str(fund(at).pk), document_no="付1")
    assert (scored.case.state, scored.case.outcome) == ("paid", "honoured")
    checked_now()
    paid = AwardPayment.objects.get()
    assert paid.transfer.legs.get(side=Leg.Side.DEBIT).quantity == award.bonus_fen


def test_the_notice_masks_every_winner_and_its_end_is_waited_for(at, scored):
    made_known(at, scored)
    notice = scored.case.notices.get()
    assert notice.masked_name == "张•"
    with pytest.raises(Refusal) as early:
        move(at.township(date(2014, 12, 25)), scored.case, "confirm")
    assert early.value.code == "notice running"


def test_several_winners_stand_on_one_notice(at):
    held = opened(at, places=2, kind="people", title="善行大使")
    for name in ("葛汉阳", "陆雪梅"):
        actions.nominate(at.chair(OPENED), held, name=name, citation="热心帮助工友")
    for juror in jury(at, held):
        actions.enter_scores(at.chair(OPENED), juror, {each: 90 - each.pk % 2 for each in held.nominees.all()})
    made_known(at, held)
    assert set(held.case.notices.get().masked_name.split("、")) == {"葛•阳", "陆•梅"}


def test_an_objection_stops_the_notice_until_somebody_above_answers(at, scored):
    made_known(at, scored)
    objection = object_in_person(at.chair(date(2014, 12, 24)), scored.case, text="不是他提的。")
    scored.case.refresh_from_db()
    assert scored.case.state == "in_doubt"
    with pytest.raises(Refusal) as own:
        resolve_objection(at.chair(date(2014, 12, 25)), objection, upheld=False, reason="是他提的。")
    assert own.value.code == "role"
    approver = at.county.acting(Role.COUNTY_APPROVER, date(2014, 12, 26))
    resolve_objection(approver, objection, upheld=True, reason="查实有误。")
    move(approver, scored.case, "reopen", note="请评委重评。")
    assert scored.case.state == "open"
    assert not scored.case.notices.filter(withdrawn_on__isnull=True).exists()


def test_who_scored_does_not_confirm(at, scored):
    made_known(at, scored)
    with pytest.raises(Refusal) as own:
        move(at.chair(date(2015, 1, 6)), scored.case, "confirm")
    assert own.value.code == "role"


def test_only_proposals_of_that_year_that_were_put_right(at):
    unfinished = of.checked(at)
    held, before = opened(at), opened(at, year=2013)
    done = put_right(at, LAMP, Person("葛云"))
    for wrong, proposal in ((held, unfinished), (before, done)):
        with pytest.raises(Refusal) as refused:
            actions.nominate_proposals(at.chair(OPENED), wrong, [proposal])
        assert refused.value.code == "nominee_of_that_year"
    assert list(queries.eligible(held)) == [done]
    assert not queries.eligible(before)
    with breaks("nominee_of_that_year"):
        Nominee.objects.create(round=held, name="某人", citation="无", recorded_by=at.chair().post)


def test_a_juror_never_scores_their_own(at):
    proposal = put_right(at, FLOOR, AUTHOR)
    merged = of.proposed(at, LAMP, Person("葛云"))
    kept = of.admitted(at, LAMP, Person("陆雪梅"))
    move(at.chair(), merged.case, "merge", into=str(kept.pk))
    held = opened(at)
    [nominee] = actions.nominate_proposals(at.chair(OPENED), held, [proposal])
    author, other = jury(at, held, "张涛", "甲一")
    assert queries.to_score(author) == []
    with pytest.raises(Refusal) as own:
        actions.enter_scores(at.chair(OPENED), author, {nominee: 100})
    assert own.value.code == "juror_without_conflict"
    actions.stand_aside(at.chair(OPENED), other, nominee, why="师徒")
    assert queries.to_score(other) == []
    with breaks("juror_without_conflict"):
        Score.objects.create(juror=other, nominee=nominee, points=99, recorded_by=at.chair().post)


def test_a_jury_of_three_scores_everybody_and_nobody_shares_the_last_place(at):
    proposals = [put_right(at, FLOOR, AUTHOR), put_right(at, LAMP, Person("葛云"))]
    held = opened(at)
    nominees = actions.nominate_proposals(at.chair(OPENED), held, proposals)
    jurors = jury(at, held, "甲一", "乙二")
    for juror in jurors:
        actions.enter_scores(at.chair(OPENED), juror, dict.fromkeys(nominees, 90))
    codes = []
    for name in ("丙三", "丁四"):
        with pytest.raises(Refusal) as refused:
            move(at.chair(OPENED), held.case, "rank")
        codes.append(refused.value.codes)
        [juror] = jury(at, held, name)
        if name == "丙三":
            with pytest.raises(Refusal) as open_sheet:
                move(at.chair(OPENED), held.case, "rank")
            assert open_sheet.value.codes == {"sheets"}
            actions.enter_scores(at.chair(OPENED), juror, dict.fromkeys(nominees, 90))
        else:
            actions.enter_scores(at.chair(OPENED), juror, {nominees[0]: 95, nominees[1]: 90})
    assert codes == [{"jury", "tied"}, {"tied"}]
    move(at.chair(OPENED), held.case, "rank")
    with breaks("honours_while_open"):
        Score.objects.create(
            juror=Juror.objects.create(round=held, name="戊五"), nominee=nominees[0], points=1,
            recorded_by=at.chair().post,
        )  # fmt: skip
    with breaks("honours_while_open"):
        Nominee.objects.create(
            round=held, name="某人", citation="无", case=proposals[0].case, recorded_by=at.chair().post
        )


def test_the_bonuses_equal_the_payments(at, scored):
    confirmed(at, scored)
    move(at.chair(date(2015, 1, 10)), scored.case, "award", note="职工代表大会。")
    with breaks("honours_all_paid"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE casework_case SET state = 'paid' WHERE id = %s", [scored.case.pk])
        checked_now()
    held = fund(at)
    receipt = Leg.objects.filter(transfer__reason="receipt").latest("pk").transfer
    with breaks("award_paid_as_awarded"):
        AwardPayment.objects.create(award=Award.objects.get(), transfer=receipt)
    chair = at.chair(date(2015, 1, 12))
    with pytest.raises(Refusal) as role:
        move(chair, scored.case, "pay", fund=str(held.pk), document_no="付1")
    assert "role" in role.value.codes


def test_the_certificate_bears_the_winners_name(at, scored, client, settings):
    confirmed(at, scored)
    settings.CHUNYU_TODAY = date(2015, 1, 10)
    client.force_login(at.chair().post.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("voice:certificate", args=[Award.objects.get().pk]))
    assert answer["Content-Type"] == "application/pdf"
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert "张涛" in text
    assert Award.objects.get().certificate in text


@pytest.mark.parametrize(
    ("number", "said"),
    [(39, "近40"), (40, "40"), (23, "20余"), (123, "120余"), (1042, "1000余"), (412, "400余"), (97, "近100"), (7, "7")],
)
def test_a_number_is_said_as_a_newspaper_says_it(number, said):
    assert about(number) == said
