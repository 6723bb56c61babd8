"""What pages show of a proposal, what its forms offer, and what the management reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.accounts.acting import Acting
from chunyu.casework.departments.queries import departments_near
from chunyu.casework.models import Case, Department
from chunyu.casework.process import Choice, Label
from chunyu.voice.proposals.actions import next_motion_number
from chunyu.voice.proposals.tables import CongressSession, Proposal

OFFERED = 200
ON_PAPER = "paper"


def goes_on_in(case: Case) -> Case | None:
    into = Proposal.objects.filter(case=case, into__isnull=False).select_related("into__case__organisation").first()
    return into.into.case if into and into.into else None


def others_open(case: Case, acting: Acting) -> tuple[Choice, ...]:
    """The union's other proposals that are still on their way, the latest first."""
    rows = Proposal.objects.filter(
        organisation=case.organisation_id, into__isnull=True, case__closed_on__isnull=True
    ).exclude(case=case)
    return tuple(
        Choice(str(each.pk), f"{each.case.number} {each.case.title}")
        for each in rows.select_related("case").order_by("-raised_on", "-pk")[:OFFERED]
    )


def sessions(case: Case, acting: Acting) -> tuple[Choice, ...]:
    """The sessions that it can still be a motion of: none from before the last one that it was."""
    rows = CongressSession.objects.filter(organisation=case.organisation_id)
    last = rows.filter(motions__proposal__case=case).order_by("-held_on").first()
    if last is not None:
        rows = rows.filter(held_on__gt=last.held_on)
    return tuple(Choice(str(each.pk), f"{each.name}（{each.held_on}）") for each in rows)


def suggested_number(case: Case, acting: Acting) -> int | None:
    offered = sessions(case, acting)
    return next_motion_number(CongressSession.objects.get(pk=int(offered[0].code))) if offered else None


def managements(case: Case, acting: Acting) -> tuple[Choice, ...]:
    """The listed management of the place, which answers on its own page; or paper."""
    near = departments_near(case.organisation, acting.day).filter(duty=Department.Duty.MANAGEMENT)
    return (*(Choice(str(each.pk), each.name) for each in near), Choice(ON_PAPER, _("on paper")))


def suggested_management(case: Case, acting: Acting) -> str:
    return managements(case, acting)[0].code


def shared(case: Case) -> Iterable[tuple[Label, Any]]:
    """What the management reads: the words as they were said, and by whom unless that was not wished."""
    proposal = Proposal.objects.prefetch_related("authors", "motions__session").get(case=case)
    motion = proposal.motions.last()
    if motion is not None:
        yield _("motion"), motion_name(motion.session.name, motion.number)
    yield pgettext("proposal", "about"), proposal.get_theme_display()
    yield _("where in the workplace"), proposal.place
    yield _("what is wrong"), proposal.problem.reveal()
    yield _("what should be done"), proposal.suggestion.reveal()
    yield _("risk"), proposal.get_risk_display()
    if not proposal.unnamed:
        yield _("proposed by"), _(", ").join(each.name for each in proposal.authors.all())


def motion_name(session: str, number: int) -> str:
    """第十二届三次职代会 · 1 号议案, the first of a session as 一号议案."""
    if number == 1:
        return _("%(session)s · motion No. 1") % {"session": session}
    return _("%(session)s · motion No. %(number)s") % {"session": session, "number": number}


def panel(case: Case, acting: Acting) -> dict[str, Any]:
    """This room's part of the case page."""
    proposal = (
        Proposal.objects.select_related("into__case", "review")
        .prefetch_related(
            "authors__came_with__case",
            "motions__session",
            "plans",
            "progress__recorded_by__user",
            "acceptances__recorded_by__user",
            "merged__case",
        )
        .get(case=case)
    )
    return {
        "proposal": proposal,
        "authors": proposal.authors.all(),
        "motions": [
            (motion_name(each.session.name, each.number), _report(each.session)) for each in _motions(proposal)
        ],
        "plan": next(iter(reversed(proposal.plans.all())), None),
        "progress": proposal.progress.all(),
        "acceptances": proposal.acceptances.all(),
        "review": getattr(proposal, "review", None),
    }


def _motions(proposal: Proposal) -> list[Any]:
    return sorted(proposal.motions.all(), key=lambda each: each.session.held_on)


def _report(session: CongressSession) -> str:
    return reverse("voice:session", args=[session.pk])
