"""Reading what was found: only what still stands today, of families who still agree to be looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import paths_above
from chunyu.hardship.finding.models import Finding, FindingReview, FindingRun, Invitation, InvitationAnswer
from chunyu.hardship.models import Application, Grant
from chunyu.privacy.letter_code import as_written
from chunyu.registry.consent.queries import consents
from chunyu.registry.consent.tables import ConsentEvent, Purpose
from chunyu.registry.groups import Cut, cut
from chunyu.registry.models import Household, Member
from chunyu.wall.scope import beyond_scope, take_on


def may_be_looked_at(households: QuerySet[Household]) -> QuerySet[Household]:
    """Households on file whose worker agrees at this moment."""
    return households.filter(consents(Purpose.MATCHING), status=Household.Status.ON_FILE)


def standing(acting: Acting) -> QuerySet[Finding]:
    """What stands in the post's subtree. Consent taken back, a file closed or an application opened since the run
    takes a finding off at once, whatever the run said."""
    asked = Application.objects.filter(household=OuterRef("household"), programme=OuterRef("programme"), open=True)
    granted = Grant.objects.filter(
        application__household=OuterRef("household"),
        application__programme=OuterRef("programme"),
        approved_on__year=acting.day.year,
    )
    helped = Exists(asked) | Exists(granted)
    agreeing = may_be_looked_at(Household.objects.filter(pk=OuterRef("household")))
    return (
        Finding.objects.within(acting.path)
        .filter(Exists(agreeing), ended_in__isnull=True)
        .filter(Q(kind=Finding.Kind.NO_LONGER) | ~helped)
    )


def listed(acting: Acting) -> QuerySet[Finding]:
    """The same with what a list shows: the worker, what was made of it, and the invitation that waits."""
    review = FindingReview.objects.filter(finding=OuterRef("pk")).order_by("-recorded_at")
    worker = Member.objects.filter(household=OuterRef("household"), is_worker=True, left_on__isnull=True)
    # An invitation belongs to what could be received; it says nothing of what is no longer due.
    invited = Invitation.objects.filter(
        household=OuterRef("household"), programme=OuterRef("programme"), finding__kind=OuterRef("kind")
    )
    latest = invited.order_by("-recorded_at")
    return (
        standing(acting)
        .select_related("household", "organisation__region__parent__parent__parent")
        .annotate(
            worker_name=Subquery(worker.values("name")[:1]),
            worker_pinyin=Subquery(worker.values("name_pinyin")[:1]),
            verdict=Subquery(review.values("verdict")[:1]),
            waiting=Exists(invited.filter(open=True)),
            invited_on=Subquery(latest.values("invited_on")[:1]),
            answered=Subquery(latest.values("answer__answer")[:1]),
        )
    )


STATES = ("new", "confirmed", "invited", "wants", "declined", "set_aside")


def in_state(rows: QuerySet[Finding], state: str) -> QuerySet[Finding]:
    """Narrowed to one stage between found and helped; the stages exclude one another."""
    asked_for = Q(answered=InvitationAnswer.Answer.APPLY)
    declined = Q(answered=InvitationAnswer.Answer.DECLINE)
    nothing_sent = Q(waiting=False) & (Q(answered__isnull=True) | Q(answered=InvitationAnswer.Answer.NONE))
    match state:
        case "new":
            return rows.filter(nothing_sent, verdict__isnull=True)
        case "confirmed":
            return rows.filter(nothing_sent, verdict="confirmed")
        case "set_aside":
            return rows.filter(nothing_sent, verdict="dismissed")
        case "invited":
            return rows.filter(waiting=True)
        case "wants":
            return rows.filter(asked_for, waiting=False)
        case _:
            return rows.filter(declined, waiting=False)


def still_open(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """Without those that were set aside and that nobody has to look at any more."""
    return rows.filter(Q(verdict__isnull=True) | Q(verdict=FindingReview.Verdict.CONFIRMED) | Q(waiting=True))


def state_of(finding: Any) -> str:
    """The stage of a row of `listed`."""
    if finding.waiting:
        return "invited"
    if finding.answered == InvitationAnswer.Answer.APPLY:
        return "wants"
    if finding.answered == InvitationAnswer.Answer.DECLINE:
        return "declined"
    return {None: "new", "confirmed": "confirmed", "dismissed": "set_aside"}[finding.verdict]


def counted_by_kind(acting: Acting) -> dict[str, int]:
    """Distinct households by kind of finding, of those still open."""
    rows = still_open(listed(acting)).order_by().values_list("kind")
    return dict.fromkeys(Finding.Kind.values, 0) | dict(rows.annotate(Count("household", distinct=True)))


def of_household(acting: Acting, household: Household) -> QuerySet[Finding]:
    """What stands of one household."""
    return listed(acting).filter(household=household).order_by("programme")


def timeline(finding: Finding) -> list[dict[str, Any]]:
    """What happened to a household for a programme since it was found, the newest first."""
    entries = [
        {"sentence": str(_("Found")), "time": finding.found_on, "who": str(_("the rules"))},
        *(
            {
                "sentence": " · ".join(filter(None, (each.get_verdict_display(), each.get_reason_display()))),
                "time": each.on,
                "who": each.by.user.full_name,
                "note": each.note.reveal() if each.note else "",
            }
            for each in finding.reviews.select_related("by__user").order_by("recorded_at")
        ),
    ]
    sent = Invitation.objects.filter(household=finding.household_id, programme=finding.programme)
    for each in sent.select_related("answer__by__user", "by__user").order_by("recorded_at"):
        told = _("Invited by %(channel)s") % {"channel": each.get_channel_display()}
        entries.append({"sentence": told, "time": each.invited_on, "who": each.by.user.full_name})
        answer = getattr(each, "answer", None)
        if answer is not None:
            who = answer.by.user.full_name if answer.by else str(_("the family"))
            entries.append({"sentence": answer.get_answer_display(), "time": answer.answered_on, "who": who})
    return entries[::-1]


def latest_run(acting: Acting) -> FindingRun | None:
    """The newest finished run that looked at the whole of this subtree: the organisation's own, or one above it."""
    done = FindingRun.objects.filter(organisation__path__in=paths_above(acting.path), status=FindingRun.Status.DONE)
    return done.order_by("-ended_at").select_related("organisation", "post__user").first()


