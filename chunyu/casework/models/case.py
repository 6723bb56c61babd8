"""The case (办件): one matter of one household on its way through a process."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.process import Process, State, process_named
from chunyu.federation.models import Organisation, Scoped, ScopedQuerySet
from chunyu.federation.triggers import refuse
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household

OVERDUE, WORD = "overdue", "word"
# Messages that come of no move of the table.
BESIDE_THE_TABLE = {
    OVERDUE: _("This case is overdue."),
    WORD: _("The applicant wrote something with the slip."),
}


CHILD_NO_LOOSER = pgtrigger.Trigger(
    name="case_child_no_looser",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "confidential"),
    func=f"""
        IF NEW.parent_id IS NOT NULL AND NOT NEW.confidential
            AND EXISTS (SELECT 1 FROM casework_case WHERE id = NEW.parent_id AND confidential) THEN
            {refuse("case_child_no_looser", "a case opened out of a confidential one is confidential")}
        END IF;
        IF NEW.confidential AND EXISTS (SELECT 1 FROM casework_case WHERE parent_id = NEW.id AND NOT confidential) THEN
            {refuse("case_child_no_looser", "the cases opened out of this one become confidential first")}
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - constants of this file
)
STAYS_CONFIDENTIAL = pgtrigger.Trigger(
    name="case_stays_confidential",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("confidential"),
    condition=pgtrigger.Condition("OLD.confidential AND NOT NEW.confidential"),
    func=refuse("case_stays_confidential", "a confidential case stays so"),
)


class Channel(models.TextChoices):
    WEB = "web", pgettext_lazy("case", "web")
    COUNTER = "counter", _("counter")
    PHONE = "phone", _("telephone")
    PAPER = "paper", pgettext_lazy("case", "paper")
    VISIT = "visit", _("home visit")
    ROUND = "round", _("round of allocation")


