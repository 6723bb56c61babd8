"""What policy officers do: draft, test, submit, approve, withdraw."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import POLICY_ROLES
from chunyu.audit.record import record
from chunyu.policy import Pack, installed_packs
from chunyu.policy.pack import HOUSEHOLD
from chunyu.rulebooks.drafts import checked, checked_texts
from chunyu.rulebooks.editing import NewValue, new_file, with_value
from chunyu.rulebooks.in_force import every_pack, files_of, forget_timetable
from chunyu.rulebooks.models import AcceptedDifference, RulebookFile, RulebookVersion, StaffTest
from chunyu.rulebooks.refusing import refusing
from chunyu.rulebooks.shipped import keep, next_number
from chunyu.rulebooks.trials import open_differences, read_test, standing_tests, try_pack
from chunyu.rulebooks.words import tongue

State = RulebookVersion.State


def may_write(acting: Acting) -> Refusal | None:
    """Why a post may not write rulebooks; None when it may."""
    if acting.role not in POLICY_ROLES:
        return Refusal(_("Rulebooks are written by policy officers."), code="not_a_policy_officer")
    return None


def may_approve(acting: Acting) -> Refusal | None:
    """A rulebook holds for the whole federation, so it is approved at its top."""
    if (refusal := may_write(acting)) is not None:
        return refusal
    if acting.organisation.parent_id is not None:
        return Refusal(_("A rulebook is approved at the top of the federation."), code="not_at_the_top")
    return None


def require(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal


@transaction.atomic
def begin_draft(acting: Acting, base: Pack | RulebookVersion) -> RulebookVersion:
    """A new version that says what `base` says, to be changed."""
    require(may_write(acting))
    origin = base if isinstance(base, RulebookVersion) else version_of(acting, base)
    if origin.state == State.DRAFT:
        raise Refusal(_("That version is a draft itself. Change it, or start from a submitted one."))
    texts = files_of(origin)
    with refusing():
        version = RulebookVersion.objects.create(
            pack=origin.pack,
            number=next_number(origin.pack),
            state=State.DRAFT,
            base=origin,
            organisation=acting.organisation,
            author=acting.post,
            begun_on=acting.day,
        )
        RulebookFile.objects.bulk_create(RulebookFile(version=version, name=n, text=t) for n, t in texts.items())
        record(acting, "rulebooks.begin", version, f"from {origin.pack} {origin.number}")
    return version


def version_of(acting: Acting, pack: Pack) -> RulebookVersion:
    """The row of a rulebook; one of this installation that has none yet gets it."""
    if pack.digest in {each.digest for each in installed_packs()}:
        return keep(pack)
    return RulebookVersion.objects.filter(digest=pack.digest, state__in=[State.APPROVED, State.SUBMITTED]).get()


@transaction.atomic
def write_file(acting: Acting, version: RulebookVersion, name: str, text: str, was: str | None = None) -> None:
    """Replace the text of a file, or add it. Faults of the text are told on the draft's page, and bar submission.

    `was` is the mark (`mark_of`) of the text that the writer began from: refused when somebody saved another meanwhile.
    """
    _one_at_a_time(version)
    if was is not None and was != mark_of(files_of(version).get(name, "")):
        raise Refusal(
            _("Somebody else saved this file meanwhile. Your text is kept below; saving again replaces theirs."),
            code="saved_meanwhile",
        )
    _write(acting, version, {name: text}, f"file {name}")


def mark_of(text: str) -> str:
    """A short mark of a text, to see whether it is still the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _one_at_a_time(version: RulebookVersion) -> None:
    """Who changes a draft by what it says waits for others who do."""
    RulebookVersion.objects.select_for_update().get(pk=version.pk)


@transaction.atomic
def add_file(acting: Acting, version: RulebookVersion, kind: str, name: str) -> str:
    """Add a file of a kind (rules, programmes, parameters, examples) to be filled in; its name."""
    file, start = new_file(kind, name)
    require(may_write(acting))
    with refusing():
        RulebookFile.objects.create(version=version, name=file, text=start)
        record(acting, "rulebooks.add_file", version, file)
    return file


