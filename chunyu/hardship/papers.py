"""What this room prints about a case: the approval sheet and the letter to the family."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES
from chunyu.casework.models import Case, Decision
from chunyu.hardship import approval
from chunyu.hardship.approval import application_of
from chunyu.hardship.decision_file.freezing import document_of, read_frozen
from chunyu.hardship.models import Application, DecisionFile
from chunyu.hardship.wording import language
from chunyu.policy import Determination, decide, explain, why_not
from chunyu.policy.case_file import read_case
from chunyu.policy.decision_file import canonical
from chunyu.printing.forms import ApprovalSheet, Letter, Opinion, Pair, Person
from chunyu.printing.paper import spoken, starred
from chunyu.privacy.masking import mask_id_number, mask_name
from chunyu.registry import codes
from chunyu.registry.models import Household, Member
from chunyu.rulebooks.in_force import pack_by_digest
from chunyu.ui.buttons import Action
from chunyu.ui.templatetags.show import yuan

Verdict = Decision.Verdict


@dataclass(frozen=True)
class Matter:
    """A case as its papers show it: the frozen document of its latest decision, or what stands on it now."""

    case: Case
    application: Application
    document: dict[str, Any]
    digest: str
    decision: Decision | None
    found: Determination

    @property
    def household(self) -> Household:
        return self.application.household

    @property
    def programme(self) -> str:
        return self.found.programmes[self.application.programme].programme.label(language())

    @property
    def county(self) -> str:
        return (self.case.organisation.county() or self.case.organisation).name


def standing_decision(case: Case) -> Decision | None:
    """The latest approval or refusal that nobody has reversed."""
    last = case.decisions.order_by("pk").last()
    return last if last is not None and last.verdict in (Verdict.APPROVED, Verdict.REFUSED) else None


def matter_of(case: Case, acting: Acting) -> Matter:
    """What was decided is read from the decision's own file, so that a sheet printed later says the same."""
    decision = standing_decision(case)
    frozen = DecisionFile.objects.filter(decision=decision).first() if decision else None
    document = read_frozen(frozen) if frozen else document_of(case, decision, acting)
    pack = pack_by_digest(document["rulebook"]["digest"])
    facts, regions = read_case(pack, json.loads(canonical(document["case"]), parse_float=Decimal))
    found = decide(pack, facts, date.fromisoformat(document["on"]), regions)
    return Matter(case, application_of(case), document, frozen.digest if frozen else "", decision, found)


def approval_sheet(case: Case, acting: Acting) -> ApprovalSheet:
    """困难职工帮扶审批表. Whoever only reads files gets the names masked; identity numbers are masked for everybody."""
    matter, masked = matter_of(case, acting), acting.role not in CASE_ROLES
    document, worker = matter.document, matter.household.worker

    def name(whole: str) -> str:
        return starred(mask_name(whole)) if masked else whole

    day = date.fromisoformat(document["on"])
    return ApprovalSheet(
        number=document["number"],
        day=acting.day,
        organisation=matter.county,
        check_code=matter.digest,
        masked=masked,
        file_number=document["household"],
        programme=matter.programme,
        applicant=(
            Pair(_("Applicant"), name(worker.name)),
            Pair(_("Sex"), codes.SEX.label(worker.sex)),
            Pair(_("Born on"), spoken(worker.birth_date)),
            Pair(_("Identity number"), starred(mask_id_number(worker.id_number.reveal()))),
            Pair(_("Union"), document["organisation"]),
            Pair(_("Applied on"), spoken(day)),
        ),
        people=tuple(
            Person(
                name(each.name),
                codes.RELATION.label(each.relation),
                each.birth_date,
                starred(mask_id_number(each.id_number.reveal())),
                each.school_or_unit,
            )
            for each in _people(matter.household, day)
        ),
        findings=tuple(_findings(matter)),
        why=tuple(_why(matter.found, matter.application.programme)),
        papers=_(", ").join(dict.fromkeys(each["kind"] for each in document["documents"])),
        granted_fen=document["outcome"]["granted_fen"],
        opinions=tuple(_opinions(matter)),
        rulebook=f"{document['rulebook']['title']}　{document['rulebook']['digest'][:12]}",
    )


def _people(household: Household, day: date) -> list[Member]:
    members = household.members.filter(joined_on__lte=day).exclude(left_on__lte=day)
    return list(members.order_by("-is_worker", "relation", "birth_date"))


def _findings(matter: Matter) -> Iterable[Pair]:
    found, outcome = matter.found, matter.document["outcome"]
    roles = found.pack.roles
    yield Pair(_("Programme"), matter.programme)
    yield Pair(_("Hardship category"), found.pack.category_label(outcome["category"], language()))
    figure = found.pack.rules["household", roles.figure].label(language())
    yield Pair(figure, explain(found, roles.figure, language()).value)
    allowed = outcome["allowed_fen"]
    yield Pair(_("The rules allow (yuan)"), "—" if allowed is None else yuan(allowed))
    notice = matter.case.notices.filter(withdrawn_on__isnull=True).first()
    if notice is not None:
        words = _("%(from)s to %(to)s")
        yield Pair(_("Public notice"), words % {"from": spoken(notice.from_day), "to": spoken(notice.to_day)})


