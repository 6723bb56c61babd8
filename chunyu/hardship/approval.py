"""What the application process needs of this room: the checks before approval, the grant, and its payment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.casework.process import Check, Choice
from chunyu.casework.standing import Standing
from chunyu.hardship.deciding import category_of, decide_household
from chunyu.hardship.models import Application, DecisionFile, Grant
from chunyu.hardship.reading import Reading, read
from chunyu.hardship.rounds.queries import line_of
from chunyu.hardship.rounds.wording import sentence_of
from chunyu.hardship.stacking.judging import of_application
from chunyu.hardship.wording import category_tone, category_word, language, programme_label, shown, unknown_sentences
from chunyu.ledger.actions import order_payment, reissue
from chunyu.ledger.models import Delivery, Fund, PaymentOrder
from chunyu.ledger.queries import funds_serving
from chunyu.policy import ProgrammeResult, missing_documents, why_not
from chunyu.registry.duplicates.queries import files_of
from chunyu.registry.models import Household
from chunyu.ui.templatetags.show import yuan


def application_of(case: Case) -> Application:
    return Application.objects.select_related("household__organisation__region", "decision").get(case=case)


def reading_of(application: Application) -> Reading:
    """The household today, under the rules of the day it applied."""
    return read(application.household, application.day)


def result_of(application: Application) -> ProgrammeResult:
    return reading_of(application).determination.programmes[application.programme]


def papers_complete(standing: Standing) -> Iterable[Refusal]:
    """Every paper that the programme asks of this household is on the case."""
    application = application_of(standing.case)
    determination = reading_of(application).determination
    missing = missing_documents(determination, application.programme, tuple(standing.document_kinds))
    needed = [code for code, needed in missing if needed]
    if needed:
        names = _now(", ").join(str(standing.case.table.document_label(code)) for code in needed)
        yield Refusal(_now("The programme also asks for: %(names)s.") % {"names": names}, code="documents")


def entitled(standing: Standing) -> Iterable[Refusal]:
    """The household is entitled under the rules of its day of application, with the facts known now."""
    application = application_of(standing.case)
    reading = reading_of(application)
    result = reading.determination.programmes[application.programme]
    if result.entitled is False:
        for why in why_not(reading.determination, application.programme, language()):
            yield Refusal(_now("Not entitled: %(reason)s (%(value)s).") % {"reason": why.sentence, "value": why.value},
                          code="not_entitled")  # fmt: skip
    for sentence in unknown_sentences(reading, result.unknown):
        yield Refusal(_now("Still unknown: %(fact)s.") % {"fact": sentence}, code="unknown_fact")


def stacks(standing: Standing) -> Iterable[Refusal]:
    """Nothing that the family has from any programme, level or fund stands against one more grant."""
    yield from of_application(application_of(standing.case), standing.day).refusals()


CHECKS = (
    Check(_("entitled under the rules of the day of application"), entitled),
    Check(_("nothing that the family already has stands against it"), stacks),
)


def suggested_amount(case: Case, acting: Acting) -> int | None:
    """What the rules allow, or the round that opened the application gives, as the amount the approver is offered."""
    if not Application.objects.filter(case=case).exists():
        return None
    application = application_of(case)
    return within_round(application, allowed_fen(application, acting.day))


def allowed_fen(application: Application, day: date) -> int | None:
    """What the rules allow, and no more than the caps over all programmes leave of it."""
    reading = reading_of(application)
    amount = reading.determination.programmes[application.programme].amount_fen
    return of_application(application, day, reading).within(amount)


def within_round(application: Application, allowed: int | None) -> int | None:
    """What the rules allow, and no more than the line of the round that opened the application."""
    line = line_of(application)
    return allowed if line is None or allowed is None else min(allowed, line.amount_fen)


def refuse_stacking(application: Application, day: date, amount_fen: int | None = None) -> None:
    """What the family has on another application or list, on this file or one joined to it, bars what the rules do not
    let it have once more. The lock makes grants to one family, and a joining of its files, take turns."""
    family = Household.objects.filter(pk__in=files_of(application.household)).order_by("pk")
    list(family.select_for_update(of=("self",)))
    for refusal in of_application(application, day).refusals(amount_fen):
        raise refusal


def grant(acting: Acting, case: Case, *, amount_fen: int | None = None, note: str | None = None) -> None:
    """Write the grant that an approval makes. The approver may give less than the rules allow, never more."""
    application = application_of(case)
    refuse_stacking(application, acting.day)
    allowed = allowed_fen(application, acting.day) or 0
    suggested = within_round(application, allowed) or 0
    granted = suggested if amount_fen is None else amount_fen
    if not 0 < granted <= allowed:
        sentence = _now("The rules allow up to %(allowed)s yuan; the amount cannot be %(amount)s.")
        raise Refusal(sentence % {"allowed": yuan(allowed), "amount": yuan(granted)}, code="amount")
    if granted != suggested and not (note or "").strip():
        if suggested < allowed:
            sentence = _now("The round gives %(amount)s yuan. Say in the remark why another amount is granted.")
            raise Refusal(sentence % {"amount": yuan(suggested)}, code="amount")
        raise Refusal(_now("Say in the remark why less is granted than the rules allow."), code="amount")
    Grant.objects.create(
        application=application,
        decision=decide_household(acting, application.household),
        amount_fen=granted,
        approved_on=acting.day,
        approved_by=acting.post,
    )


def funds_for(case: Case, acting: Acting) -> tuple[Choice, ...]:
    """The funds that may pay for this case's programme, with what is free in each."""
    words = _now("%(fund)s (free: %(amount)s yuan)")
    application = application_of(case)
    line = line_of(application)
    payers = set(line.payments.values_list("source__fund", flat=True)) if line else set()
    # What the round counted on comes first.
    serving = sorted(funds_serving(case.organisation, application.programme), key=lambda fund: fund.pk not in payers)
    return tuple(Choice(str(fund.pk), words % {"fund": fund.name, "amount": yuan(fund.free_fen)}) for fund in serving)


