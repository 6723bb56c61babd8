"""What is printed of a case: from its frozen decision, by those who may, and put on record."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework.actions import move
from chunyu.hardship.actions import state_fact
from chunyu.hardship.models import DecisionFile, Grant
from chunyu.hardship.papers import approval_sheet, letter
from chunyu.ui.templatetags.show import capitals, yuan
from tests.hardship.journey import Journey
from tests.printing.papers import text_of
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey() -> Journey:
    return Journey(county())


def printed(client, journey: Journey, paper: str, role: Role = Role.COUNTY_CASEWORKER):
    client.force_login(journey.county.post(role).user)
    client.cookies["django_language"] = "zh-hans"
    return client.post(reverse(f"hardship:print-{paper}", args=[journey.case.number]))


def test_the_approval_sheet_shows_family_rules_and_every_hand(client, journey):
    journey.to("approved")
    answer = printed(client, journey, "approval")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    found, given = text_of(answer.content), Grant.objects.get()
    for each in (
        journey.case.number,
        journey.household.file_number,
        "程梅",
        "郭小雨",
        yuan(given.amount_fen),
        capitals(given.amount_fen),
        DecisionFile.objects.get().digest,
        journey.county.post(Role.COUNTY_APPROVER).user.full_name,
    ):
        assert each in found, each
    assert "139999" not in found, "identity numbers are masked"
    assert journey.household.bank_card.reveal() not in found


def test_each_print_is_on_record_and_a_look_is_none(client, journey):
    before = Entry.objects.filter(event__startswith="hardship.print").count()
    printed(client, journey, "approval")
    assert Entry.objects.filter(event="hardship.print_approval").count() == before + 1
    url = reverse("hardship:print-approval", args=[journey.case.number])
    assert client.get(url).status_code == 405


def test_a_sheet_printed_later_says_what_was_decided(client, journey):
    journey.to("approved")
    acting = journey.acting(Role.COUNTY_CASEWORKER)
    before = approval_sheet(journey.case, acting)
    state_fact(acting, journey.household, "medical_spending_12m", 100, source="verified", on=journey.day)
    assert approval_sheet(journey.case, acting) == before


def test_whoever_only_reads_gets_masked_names(client, journey):
    journey.to("approved")
    answer = printed(client, journey, "approval", Role.AUDITOR)
    assert answer.status_code == 200
    assert "程梅" not in text_of(answer.content)
    assert "程*" in text_of(answer.content)
    assert Entry.objects.filter(event="hardship.print_approval").last().note == "masked"
    assert printed(client, journey, "letter", Role.AUDITOR).status_code == 403


def test_an_approval_is_told_in_plain_words(client, journey):
    journey.to("approved")
    found = text_of(printed(client, journey, "letter").content)
    assert "程梅" in found
    assert yuan(Grant.objects.get().amount_fen) in found
    assert journey.case.household.bank_card.reveal()[-4:] in found
    assert journey.case.number in found


def test_a_refusal_says_why_and_where_to_appeal(client, journey):
    journey.to("county_review")
    approver = journey.acting(Role.COUNTY_APPROVER)
    move(approver, journey.case, "refuse", code="facts_disproved", note="房产与申报不符，可以补充材料后再次申请。")
    with translation.override("zh-hans"):
        paper = letter(journey.case, approver)
    assert paper.granted_fen is None
    assert "房产与申报不符，可以补充材料后再次申请。" in paper.reasons
    found = text_of(printed(client, journey, "letter").content)
    assert "雨润县总工会" in found
    assert "0399-0000000" in found, "whom the notice named"


def test_no_letter_before_a_decision(client, journey):
    journey.to("submitted")
    page = client.get("/")
    client.force_login(journey.county.post(Role.COUNTY_CASEWORKER).user)
    page = client.get(journey.case.get_absolute_url())
    assert "print-letter" not in page.content.decode()
    answer = printed(client, journey, "letter")
    assert answer.status_code == 303, "told on the case's page"
    assert not Entry.objects.filter(event="hardship.print_letter").exists()


def test_the_notice_for_the_board_holds_the_masked_name_only(client, journey):
    journey.to("in_notice")
    client.force_login(journey.county.post(Role.COUNTY_CASEWORKER).user)
    answer = client.post(reverse("casework:print-notice", args=[journey.case.number]))
    found = text_of(answer.content)
    assert "程*" in found
    assert "程梅" not in found
    assert "0399-0000000" in found


def test_nobody_prints_what_another_county_keeps(client, journey):
    journey.to("approved")
    stranger = county("青禾县").post(Role.COUNTY_CASEWORKER)
    client.force_login(stranger.user)
    for name in ("hardship:print-approval", "hardship:print-letter", "casework:print-notice"):
        assert client.post(reverse(name, args=[journey.case.number])).status_code == 404


def test_the_batch_and_its_receipts_on_paper(client, journey):
    journey.to("in_payment")
    batch = journey.batch()
    client.force_login(journey.county.post(Role.FINANCE_OFFICER).user)
    found = text_of(client.post(reverse("ledger:print-batch", args=[batch.pk])).content)
    amount = batch.lines.get().amount_fen
    for each in (
        batch.number,
        "程梅",
        yuan(amount),
        capitals(amount),
        batch.digest[:16],
        f"****{journey.case.household.bank_card.reveal()[-4:]}",
    ):
        assert each in found, each
    order = batch.lines.get().order
    found = text_of(client.post(reverse("ledger:print-receipt", args=[order.pk])).content)
    assert found.count("程梅") == 2, "one for the receiver, one for the file"
    assert capitals(amount) in found
    client.force_login(journey.county.post(Role.AUDITOR).user)
    assert "程梅" not in text_of(client.post(reverse("ledger:print-batch", args=[batch.pk])).content)
    assert set(Entry.objects.filter(event__startswith="ledger.print").values_list("event", flat=True)) == {
        "ledger.print_list",
        "ledger.print_receipt",
    }


def test_a_printed_list_is_compared_with_the_books(client, journey):
    journey.to("in_payment")
    batch = journey.batch()
    client.force_login(journey.county.post(Role.FINANCE_OFFICER).user)
    found = text_of(client.post(reverse("ledger:print-batch", args=[batch.pk])).content)
    number, code = batch.number, batch.digest[:16]
    assert code in found

    def compared(number: str, code: str):
        return client.post(reverse("ledger:check-list"), {"number": number, "code": code}, follow=True)

    spaced = f" {code[:8].upper()} {code[8:]} "
    answer = compared(number, spaced)
    assert answer.redirect_chain[-1][0] == reverse("ledger:batch", args=[batch.pk])
    assert yuan(batch.lines.get().amount_fen) in answer.content.decode()
    other = ("0" if code[0] != "0" else "1") + code[1:]
    refused = compared(number, other)
    assert refused.status_code == 422
    assert "不一致" in refused.content.decode()
    client.force_login(county("青禾县").post(Role.FINANCE_OFFICER).user)
    assert "没有这个编号" in compared(number, code).content.decode()
