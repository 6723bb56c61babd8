"""People found by the rules before they asked: each run, what it found, what officers made of it, and the invitations.

A run writes only what has changed: a finding stands from the run that first said it to the run that no longer does.
Nothing else of it is ever edited, and nobody is granted anything by it: a person confirms, a family applies.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household, Member

CODE = "invitation-code"  # the blind index's purpose
# A move of the owning organisation changes where a row is seen, never what it says.
WHERE_SEEN = ["organisation", "scope_path"]


def _kept(table: str, *changing: str) -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.ReadOnly(name=f"{table}_is_not_edited", exclude=[*WHERE_SEEN, *changing]),
        pgtrigger.Protect(name=f"{table}_is_kept", operation=pgtrigger.Delete),
    ]


class NightlyOrder(Scoped):
    """That somebody ordered a run for every night, from a day until it was ended: the runs act through their post."""

    ordered_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=pgettext_lazy("nightly run", "ordered by"), related_name="+"
    )
    ordered_on = models.DateField(pgettext_lazy("nightly run", "ordered on"))
    ended_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("ended by"), null=True, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True)

    class Meta:
        verbose_name = _("order of nightly runs")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(ended_on__isnull=True),
                name="nightly_ordered_once",
                violation_error_message=_("A run is already ordered for every night."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True)
                | Q(ended_on__gte=F("ordered_on"), ended_by__isnull=False),
                name="nightly_ended_by_somebody",
                violation_error_message=_("Whoever ends the nightly runs is named, with a day after the order."),
            ),
        ]
        triggers = _kept("nightly_order", "ended_by", "ended_on")

    def __str__(self) -> str:
        return f"{self.organisation} {self.ordered_on}"


class FindingRun(Scoped):
    """One look at everybody on file in a subtree who agreed to be looked at."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("run", "waiting")
        RUNNING = "running", pgettext_lazy("run", "at work")
        DONE = "done", pgettext_lazy("run", "done")
        FAILED = "failed", pgettext_lazy("run", "not finished")

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("started by"), related_name="+")
    nightly = models.BooleanField(_("nightly"), default=False)
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField(_("ordered"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    outcome = models.TextField(_("why it did not finish"), blank=True, default="")

    pack = models.CharField(_("rule pack"), max_length=60, blank=True, default="")
    version = models.CharField(_("version"), max_length=64, blank=True, default="")
    facts_digest = models.CharField(_("digest of the facts"), max_length=64, blank=True, default="")
    known_at = models.DateTimeField(_("facts known until"), null=True)
    on_file = models.PositiveIntegerField(_("households on file"), default=0)
    consenting = models.PositiveIntegerField(_("of them agreed"), default=0)
    appeared = models.PositiveIntegerField(_("new findings"), default=0)
    ended = models.PositiveIntegerField(_("findings that ended"), default=0)

    class Meta:
        verbose_name = _("run of finding people")
        ordering = ["-queued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(status__in=["queued", "running"]),
                name="finding_run_one_at_a_time",
                violation_error_message=_("A run of this organisation is already at work."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], ended_at__isnull=True)
                | Q(status__in=["done", "failed"], ended_at__isnull=False),
                name="finding_run_ends_once",
                violation_error_message=_("A run that has ended has a time of ending; one that goes on has none."),
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | ~Q(version="") & Q(known_at__isnull=False),
                name="finding_run_can_be_repeated",
                violation_error_message=_("A finished run names its rules and the moment of its facts."),
            ),
            models.CheckConstraint(
                condition=Q(consenting__lte=F("on_file")),
                name="finding_run_reads_who_agreed",
                violation_error_message=_("A run reads no more households than are on file."),
            ),
        ]
        triggers = [pgtrigger.Protect(name="finding_run_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.get_status_display()}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED


class Finding(Scoped):
    """What the rules say of one household and one programme that somebody should look at."""

    class Kind(models.TextChoices):
        NOT_HELPED = "not_helped", _("entitled, not yet helped")
        NO_LONGER = "no_longer", _("helped, no longer entitled")
        BLOCKED = "blocked", _("held up by an unknown fact")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("household"), related_name="findings")
    programme = models.CharField(_("programme"), max_length=40)
    kind = models.CharField(_("what was found"), max_length=12, choices=Kind.choices)
    amount_fen = models.BigIntegerField(_("amount"), null=True)
    # Equal content, equal fingerprint: what a later run compares with.
    fingerprint = models.CharField(max_length=64, editable=False)
    found_in = models.ForeignKey(FindingRun, models.PROTECT, verbose_name=_("found in"), related_name="found")
    found_on = models.DateField(_("found on"))
    ended_in = models.ForeignKey(FindingRun, models.PROTECT, null=True, related_name="ended_findings")
    ended_on = models.DateField(pgettext_lazy("finding", "until"), null=True)

    class Meta:
        verbose_name = _("finding")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "programme"],
                condition=Q(ended_in__isnull=True),
                name="finding_stands_once",
                violation_error_message=_("One thing at a time is found of a household and a programme."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["not_helped", "no_longer", "blocked"]),
                name="finding_kind_known",
                violation_error_message=_("This kind of finding does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gte=0),
                name="finding_not_negative",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(ended_in__isnull=True, ended_on__isnull=True)
                | Q(ended_in__isnull=False, ended_on__gte=F("found_on")),
                name="finding_ends_with_a_run",
                violation_error_message=_("A finding is ended by a run, on a day after it was found."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["scope_path", "kind", "programme"], name="finding_standing", condition=Q(ended_in__isnull=True)
            ),
        ]
        triggers = [
            *_kept("finding", "ended_in", "ended_on"),
            pgtrigger.Protect(
                name="finding_ended_stays_ended",
                operation=pgtrigger.UpdateOf("ended_in_id", "ended_on"),
                condition=pgtrigger.Q(old__ended_in__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.get_kind_display()}"


class FindingUnknown(models.Model):
    """A fact that nobody has stated and that holds a finding up; of a person, or of the household (or a place)."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="unknowns")
    fact = models.CharField(_("fact"), max_length=60)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("unknown fact of a finding")
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "fact", "member"],
                nulls_distinct=False,
                name="finding_names_an_unknown_once",
                violation_error_message=_("The same unknown fact is named twice."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="finding_unknown_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.fact


class FindingReview(models.Model):
    """What an officer made of a finding; the latest counts. Confirming only lets the family be invited."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", pgettext_lazy("finding", "confirmed")
        DISMISSED = "dismissed", pgettext_lazy("finding", "set aside")

    class Reason(models.TextChoices):
        FACTS_OUT_OF_DATE = "facts_out_of_date", _("what is on file is out of date")
        HELPED_ELSEWHERE = "helped_elsewhere", _("helped by somebody else for the same need")
        MOVED_AWAY = "moved_away", _("moved away or left the union")
        DECEASED = "deceased", _("the person has died")
        NO_LONGER_WISHED = "no_longer_wished", _("the family wants no aid")
        SEEN_TO = "seen_to", _("seen to: the aid was ended or is being reviewed")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="reviews")
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True, default="")
    note = SealedTextField(_("note"), null=True)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    on = models.DateField(_("on"))
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("review of a finding")
        ordering = ["-recorded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="confirmed", reason="") | Q(verdict="dismissed") & ~Q(reason=""),
                name="finding_review_gives_a_reason",
                violation_error_message=_("Setting a finding aside needs a reason; confirming it needs none."),
            ),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        "", "facts_out_of_date", "helped_elsewhere", "moved_away", "deceased", "no_longer_wished",
                        "seen_to",
                    ]
                ),
                name="finding_review_reason_known",
                violation_error_message=_("This reason does not exist."),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="finding_review_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.on}"