def hand_over(
    acting: Acting, case: Case, *, fund: str, also_fund: str | None = None, also_fen: int | None = None
) -> None:
    """Order the payment of the grant from the chosen fund, or from two, of which the second gives `also_fen`; the money
    is set aside at once. A payment that the bank returned is sent anew, to the card that the household's file now
    holds."""
    application = application_of(case)
    household = application.household
    given = application.grants.order_by("approved_on", "pk").last()
    if given is None:
        raise Refusal(_now("Nothing has been granted in this case."), code="no_grant")
    refuse_stacking(application, given.approved_on, given.amount_fen)
    if household.bank_card is None:
        raise Refusal(
            _now("The household's file has no bank card. Add it on the household's page first."), code="no_card"
        )
    card, worker = household.bank_card.reveal(), household.worker.name
    earlier = order_of(case)
    if earlier is not None and earlier.status == "returned":
        reissue(acting, earlier, card_number=card, bank_name=household.bank_name, payee_name=worker)
        return
    if bool(also_fund) != bool(also_fen):
        raise Refusal(_("For a second fund choose it and say what it gives; or leave both empty."), code="second_fund")
    order_payment(
        acting,
        organisation=household.organisation,
        household=household,
        programme=application.programme,
        programme_label=programme_label(application.programme, household.organisation, application.day, "zh"),
        fund=Fund.objects.get(pk=fund),
        amount_fen=given.amount_fen,
        also=[(Fund.objects.get(pk=also_fund), also_fen)] if also_fund and also_fen else (),
        reference=case.number,
        payee_name=worker,
        bank_name=household.bank_name,
        card_number=card,
        day=acting.day,
        entered_by=case.opened_by.user,
        approved_by=given.approved_by.user,
        # Applications are taken in all the year round: the county's service centre sees to them.
        delivery=Delivery.CENTRE,
    )


def order_of(case: Case) -> PaymentOrder | None:
    return PaymentOrder.objects.filter(reference=case.number).exclude(status="cancelled").first()


def payment_arrived(standing: Standing) -> Iterable[Refusal]:
    order = order_of(standing.case)
    if order is None or order.status != "paid":
        yield Refusal(_now("The bank has not confirmed this payment yet."), code="not_paid")


def end_application(acting: Acting, case: Case, **fields: Any) -> None:
    Application.objects.filter(case=case).update(open=False)


def resume_application(acting: Acting, case: Case, **fields: Any) -> None:
    Application.objects.filter(case=case).update(open=True)


def notice_facts(case: Case) -> casework.NoticeFacts:
    """What the public notice says: from the household's own file and decision, never typed in."""
    application = application_of(case)
    reading = reading_of(application)
    determination = reading.determination
    return casework.NoticeFacts(
        name=application.household.worker.name,
        category=determination.pack.category_label(category_of(determination), "zh"),
        programme=determination.pack.programmes[application.programme].label.zh,
        amount_fen=within_round(application, allowed_fen(application, case.opened_on)),
    )


def round_of(application: Application) -> dict[str, Any] | None:
    """The round that opened the application, with its amount and the reason for it."""
    line = line_of(application)
    if line is None:
        return None
    return {"name": line.round.name, "amount_fen": line.amount_fen, "why": sentence_of(line)}


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page: what is asked for and what the rules say of it today."""
    application = application_of(case)
    reading = reading_of(application)
    result = reading.determination.programmes[application.programme]
    category = category_of(reading.determination)
    given, order = application.grants.order_by("approved_on", "pk").last(), order_of(case)
    return {
        "household": application.household,
        "programme": result.programme.label(language()),
        "result": result,
        "category": category_word(category, reading.determination.pack.id),
        "tone": category_tone(category, reading.determination.pack),
        "why_not": [shown(why) for why in why_not(reading.determination, application.programme, language())],
        "unknown": unknown_sentences(reading, result.unknown),
        "grant": given,
        "stacking": of_application(application, given.approved_on if given else acting.day, reading).rows(),
        "order": order,
        "round": round_of(application),
        "need": case.campaign_needs.order_by("number").first(),
        "files": DecisionFile.objects.filter(decision__case=case).order_by("pk"),
    }
