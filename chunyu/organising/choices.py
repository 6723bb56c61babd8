"""Unions and employers that a form offers, within the post's subtree; and a union anywhere, by its name."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise


def unions_with_members(acting: Acting) -> QuerySet[Organisation]:
    """The unions under the post that take members today."""
    return Organisation.objects.within(acting.path).as_of(acting.day).filter(kind__in=WITH_MEMBERS).order_by("path")


def employer_named(acting: Acting, text: str) -> Enterprise:
    """The one employer under the post with this name or unified credit code; Refusal when there is none, or several,
    with who answers for each. A county has too many to choose from a list."""
    bare = text.strip()
    rows = Enterprise.objects.within(acting.path).filter(closed_on__isnull=True)
    found = list(rows.filter(Q(name=bare) | Q(credit_code=bare.upper())).select_related("organisation")[:6])
    if not found:
        raise Refusal(
            _("No employer on file here has this name or code: write it as the list of employers does."), "no_employer"
        )
    if len(found) > 1:
        places = _(", ").join(sorted({each.organisation.name for each in found}))
        sentence = _("Several employers have this name: %(places)s. Give the unified credit code.")
        raise Refusal(sentence % {"places": places}, "several_employers")
    return found[0]


def union_named(name: str, day: date) -> Organisation:
    """The one union of this name in the province; Refusal when there is none, or several, with their counties."""
    found = list(
        Organisation.objects.as_of(day)
        .filter(name=name.strip(), kind__in=WITH_MEMBERS)
        .select_related("region", "parent__parent")[:6]
    )
    if not found:
        raise Refusal(_("No union with members has this name: write it as its certificate does."), "no_union")
    if len(found) > 1:
        places = _(", ").join(sorted({each.region.name for each in found}))
        raise Refusal(_("Several unions have this name: %(places)s.") % {"places": places}, "several_unions")
    return found[0]
