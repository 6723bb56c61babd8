"""Making a case confidential, and letting people in and out of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import let_in, locked, refuse_outsiders
from chunyu.casework.models import Case, Confidant, TimelineEntry


@transaction.atomic
def make_confidential(acting: Acting, case: Case, *, people: Iterable[Post], reason: str) -> Case:
    """From now on only these posts and the acting one know of the case, and of every case opened out of it. This is not
    undone: a confidential case stays so."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    if case.confidential:
        raise Refusal(_("This case is confidential already."), code="confidential")
    if case.handovers.filter(answered_on__isnull=True).exists():
        raise Refusal(_("This case is offered to another union. Take that back first."), code="offered")
    if not reason.strip():
        raise Refusal(_("Say why only few may know of it."), code="field")
    chosen = {acting.post, *_fitting(acting, case, people)}
    for each in _with_descendants(case):
        let_in(acting, each, chosen)
        each.confidential = True
        each.save(update_fields=["confidential"])
        TimelineEntry.objects.create(case=each, day=acting.day, post=acting.post, act="make_confidential", note=reason)
        record(acting, "casework.make_confidential", each, f"{len(chosen)} people")
    case.refresh_from_db()
    return case


@transaction.atomic
def let_into(acting: Acting, case: Case, post: Post) -> None:
    """Open a confidential case to one more post; by somebody who is in it."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    if not case.confidential:
        raise Refusal(_("This case is open to everybody whose business it is."), code="open")
    let_in(acting, case, _fitting(acting, case, [post]))
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="let_in")
    record(acting, "casework.let_into_case", case, f"post {post.pk}")


@transaction.atomic
def shut_out(acting: Acting, case: Case, post: Post) -> None:
    """Close the case to a post. Somebody who works on it stays in."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    inside = Confidant.objects.filter(case=case, ended_on__isnull=True).exclude(post=post)
    if not inside.filter(post__role__in=case.table.access.works).exists():
        raise Refusal(_("Somebody who works on the case has to stay in it."), code="last")
    Confidant.objects.filter(case=case, post=post, ended_on__isnull=True).update(ended_on=acting.day)
    record(acting, "casework.shut_out_of_case", case, f"post {post.pk}")


def _fitting(acting: Acting, case: Case, people: Iterable[Post]) -> set[Post]:
    """The posts, if each may see such cases of this place by role: being let in narrows and never widens."""
    chosen = set(people)
    for post in chosen:
        if post.role not in case.table.access.sees or not Acting(post, acting.day).sees(case.scope_path):
            raise Refusal(_("%(post)s has nothing to do with such cases here.") % {"post": post}, code="post")
    return chosen


def _with_descendants(case: Case) -> list[Case]:
    """The case and all opened out of it, the deepest first: a child is never looser, not even in between."""
    found, ahead = [case], [case]
    while ahead:
        ahead = list(Case.objects.select_for_update(of=("self",)).filter(parent__in=ahead, confidential=False))
        found += ahead
    return found[::-1]