@transaction.atomic
def remove_file(acting: Acting, version: RulebookVersion, name: str) -> None:
    """Take a file out of a draft."""
    require(may_write(acting))
    with refusing():
        RulebookFile.objects.filter(version=version, name=name).delete()
        record(acting, "rulebooks.remove_file", version, name)


@transaction.atomic
def set_parameter(acting: Acting, version: RulebookVersion, new: NewValue) -> None:
    """Give a parameter a value in a region from a day. The draft must be readable: else its text is put right first."""
    _one_at_a_time(version)
    texts = files_of(version)
    pack = checked_texts(texts).pack
    if pack is None:
        raise Refusal(_("The draft has faults. Put its texts right first."), code="faulty")
    changed = {name: text for name, text in with_value(texts, pack, new).items() if texts.get(name) != text}
    after = checked_texts(texts | changed)
    if after.pack is None:
        raise Refusal(after.problems[0].sentence(tongue()), code="faulty")
    _write(acting, version, changed, f"parameter {new.parameter} {new.region} from {new.valid_from}")


def _write(acting: Acting, version: RulebookVersion, texts: dict[str, str], note: str) -> None:
    require(may_write(acting))
    with refusing():
        for name, text in texts.items():
            plain = text.replace("\r\n", "\n").replace("\r", "\n")
            RulebookFile.objects.update_or_create(version=version, name=name, defaults={"text": plain})
        record(acting, "rulebooks.write", version, note)


@transaction.atomic
def accept_difference(acting: Acting, version: RulebookVersion, test: str, aspect: str, reason: str) -> None:
    """Take the responsibility for an answer of the draft that is not the expected one."""
    require(may_write(acting))
    pack = _working(version)
    trials = try_pack(pack, standing_tests(acting, version.pack), "zh")
    found = [d for trial in trials if trial.name == test for d in trial.telling if d.code == aspect]
    if not found:
        raise Refusal(_("This answer is the expected one: there is nothing to accept."), code="no_difference")
    with refusing():
        AcceptedDifference.objects.create(
            version=version,
            test=test,
            aspect=aspect,
            expected=found[0].expected,
            found=found[0].found,
            reason=reason.strip(),
            by=acting.post,
            on=acting.day,
        )
        record(acting, "rulebooks.accept_difference", version, aspect)


@transaction.atomic
def write_test(acting: Acting, pack: str, text: str, replacing: StaffTest | None = None) -> StaffTest:
    """Keep a named household with its expected answers, in place of an earlier test where one is given."""
    require(may_write(acting))
    subject = next((each.subject for each in every_pack() if each.id == pack), HOUSEHOLD)
    example = read_test(text, subject)
    with refusing():
        if replacing is not None:
            _retire(acting, replacing)
        test = StaffTest.objects.create(
            organisation=acting.organisation,
            pack=pack,
            name=example.name,
            text=text.replace("\r\n", "\n"),
            written_by=acting.post,
            written_on=acting.day,
        )
        record(acting, "rulebooks.write_test", test)
    return test


@transaction.atomic
def retire_test(acting: Acting, test: StaffTest) -> None:
    """The test is no longer run; it stays on record."""
    require(may_write(acting))
    with refusing():
        _retire(acting, test)


def _retire(acting: Acting, test: StaffTest) -> None:
    test.retired_by, test.retired_on = acting.post, acting.day
    test.save(update_fields=["retired_by", "retired_on"])
    record(acting, "rulebooks.retire_test", test)


