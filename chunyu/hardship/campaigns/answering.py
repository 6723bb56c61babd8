"""Questionnaires: made, put into force, asked, answered. Answers are kept apart from the visit (`question_tables`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns.kinds import LEVELS, PLANNERS, QuestionKind
from chunyu.hardship.campaigns.question_tables import (
    Answer,
    AnswerChoice,
    AnswerSheet,
    Choice,
    Question,
    Questionnaire,
    QuestionnaireVersion,
)
from chunyu.hardship.campaigns.refusing import refusing, sentences
from chunyu.hardship.campaigns.rights import may_plan, refuse_role, refuse_scope
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.wall.scope import beyond_scope

QUESTIONS_PER_VERSION = 40
WITH_CHOICES = frozenset({QuestionKind.CHOICE, QuestionKind.SEVERAL})
Value = list[int] | Decimal | str


@dataclass(frozen=True)
class Answers:
    """What was said to the questions of a version: keys of choices, a number, or words, by the question's key."""

    version: QuestionnaireVersion
    said: Mapping[UUID, Value] = field(default_factory=dict)


@transaction.atomic
def make_questionnaire(acting: Acting, name: str) -> QuestionnaireVersion:
    """A questionnaire with a first version that holds no question yet."""
    if refusal := may_plan(acting):
        raise refusal
    made = Questionnaire(organisation=acting.organisation, name=name.strip())
    try:
        made.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    made.save(force_insert=True)
    version = QuestionnaireVersion.objects.create(questionnaire=made, number=1, made_by=acting.post)
    record(acting, "hardship.make_questionnaire", made)
    return version


@transaction.atomic
def next_version(acting: Acting, questionnaire: Questionnaire) -> QuestionnaireVersion:
    """A draft with the questions of the newest version."""
    _leads(acting, questionnaire)
    newest = questionnaire.versions.order_by("-number").first()
    assert newest is not None  # the first is made with the questionnaire
    with refusing():
        made = QuestionnaireVersion.objects.create(
            questionnaire=questionnaire, number=newest.number + 1, made_by=acting.post
        )
        for asked in newest.questions.prefetch_related("choices"):
            copied = Question.objects.create(version=made, place=asked.place, kind=asked.kind, text=asked.text)
            Choice.objects.bulk_create(
                Choice(question=copied, place=each.place, text=each.text) for each in asked.choices.all()
            )
    record(acting, "hardship.next_questionnaire_version", questionnaire, str(made.number))
    return made


@transaction.atomic
def put_question(
    acting: Acting,
    version: QuestionnaireVersion,
    *,
    kind: str,
    text: str,
    choices: Sequence[str] = (),
    question: Question | None = None,
) -> Question:
    """Add a question at the end, or change one; refused once somebody has answered the version."""
    _leads(acting, version.questionnaire)
    options = list(dict.fromkeys(each.strip() for each in choices if each.strip()))
    if not text.strip():
        raise Refusal(_("Write the question."), code="text")
    if kind in WITH_CHOICES and len(options) < 2:
        raise Refusal(_("Give at least two answers to choose from, one a line."), code="choices")
    if question is None and version.questions.count() >= QUESTIONS_PER_VERSION:
        raise Refusal(_("A questionnaire holds 40 questions at most."), code="count")
    with refusing():
        put = question or Question(version=version, place=_next_place(version))
        put.kind, put.text = kind, text.strip()
        put.save()
        put.choices.all().delete()
        if kind in WITH_CHOICES:
            Choice.objects.bulk_create(
                Choice(question=put, place=place, text=each) for place, each in enumerate(options, 1)
            )
    record(acting, "hardship.put_question", version.questionnaire, f"version {version.number}")
    return put


@transaction.atomic
def take_question_out(acting: Acting, question: Question) -> None:
    _leads(acting, question.version.questionnaire)
    record(acting, "hardship.take_question_out", question.version.questionnaire, f"version {question.version.number}")
    if question.version.sheets.exists():
        raise Refusal(sentences()["questionnaire_fixed_once_answered"], code="questionnaire_fixed_once_answered")
    with refusing():
        question.delete()


@transaction.atomic
def put_in_force(acting: Acting, version: QuestionnaireVersion) -> QuestionnaireVersion:
    """From today on the visitors ask this version."""
    _leads(acting, version.questionnaire)
    now = QuestionnaireVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if now.in_force_on is not None:
        raise Refusal(_("This version is in force already."), code="in_force")
    if not now.questions.exists():
        raise Refusal(_("Write at least one question first."), code="no_question")
    now.in_force_on = acting.day
    with refusing():
        now.save(update_fields=["in_force_on"])
    record(acting, "hardship.questionnaire_in_force", version.questionnaire, str(now.number))
    return now


def asked_version(campaign: Campaign) -> QuestionnaireVersion | None:
    """The newest version in force of the campaign's questionnaire."""
    if campaign.questionnaire_id is None:
        return None
    rows = QuestionnaireVersion.objects.filter(questionnaire=campaign.questionnaire_id, in_force_on__isnull=False)
    return rows.order_by("-number").first()


def keep_answers(campaign: Campaign, organisation: Organisation, group: str, answers: Answers) -> None:
    """Keep a sheet under the county of `organisation`; called in the transaction of the visit, whose key it never
    learns. Questions that were not answered have no row."""
    county = organisation
    while county.kind not in LEVELS and county.parent is not None:
        county = county.parent
    with beyond_scope("answers-without-a-name"):
        _keep(AnswerSheet(organisation=county, campaign=campaign, version=answers.version, group=group), answers)


def _keep(sheet: AnswerSheet, answers: Answers) -> None:
    sheet.save(force_insert=True)
    for question, said in answers.said.items():
        if said in ("", [], None):
            continue
        number = said if isinstance(said, Decimal) else None
        answer = Answer.objects.create(
            sheet=sheet, question_id=question, number=number, words=said if isinstance(said, str) else None
        )
        if isinstance(said, list):
            AnswerChoice.objects.bulk_create(AnswerChoice(answer=answer, choice_id=key) for key in said)


def _next_place(version: QuestionnaireVersion) -> int:
    last = version.questions.order_by("-place").values_list("place", flat=True).first()
    return (last or 0) + 1


def _leads(acting: Acting, questionnaire: Questionnaire) -> None:
    refuse_role(acting, PLANNERS)
    refuse_scope(acting, questionnaire.scope_path)