class NumberSeries(models.Model):
    """The last case number that a county gave in a year. The row is locked while the next one is taken."""

    county = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    prefix = models.CharField(max_length=12)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year"],
                name="number_series_once_per_county_and_year",
                violation_error_message=_("This county already has a number series for the year."),
            ),
            models.UniqueConstraint(
                fields=["prefix", "year"],
                name="number_prefix_of_one_county",
                violation_error_message=_("Another county numbers its cases with these letters."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}"


class CaseQuerySet(ScopedQuerySet):
    def open_to(self, acting: Acting) -> CaseQuerySet:
        """Cases of the acting post's subtree, without the confidential ones that it was not let into. Which kinds of
        case its role knows of is a further question, to the process."""
        let_in = Confidant.objects.filter(case=OuterRef("pk"), post=acting.post, ended_on__isnull=True)
        return self.within(acting.path).filter(Q(confidential=False) | Exists(let_in))


class Case(Scoped):
    """A matter with a number. It changes only through `casework.actions`; `state` belongs to the process's table."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    number = models.CharField(pgettext_lazy("case", "case number"), max_length=24, unique=True)
    process = models.CharField(_("process"), max_length=60)
    state = models.CharField(pgettext_lazy("case", "state"), max_length=40)
    household = models.ForeignKey(
        Household,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=pgettext_lazy("case", "household"),
        related_name="cases",
    )
    # What is asked for ("医疗救助"); the family's name is read from its file.
    title = models.CharField(_("matter"), max_length=200)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    # Empty where the public itself opened it, on its own page.
    opened_by = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, verbose_name=_("opened by"), related_name="+"
    )
    opened_on = models.DateField(pgettext_lazy("case", "opened on"))
    state_since = models.DateField(_("in this state since"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    handler = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, verbose_name=_("handled by"), related_name="+"
    )
    # The case out of which this one was opened. A child of a confidential case is confidential.
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # Only for those who were let in, whatever their role and place; never undone.
    confidential = models.BooleanField(_("confidential"), default=False)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)
    closed_on = models.DateField(pgettext_lazy("case", "closed on"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        ordering = ["-number"]
        triggers = [CHILD_NO_LOOSER, STAYS_CONFIDENTIAL]
        indexes = [
            models.Index(fields=["process", "state", "scope_path"], name="case_by_state"),
            models.Index(fields=["due_on"], condition=Q(closed_on__isnull=True), name="case_open_by_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, outcome="") | (Q(closed_on__isnull=False) & ~Q(outcome="")),
                name="case_closed_means_outcome",
                violation_error_message=_("A closed case has an outcome, and an open one has none."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="case_closed_after_opened",
                violation_error_message=_("A case cannot be closed before it was opened."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values),
                name="case_channel_known",
                violation_error_message=_("This channel does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="case_not_its_own_parent",
                violation_error_message=_("A case cannot be opened out of itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("casework:case", args=[self.number])

    @property
    def table(self) -> Process:
        return process_named(self.process)

    @property
    def standing_state(self) -> State:
        return self.table.state(self.state)

    @property
    def state_label(self) -> str:
        return str(self.standing_state.label)

    @property
    def process_label(self) -> str:
        return str(self.table.label)

    @property
    def outcome_label(self) -> str:
        return str(self.table.outcome_label(self.outcome)) if self.outcome else ""

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    def overdue_on(self, day: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < day


class Arrival(models.Model):
    """That a case was opened by somebody without an account, and from which network address: as a digest, by which a
    flood is told from people."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="arrival")
    sender = models.BinaryField(max_length=32)
    day = models.DateField(pgettext_lazy("case", "day"))

    class Meta:
        verbose_name = _("case opened by the public")
        indexes = [models.Index(fields=["sender", "day"], name="arrival_by_sender")]
        triggers = [pgtrigger.Protect(name="arrival_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.day}"


class Confidant(models.Model):
    """A post that was let into a confidential case, by somebody who was in it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="confidants")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    let_in_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    let_in_on = models.DateField(_("let in on"))
    ended_on = models.DateField(_("no longer since"), null=True, blank=True)

    class Meta:
        verbose_name = _("person in a confidential case")
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(
                name="confidant_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("case", "post", "let_in_by", "let_in_on"),
            ),
            pgtrigger.Protect(name="confidant_stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "post"],
                condition=Q(ended_on__isnull=True),
                name="confidant_once_per_case",
                violation_error_message=_("This post has been let into the case already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.post_id}"


class TimelineEntry(models.Model):
    """What happened to a case, when and by whom; `post` is empty for what the public did (an objection)."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="timeline")
    at = models.DateTimeField(auto_now_add=True)
    day = models.DateField(pgettext_lazy("case", "day"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    act = models.CharField(_("act"), max_length=40)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    code = models.CharField(_("reason code"), max_length=40, blank=True)
    note = SealedTextField(null=True)
    key = models.CharField(max_length=40, null=True, editable=False)  # of the form that a note was sent with

    class Meta:
        verbose_name = _("timeline entry")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "key"],
                condition=Q(key__isnull=False),
                name="note_once",
                violation_error_message=_("This form was sent before with another note. Open it again."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="timeline_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.act}"


class ClockStop(models.Model):
    """While it is open, no deadline of the case runs; when it ends, the working days that were left run on. Stopped by
    an objection (`by` empty, the notice's clock) or by hand for a reason that the process lists."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="clock_stops")
    from_day = models.DateField(pgettext_lazy("case", "from"))
    to_day = models.DateField(pgettext_lazy("case", "until"), null=True, blank=True)
    reason = models.CharField(pgettext_lazy("case", "reason"), max_length=40)
    days_left = models.PositiveSmallIntegerField(_("working days that were left"), null=True)
    by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("clock stop")
        triggers = [
            # It ends once; nothing else of it changes.
            pgtrigger.Protect(
                name="clock_stop_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("case", "from_day", "reason", "days_left", "by"),
            ),
            pgtrigger.Protect(
                name="clock_stop_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__to_day__isnull=False),
            ),
            pgtrigger.Protect(name="clock_stop_stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(to_day__isnull=True),
                name="clock_stopped_once",
                violation_error_message=_("The clock of this case already stands still."),
            ),
            models.CheckConstraint(
                condition=Q(to_day__isnull=True) | Q(to_day__gte=F("from_day")),
                name="clock_runs_on_after_it_stopped",
                violation_error_message=_("The clock cannot run on before it stopped."),
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=True) | Q(days_left__isnull=False),
                name="clock_stopped_by_hand_keeps_its_days",
                violation_error_message=_("Whoever stops the clock leaves the days that were left."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.from_day} – {self.to_day or ''}"


class Escalation(models.Model):
    """That a case overdue by so many working days was brought before a role: once for each deadline missed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="escalations")
    due_on = models.DateField(_("due on"))
    days = models.PositiveSmallIntegerField(_("working days late"))
    to = models.CharField(pgettext_lazy("case", "to"), max_length=30, choices=Role.choices)
    day = models.DateField(pgettext_lazy("case", "day"))

    class Meta:
        verbose_name = _("escalation")
        ordering = ["day", "pk"]
        triggers = [pgtrigger.Protect(name="escalation_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "due_on", "days", "to"],
                name="escalated_once_per_deadline",
                violation_error_message=_("This case has been brought before them already."),
            ),
            models.CheckConstraint(
                condition=Q(day__gt=F("due_on"), days__gte=1),
                name="escalated_after_the_deadline",
                violation_error_message=_("A case is escalated after its deadline."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.due_on} {self.to}"


class Link(models.Model):
    """Two cases that belong together, such as an application and the appeal of another service."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, models.PROTECT, related_name="linked_from")
    why = models.CharField(pgettext_lazy("case", "why"), max_length=100)
    made_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    made_on = models.DateField()

    class Meta:
        verbose_name = _("link between cases")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "other"],
                name="cases_linked_once",
                violation_error_message=_("These two cases are already linked."),
            ),
            models.CheckConstraint(
                condition=~Q(case=F("other")),
                name="case_not_linked_to_itself",
                violation_error_message=_("A case cannot be linked to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} – {self.other_id}"


class Message(models.Model):
    """That a role, or the household, is to learn of a move. The sentence stands in the process's table."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    move = models.CharField(max_length=40)
    to = models.CharField(pgettext_lazy("case", "to"), max_length=30, db_index=True)
    day = models.DateField(pgettext_lazy("case", "day"))
    done_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    done_on = models.DateField(_("read or told on"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("case", "message")
        ordering = ["-day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=True, done_by__isnull=True)
                | Q(done_on__isnull=False, done_by__isnull=False),
                name="message_done_by_somebody",
                violation_error_message=_("A message is done by somebody, on a day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.move} → {self.to}"

    @property
    def sentence(self) -> str:
        if self.move in BESIDE_THE_TABLE:
            return str(BESIDE_THE_TABLE[self.move])
        tells = self.case.table.tells.get(self.move, ())
        return next((str(each.sentence) for each in tells if each.to == self.to), self.move)

    @property
    def to_label(self) -> str:
        return str(Role(self.to).label) if self.to in Role.values else str(_("the household"))