class Invitation(Scoped):
    """A family was told what it could receive, how, and with which code it may answer."""

    class Channel(models.TextChoices):
        LETTER = "letter", _("letter")
        PHONE = "phone", _("telephone")
        VISIT = "visit", _("home visit")
        COUNTER = "counter", _("counter")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", pgettext_lazy("of a letter", "Chinese")
        ENGLISH = "en", pgettext_lazy("of a letter", "English")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="invitations")
    household = models.ForeignKey(Household, models.PROTECT, related_name="invitations")
    programme = models.CharField(_("programme"), max_length=40)
    channel = models.CharField(_("how"), max_length=10, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices, default=Language.CHINESE)
    code = SealedTextField(pgettext_lazy("of a letter", "code"))
    code_index = BlindIndexField(of="code", purpose=CODE, unique=True)
    invited_on = models.DateField(_("invited on"))
    answer_by = models.DateField(_("answer by"))
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    open = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        ordering = ["-recorded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "programme"],
                condition=Q(open=True),
                name="invitation_open_once",
                violation_error_message=_("This family is already invited for this programme and has not answered."),
            ),
            models.CheckConstraint(
                condition=Q(answer_by__gt=F("invited_on")),
                name="invitation_leaves_time",
                violation_error_message=_("An invitation leaves time to answer."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["letter", "phone", "visit", "counter"]),
                name="invitation_channel_known",
                violation_error_message=_("An invitation goes by letter, telephone, visit or at the counter."),
            ),
        ]
        triggers = _kept("invitation", "open")

    def __str__(self) -> str:
        return f"{self.programme} {self.invited_on}"


class InvitationAnswer(models.Model):
    """What the family said to an invitation. `by` is nobody where they answered on the web with their code."""

    class Answer(models.TextChoices):
        APPLY = "apply", pgettext_lazy("invitation", "wants to apply")
        DECLINE = "decline", pgettext_lazy("invitation", "not now")
        OPT_OUT = "opt_out", pgettext_lazy("invitation", "does not want to be looked for")
        NONE = "none", pgettext_lazy("invitation", "no answer in time")

    class Channel(models.TextChoices):
        WEB = "web", _("on the web with the code")
        COUNTER = "counter", _("counter")
        PHONE = "phone", _("telephone")
        VISIT = "visit", _("home visit")

    invitation = models.OneToOneField(Invitation, models.PROTECT, primary_key=True, related_name="answer")
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices)
    channel = models.CharField(_("how it came"), max_length=10, choices=Channel.choices, blank=True, default="")
    answered_on = models.DateField(pgettext_lazy("invitation", "answered on"))
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("recorded by"), null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("answer to an invitation")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    answer__in=["apply", "decline", "opt_out"], channel__in=["web", "counter", "phone", "visit"]
                )
                | Q(answer="none", channel=""),
                name="invitation_answer_comes_some_way",
                violation_error_message=_(
                    "An answer comes by web, counter, telephone or visit; silence comes by none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(channel="web", by__isnull=True) | ~Q(channel="web") & Q(by__isnull=False),
                name="invitation_answer_recorded_by_somebody",
                violation_error_message=_("Whoever records an answer is named; on the web it is the family itself."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="invitation_answer_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="invitation_answered_is_closed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="UPDATE hardship_invitation SET open = false WHERE id = NEW.invitation_id; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} {self.answered_on}"