def invitation_of_code(code: str, day: date) -> Invitation | None:
    """The open invitation of a letter's code, in whatever case and grouping it was typed."""
    rows = Invitation.objects.filter(code_index=as_written(code), open=True, answer_by__gte=day)
    with beyond_scope("own-matter"):
        found = rows.select_related("household", "organisation__region__parent__parent__parent").first()
    if found is not None:
        take_on(found.scope_path)
    return found


# Figures ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stages:
    """Distinct households at each stage, of those invited in a period."""

    invited: int
    opted_out: int
    applied: int
    granted: int


def invitations(acting: Acting, start: date, end: date) -> QuerySet[Invitation]:
    """Those sent in a period in the post's subtree, with what came of each."""
    applied = Application.objects.filter(
        household=OuterRef("household"), programme=OuterRef("programme"), day__gte=OuterRef("invited_on")
    )
    granted = Grant.objects.filter(
        application__household=OuterRef("household"),
        application__programme=OuterRef("programme"),
        application__day__gte=OuterRef("invited_on"),
    )
    # However they said it: with the letter's code, at the counter, or on the household's page.
    opted_out = ConsentEvent.objects.filter(
        member__household=OuterRef("household"),
        purpose=Purpose.MATCHING,
        kind=ConsentEvent.Kind.WITHDRAWN,
        said_on__gte=OuterRef("invited_on"),
    )
    rows = Invitation.objects.within(acting.path).filter(invited_on__gte=start, invited_on__lte=end)
    return rows.annotate(applied=Exists(applied), granted=Exists(granted), opted_out=Exists(opted_out))


STAGES: Mapping[str, Q] = {
    "invited": Q(pk__isnull=False),
    "opted_out": Q(opted_out=True),
    "applied": Q(applied=True),
    "granted": Q(granted=True),
}


def _counts() -> dict[str, Count]:
    return {f"n_{name}": Count("household", distinct=True, filter=where) for name, where in STAGES.items()}


def stages(rows: QuerySet[Invitation]) -> Stages:
    found = rows.order_by().aggregate(**_counts())
    return Stages(*(found[f"n_{name}"] for name in STAGES))


def stages_by_path(rows: QuerySet[Invitation], paths: list[str]) -> dict[str, Stages]:
    """The same for each of these paths, which are all of one depth."""
    length = max(map(len, paths), default=0)
    if not length:
        return {}
    grouped = rows.order_by().annotate(top=Left("scope_path", length)).values("top").annotate(**_counts())
    return {row["top"]: Stages(*(row[f"n_{name}"] for name in STAGES)) for row in grouped if row["top"] in set(paths)}


def cuts(rows: QuerySet[Invitation], day: date) -> dict[str, Cut]:
    """For each stage the workers of those households: distinct persons, and beside them each group's count."""
    found = {}
    for name, where in STAGES.items():
        households = rows.filter(where).values("household")
        workers = Member.objects.filter(household__in=households, is_worker=True, left_on__isnull=True)
        found[name] = cut(workers, day)
    return found
