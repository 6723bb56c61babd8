"""Looks for duplicates, the pairs that they found, what people said of each, and the files that were joined.

A pair is decided by two persons: one says, another confirms; what they say is appended, and the pair's state follows
from it in the database alone. A file can be joined to another only along a pair that was confirmed as one person.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.federation.models import Organisation, Scoped
from chunyu.privacy.row_key import row_key


def _refuse(rule: str, words: str) -> str:
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}';"


class Look(Scoped):
    """One look for duplicates under an organisation."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("look for duplicates", "waiting")
        RUNNING = "running", pgettext_lazy("look for duplicates", "being compared")
        DONE = "done", pgettext_lazy("look for duplicates", "finished")
        FAILED = "failed", pgettext_lazy("look for duplicates", "broken off")

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("started by"), related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    weights = models.CharField(_("weights"), max_length=20)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(_("people"), default=0)
    found = models.PositiveIntegerField(_("pairs"), default=0)
    new = models.PositiveIntegerField(_("new pairs"), default=0)
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("look for duplicates")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], ended_at__isnull=True)
                | Q(status__in=["done", "failed"], ended_at__isnull=False),
                name="look_ends_with_a_time",
                violation_error_message=_("A look that has ended has a time of ending."),
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(status__in=["queued", "running"]),
                name="look_one_at_a_time",
                violation_error_message=_("A look for duplicates is already under way here."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED


class Pair(Scoped):
    """Two people on two open files who may be one. It belongs to the lowest organisation above both files."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("pair", "to be decided")
        SAME = "same", pgettext_lazy("pair", "the same person")
        DIFFERENT = "different", pgettext_lazy("pair", "two persons")
        SUPERSEDED = "superseded", pgettext_lazy("pair", "a record changed since")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    left = models.ForeignKey("registry.Member", models.PROTECT, related_name="+")
    right = models.ForeignKey("registry.Member", models.PROTECT, related_name="+")
    # Of what was compared: a decision holds until either side says something else.
    left_digest = models.CharField(max_length=64)
    right_digest = models.CharField(max_length=64)
    left_county = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    right_county = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    score = models.IntegerField(_("score"))
    weights = models.CharField(_("weights"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("possible duplicate")
        ordering = ["-score", "pk"]
        indexes = [models.Index(fields=["state", "scope_path", "-score"], name="pair_to_decide")]
        constraints = [
            models.CheckConstraint(
                condition=Q(left__lt=F("right")),
                name="pair_in_one_order",
                violation_error_message=_("A pair is kept once, in one order."),
            ),
            models.UniqueConstraint(
                fields=["left", "right"],
                condition=~Q(state="superseded"),
                name="pair_stands_once",
                violation_error_message=_("This pair is already known."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="pair_is_not_edited", fields=["left", "right", "left_digest", "right_digest", "score", "weights"]
            ),
            pgtrigger.Protect(name="pair_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="pair_starts_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.state <> 'open'"),
                func=_refuse("pair_starts_open", "a pair begins undecided"),
            ),
            # Asked before the trigger itself runs: 0 is a plain UPDATE, 1 one by the trigger of a confirmation.
            pgtrigger.Trigger(
                name="pair_is_decided_by_two",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IS DISTINCT FROM NEW.state AND NEW.state <> 'superseded' AND pg_trigger_depth() < 1"
                ),
                func=_refuse("pair_is_decided_by_two", "one person says and another confirms"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PairPart(models.Model):
    """What one comparison of a pair came to, and what it weighs, in thousandths of a bit. The parts add up to the
    score."""

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="parts")
    comparison = models.CharField(max_length=12)
    level = models.CharField(max_length=12)
    weight = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "comparison"], name="pair_compared_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="pairpart_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.comparison} {self.level} {self.weight}"


class PairWord(models.Model):
    """What somebody said of a pair: that it is one person or two, that another was right, or that they take it back."""

    class Kind(models.TextChoices):
        SAYS = "says", pgettext_lazy("pair", "says")
        CONFIRMS = "confirms", pgettext_lazy("pair", "confirms")
        TAKES_BACK = "takes_back", pgettext_lazy("pair", "takes back")

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="words")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    same = models.BooleanField(_("the same person"))
    answers = models.OneToOneField("self", models.PROTECT, null=True, related_name="answer")
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("word on a pair")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="says", answers__isnull=True) | ~Q(kind="says") & Q(answers__isnull=False),
                name="pairword_answers_one",
                violation_error_message=_("Whoever confirms or takes back, does so with what was said."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="pairword_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="pairword_in_turn",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("at_state", "text"), ("said", "registry_pairword%ROWTYPE")],
                func=f"""
                    SELECT state INTO at_state FROM registry_pair WHERE id = NEW.pair_id FOR UPDATE;
                    IF at_state <> 'open' THEN
                        {_refuse("pairword_while_open", "this pair is decided")}
                    END IF;
                    IF NEW.user_id <> (SELECT user_id FROM accounts_post WHERE id = NEW.by_id) THEN
                        {_refuse("pairword_by_its_post", "the word is of the person whose post it is")}
                    END IF;
                    IF NEW.kind = 'says' THEN
                        IF EXISTS (
                            SELECT FROM registry_pairword w WHERE w.pair_id = NEW.pair_id AND w.kind = 'says'
                            AND NOT EXISTS (SELECT FROM registry_pairword a WHERE a.answers_id = w.id)
                        ) THEN
                            {_refuse("pairword_one_at_a_time", "somebody has said something already")}
                        END IF;
                        RETURN NEW;
                    END IF;
                    SELECT * INTO said FROM registry_pairword WHERE id = NEW.answers_id;
                    IF said.pair_id <> NEW.pair_id OR said.kind <> 'says' OR said.same <> NEW.same THEN
                        {_refuse("pairword_answers_one", "it answers what was said of this pair")}
                    END IF;
                    IF NEW.kind = 'confirms' AND said.user_id = NEW.user_id THEN
                        {_refuse("pairword_of_another", "another person confirms")}
                    END IF;
                    IF NEW.kind = 'takes_back' AND said.user_id <> NEW.user_id THEN
                        {_refuse("pairword_own_taken_back", "one takes back what one said")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="pairword_decides",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.kind = 'confirms'"),
                func="""
                    UPDATE registry_pair SET state = CASE WHEN NEW.same THEN 'same' ELSE 'different' END
                    WHERE id = NEW.pair_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.same}"


class Joining(Scoped):
    """A file joined to another: from then on it lies still, with its history and its ledger, and the other goes on.
    `parted_on` is set once, when the two are taken apart again."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    pair = models.ForeignKey(Pair, models.PROTECT, related_name="joinings")
    joined = models.ForeignKey("registry.Household", models.PROTECT, related_name="joinings")
    into = models.ForeignKey("registry.Household", models.PROTECT, related_name="joined_here")
    day = models.DateField(_("joined on"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    parted_on = models.DateField(_("taken apart on"), null=True)
    parted_at = models.DateTimeField(null=True)
    parted_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("why they were taken apart"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("joining of two files")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["joined"],
                condition=Q(parted_on__isnull=True),
                name="joining_once",
                violation_error_message=_("This file is already joined to another."),
            ),
            models.CheckConstraint(
                condition=~Q(joined=F("into")),
                name="joining_of_two_files",
                violation_error_message=_("A file is not joined to itself."),
            ),
            models.CheckConstraint(
                condition=Q(parted_on__isnull=True, parted_by__isnull=True, parted_at__isnull=True, reason="")
                | Q(parted_on__isnull=False, parted_by__isnull=False, parted_at__isnull=False) & ~Q(reason=""),
                name="joining_parted_with_a_reason",
                violation_error_message=_("Say why the two files are taken apart."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="joining_is_not_edited", fields=["pair", "joined", "into", "day", "at", "by"]),
            pgtrigger.Protect(name="joining_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="joining_parts_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.parted_on IS NOT NULL AND (OLD.parted_on, OLD.parted_by_id, OLD.reason) "
                    "IS DISTINCT FROM (NEW.parted_on, NEW.parted_by_id, NEW.reason)"
                ),
                func=_refuse("joining_parts_once", "the files were taken apart already"),
            ),
            pgtrigger.Trigger(
                name="joining_parted_by_two",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("parted_on"),
                condition=pgtrigger.Condition("NEW.parted_on IS NOT NULL"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM registry_parting WHERE joining_id = NEW.id AND state = 'approved'
                        AND answered_by_id = NEW.parted_by_id
                    ) THEN
                        {_refuse("joining_parted_by_two", "one person asks for it and another does it")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="joining_of_one_person",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM registry_pair p
                        JOIN registry_member l ON l.id = p.left_id JOIN registry_member r ON r.id = p.right_id
                        WHERE p.id = NEW.pair_id AND p.state = 'same' AND (
                            (l.household_id, r.household_id) = (NEW.joined_id, NEW.into_id)
                            OR (r.household_id, l.household_id) = (NEW.joined_id, NEW.into_id))
                    ) THEN
                        {_refuse("joining_of_one_person", "files are joined along a pair that two confirmed")}
                    END IF;
                    PERFORM FROM registry_household WHERE id IN (NEW.joined_id, NEW.into_id) ORDER BY id FOR UPDATE;
                    IF EXISTS (SELECT FROM registry_household WHERE id = NEW.into_id AND status <> 'on_file')
                        OR EXISTS (SELECT FROM registry_household WHERE merged_into_id = NEW.joined_id) THEN
                        {_refuse("joining_one_deep", "the one is open, and nothing is joined to the other")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.joined} → {self.into}"


class JoinedPerson(models.Model):
    """Whom a person of the joined file is on the file that goes on: somebody there, or a row added for them."""

    joining = models.ForeignKey(Joining, models.PROTECT, related_name="people")
    was = models.ForeignKey("registry.Member", models.PROTECT, related_name="+")
    now = models.ForeignKey("registry.Member", models.PROTECT, related_name="+")
    added = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["joining", "was"], name="joined_person_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="joinedperson_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.was_id} → {self.now_id}"
