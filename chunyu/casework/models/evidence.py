"""What a case rests on: documents, visits, other departments' answers, and the decisions made of them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.casework.models.case import Case
from chunyu.privacy.fields import SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key

DOCUMENT_LIMIT = 12 * 1024 * 1024


class Visit(models.Model):
    """A home visit (入户调查): made by two people or more, its findings sealed."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="visits")
    visited_on = models.DateField(_("visited on"))
    # By the clock of the phone on which it was written down; empty when it was entered at a desk.
    captured_at = models.DateTimeField(_("written down at"), null=True, blank=True)
    findings = SealedTextField()
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("visit")
        ordering = ["visited_on", "id"]
        triggers = [pgtrigger.Protect(name="visit_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_on__gte=F("visited_on")),
                name="visit_recorded_after_it_was_made",
                violation_error_message=_("A visit cannot be recorded before it was made."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.visited_on}"


class VisitPerson(models.Model):
    """One who went on a visit: a user of this system, or somebody known by name only."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="people")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    name = models.CharField(pgettext_lazy("case", "name"), max_length=60)

    class Meta:
        verbose_name = _("visitor")
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="visitor_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "name"],
                name="visitor_named_once",
                violation_error_message=_("This person is already listed for the visit."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A scan or photo in the vault. It is never replaced: a better one is added."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(pgettext_lazy("case", "kind"), max_length=40)
    name = models.CharField(_("file name"), max_length=120)
    stored = VaultNameField(unique=True)
    size = models.PositiveIntegerField(pgettext_lazy("case", "size"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    content_type = models.CharField(pgettext_lazy("case", "type"), max_length=40)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="photos")
    added_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    added_on = models.DateField()

    class Meta:
        verbose_name = pgettext_lazy("case", "document")
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="document_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "digest"],
                name="document_once_per_case_and_kind",
                violation_error_message=_("This very file is already on the case as this kind of document."),
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=DOCUMENT_LIMIT),
                name="document_size_within_limit",
                violation_error_message=_("A document is between 1 byte and 12 MB."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> str:
        return str(self.case.table.document_label(self.kind))


class DepartmentTask(models.Model):
    """A question to another department, such as the civil-affairs checking centre, and its answer."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks")
    department = models.CharField(_("department"), max_length=100)
    # The department as listed, whose own people answer; empty where its answer comes on paper.
    to = models.ForeignKey("casework.Department", models.PROTECT, null=True, blank=True, related_name="tasks")
    asked = SealedTextField()
    asked_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("due on"))
    reply = SealedTextField(null=True)
    reply_document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    replied_on = models.DateField(_("answered on"), null=True, blank=True)
    # It answered that the matter is not its own; nothing was checked.
    declined = models.BooleanField(_("not its matter"), default=False)
    recorded_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    # The state in which the case waits for this answer; it is then one of those that the process lists, and moves it.
    asked_in = models.CharField(max_length=40, blank=True, default="")
    code = models.CharField(pgettext_lazy("case", "answer"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("task for a department")
        ordering = ["asked_on", "id"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(replied_on__isnull=True), name="task_open_by_due"),
            models.Index(fields=["to", "replied_on", "due_on"], name="task_by_department"),
        ]
        triggers = [
            # Once answered, the answer stands; a correction is a new question.
            pgtrigger.Protect(
                name="department_answer_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__replied_on__isnull=False),
            ),
            pgtrigger.Protect(name="department_task_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(replied_on__isnull=True, recorded_by__isnull=True)
                | Q(replied_on__gte=F("asked_on"), recorded_by__isnull=False),
                name="task_answered_after_asked",
                violation_error_message=_("An answer is recorded by somebody, and not before the question."),
            ),
            models.CheckConstraint(
                condition=Q(declined=False) | Q(replied_on__isnull=False, reply__isnull=False),
                name="task_declined_with_a_reason",
                violation_error_message=_("A department that declines says why."),
            ),
            models.CheckConstraint(
                condition=Q(replied_on__isnull=True, code="")
                | Q(asked_in="", code="")
                | (Q(replied_on__isnull=False, reply__isnull=False, declined=False) & ~Q(asked_in="") & ~Q(code="")),
                name="task_awaited_is_answered_with_a_reason",
                violation_error_message=_("The case waits for this answer: choose one, and give the reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.asked_on}"


class CheckItem(models.Model):
    """One thing that a department was asked to check. UNKNOWN is an answer of its own: never read as clear."""

    class Result(models.TextChoices):
        CLEAR = "clear", _("nothing found")
        HIT = "hit", _("found")
        UNKNOWN = "unknown", _("could not be checked")

    task = models.ForeignKey(DepartmentTask, models.PROTECT, related_name="items")
    item = models.CharField(pgettext_lazy("case", "item"), max_length=40)
    result = models.CharField(pgettext_lazy("case", "result"), max_length=10, choices=Result.choices, blank=True)

    class Meta:
        verbose_name = _("checked item")
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(
                name="check_result_is_kept",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__result=""),
            ),
            pgtrigger.Protect(name="check_item_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "item"],
                name="item_asked_once_per_task",
                violation_error_message=_("This item is already part of the question."),
            ),
            models.CheckConstraint(
                condition=Q(result__in=["", "clear", "hit", "unknown"]),
                name="check_result_known",
                violation_error_message=_("A result is: nothing found, found, or could not be checked."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.result}"

    @property
    def item_label(self) -> str:
        return str(self.task.case.table.check_items.get(self.item, self.item))


class Decision(models.Model):
    """What was decided on a case. Never edited; a reversal is another row that names it and gives a reason."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("decision", "approved")
        REFUSED = "refused", pgettext_lazy("decision", "refused")
        REVERSED = "reversed", pgettext_lazy("decision", "reversed")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    verdict = models.CharField(pgettext_lazy("case", "decision"), max_length=10, choices=Verdict.choices)
    amount_fen = models.BigIntegerField(pgettext_lazy("case", "amount"), null=True, blank=True)
    code = models.CharField(_("reason code"), max_length=40, blank=True)
    reason = SealedTextField(null=True)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    day = models.DateField(pgettext_lazy("case", "day"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = pgettext_lazy("case", "decision")
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="decision_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="reversed", reverses__isnull=False, reason__isnull=False)
                | (~Q(verdict="reversed") & Q(reverses__isnull=True)),
                name="decision_reversal_names_and_reasons",
                violation_error_message=_("A reversal names the decision that it reverses, and gives a reason."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gte=0),
                name="decision_amount_not_negative",
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.verdict}"