@transaction.atomic
def submit(acting: Acting, version: RulebookVersion, reason: str) -> None:
    """Freeze a draft under its digest and lay it before a second person."""
    require(may_write(acting))
    version = RulebookVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.DRAFT:
        raise Refusal(_("Only a draft can be submitted."), code="not_a_draft")
    pack = _working(version)
    if pack.id != version.pack:
        raise Refusal(_("The id in pack.toml names the line of versions and cannot be changed."), code="another_line")
    if pack.digest == (version.base.digest if version.base else ""):
        raise Refusal(_("The draft says what it was made from, word for word."), code="nothing_changed")
    _tests_hold(acting, version, pack)
    with refusing():
        version.state, version.digest, version.reason = State.SUBMITTED, pack.digest, reason.strip()
        version.submitted_by, version.submitted_on = acting.post, acting.day
        version.save(update_fields=["state", "digest", "reason", "submitted_by", "submitted_on"])
        record(acting, "rulebooks.submit", version, pack.digest)


@transaction.atomic
def approve(acting: Acting, version: RulebookVersion, in_force_from: date) -> None:
    """A second person lets a version hold from a day on. Nothing decided before changes by it."""
    require(may_approve(acting))
    version = RulebookVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.SUBMITTED:
        raise Refusal(_("Only a submitted version can be approved."), code="not_submitted")
    pack = _working(version)
    if in_force_from < acting.day:
        raise Refusal(_("A version cannot be in force before the day it is approved."), code="too_early")
    if in_force_from < pack.valid_from or (pack.valid_to is not None and in_force_from > pack.valid_to):
        raise Refusal(_("The rulebook itself does not apply on that day (valid_from, valid_to in pack.toml)."))
    if (later := _approved_since(version)) is not None:
        raise Refusal(
            _("%(later)s was approved after this draft was begun and would be undone. Start from it, and submit again.")
            % {"later": later},
            code="base_superseded",
        )
    _tests_hold(acting, version, pack)
    with refusing():
        version.state, version.in_force_from = State.APPROVED, in_force_from
        version.approved_by, version.approved_on = acting.post, acting.day
        version.save(update_fields=["state", "in_force_from", "approved_by", "approved_on"])
        record(acting, "rulebooks.approve", version, f"in force from {in_force_from}")
    forget_timetable()


@transaction.atomic
def withdraw(acting: Acting, version: RulebookVersion, reason: str) -> None:
    """Take a version back: a draft or a submitted one at any time, an approved one before its day comes."""
    version = RulebookVersion.objects.select_for_update().get(pk=version.pk)
    require(may_approve(acting) if version.state == State.APPROVED else may_write(acting))
    with refusing():
        version.state, version.withdrawn_reason = State.WITHDRAWN, reason.strip()
        version.withdrawn_by, version.withdrawn_on = acting.post, acting.day
        version.save(update_fields=["state", "withdrawn_reason", "withdrawn_by", "withdrawn_on"])
        record(acting, "rulebooks.withdraw", version)
    forget_timetable()


def _working(version: RulebookVersion) -> Pack:
    pack = checked(version).pack
    if pack is None:
        raise Refusal(_("The draft has faults. Put its texts right first."), code="faulty")
    return pack


def _tests_hold(acting: Acting, version: RulebookVersion, pack: Pack) -> None:
    left = open_differences(version, try_pack(pack, standing_tests(acting, version.pack), "zh"))
    if left:
        names: Sequence[str] = list(dict.fromkeys(trial.name for trial, _difference in left))
        sentence = ngettext(
            "One answer is not the expected one (%(names)s). Put the rules or the test right, or accept it with a "
            "reason.",
            "%(count)d answers are not the expected ones (%(names)s). Put the rules or the tests right, or accept each "
            "with a reason.",
            len(left),
        )
        raise Refusal(sentence % {"count": len(left), "names": "、".join(names[:5])}, code="tests_fail")


def _approved_since(version: RulebookVersion) -> RulebookVersion | None:
    """An approved version that this one does not stand on: it would be undone unseen."""
    last = RulebookVersion.objects.filter(state=State.APPROVED, pack=version.pack).order_by("-in_force_from").first()
    seen = version.base
    while last is not None and seen is not None:
        if seen.pk == last.pk:
            return None
        seen = seen.base
    return last
