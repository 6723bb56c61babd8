"""What was offered to and by the unions of a subtree, and to whom a case may be offered."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models import Case, Confidant
from chunyu.casework.process import seen_by
from chunyu.federation.models import Organisation


def sent(acting: Acting) -> QuerySet[Handover]:
    """The receipts: what this subtree offered to others, of the kinds of case that the role knows of."""
    return _shown(Handover.objects.within(acting.path), acting)


def received(acting: Acting) -> QuerySet[Handover]:
    """What others offered to unions of this subtree."""
    here = Organisation.objects.within(acting.path)
    return _shown(Handover.objects.filter(to__in=here), acting)


def _shown(rows: QuerySet[Handover], acting: Acting) -> QuerySet[Handover]:
    """A confidential case is never offered, and what was offered before it became so is for those in it."""
    inside = Confidant.objects.filter(case=OuterRef("case"), post=acting.post, ended_on__isnull=True)
    open_to_it = rows.filter(Q(case__confidential=False) | Exists(inside), case__process__in=seen_by(acting.role))
    return open_to_it.select_related("case", "organisation", "to")


def may_take(case: Case, acting: Acting) -> QuerySet[Organisation]:
    """Unions anywhere in the federation in which somebody today holds a post that works on such cases."""
    works = Post.objects.held_on(acting.day).filter(role__in=case.table.access.works, organisation=OuterRef("pk"))
    return (
        Organisation.objects.as_of(acting.day).filter(Exists(works)).exclude(pk=case.organisation_id).order_by("path")
    )