def _why(found: Determination, programme: str) -> Iterable[str]:
    for asked in (found.pack.roles.category, programme):
        why = explain(found, asked, language())
        yield why.sentence
        for child in why.children:
            value = "" if child.value in child.sentence else f"：{child.value}"
            yield f"　　{child.sentence}{value}"


def _opinions(matter: Matter) -> Iterable[Opinion]:
    """The boxes of the sheet, each with whoever took the step; empty boxes are signed by hand."""
    acts = {each["act"]: each for each in matter.document["acts"]}
    boxes = (
        (_("Workplace union"), ("submit",)),
        (_("Township or street union"), ("visit", "accept")),
        (_("County federation, checked"), ("review", "checked")),
        (_("County federation, decided"), ("approve", "refuse")),
    )
    for level, moves in boxes:
        done = next((acts[move] for move in moves if move in acts), None)
        if done is None or (level == boxes[-1][0] and matter.decision is None):
            yield Opinion(level, "")
            continue
        sentence = str(matter.case.table.move(done["act"]).label)
        yield Opinion(level, sentence, done["by"], date.fromisoformat(done["on"]))


def letter_refusal(case: Case) -> Refusal | None:
    """A letter says what was decided: nothing can be said before."""
    if standing_decision(case) is None:
        return Refusal(_("Nothing has been decided yet that a letter could tell."), code="no_decision")
    return None


def letter(case: Case, acting: Acting) -> Letter:
    """The decision in plain words, with what the family can do if it does not agree."""
    if (refusal := letter_refusal(case)) is not None:
        raise refusal
    matter = matter_of(case, acting)
    decision = matter.decision
    assert decision is not None
    said = {"day": spoken(matter.application.day), "programme": matter.programme}
    approved = decision.verdict == Verdict.APPROVED
    if approved:
        opening = _("On %(day)s your family asked for “%(programme)s”. We have approved it.")
    else:
        opening = _("On %(day)s your family asked for “%(programme)s”. We are sorry: it could not be approved.")
    return Letter(
        number=case.number,
        day=decision.day,
        organisation=matter.county,
        check_code=matter.digest,
        subject=_("Our decision on your application"),
        salutation=_("Dear %(name)s,") % {"name": matter.household.worker.name},
        paragraphs=(opening % said,),
        granted_fen=matter.document["outcome"]["granted_fen"],
        reasons=tuple(_reasons(matter, decision, approved)),
        next_steps=tuple(_next_steps(matter, approved)),
        appeal=tuple(_appeal(matter)),
    )


def _reasons(matter: Matter, decision: Decision, approved: bool) -> Iterable[str]:
    if approved:
        yield from (line.strip("　") for line in _why(matter.found, matter.application.programme))
        return
    if decision.code:
        yield str(matter.case.table.choice_label(decision.code))
    if decision.reason:
        yield decision.reason.reveal()
    for why in why_not(matter.found, matter.application.programme, language()):
        yield why.sentence


def _next_steps(matter: Matter, approved: bool) -> Iterable[str]:
    if not approved:
        yield _("You can apply again whenever something has changed in your family: an illness, a lost job, schooling.")
        return
    card = matter.household.bank_card
    if card is None:
        yield _("Please tell us your bank card: the money is paid to it.")
    else:
        yield _("The money is paid to your bank card that ends in %(end)s. You need not do anything.") % {
            "end": card.reveal()[-4:]
        }
    yield _("After the payment somebody of the union calls you and asks whether it has arrived.")


def _appeal(matter: Matter) -> Iterable[str]:
    said = {"union": matter.county, "number": matter.case.number}
    yield _("Tell the %(union)s at the counter, by telephone or by letter; name the number %(number)s.") % said
    yield _("Somebody other than the person who decided looks at your application again, and you get an answer.")
    notice = matter.case.notices.order_by("pk").last()
    if notice is not None and notice.objections_to:
        yield _("You reach us at: %(office)s") % {"office": notice.objections_to}


def buttons(case: Case, acting: Acting) -> list[Action]:
    """What can be printed of this case by this post."""
    offered = []
    if acting.role in READ_CASE_ROLES:
        url = reverse("hardship:print-approval", args=[case.number])
        offered.append(Action(_("Print the approval sheet"), url, method="post", new_tab=True))
    if acting.role in CASE_ROLES:
        url = reverse("hardship:print-letter", args=[case.number])
        refusal = letter_refusal(case)
        offered.append(Action.judged(_("Print the letter to the family"), url, refusal, method="post", new_tab=True))
    return offered


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page, with what can be printed of the case."""
    return approval.panel(case, acting) | {"prints": buttons(case, acting)}
