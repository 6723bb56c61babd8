"""Founding, renaming, moving a union and its tie to an industry, each through a post and on the record.

What each act does to the tree is federation's own; who may do it, and that it was done, is said here.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation import actions as tree
from chunyu.federation.models import Organisation, Region
from chunyu.organising.structure.keeping import check, refusing
from chunyu.registry.employers import actions as employers
from chunyu.registry.membership import actions as membership
from chunyu.registry.membership.queries import members_of_each


@transaction.atomic
def found(acting: Acting, *, name: str, kind: str, parent: Organisation, region: Region, on: date) -> Organisation:
    """A new union under another one, from its first day."""
    check(acting, parent.path, on)
    with refusing():
        union = tree.found(name=name.strip(), kind=kind, region=region, parent=parent, on=on)
    record(acting, "organising.found_union", union, f"{kind} under {parent.pk} from {on}")
    return union


@transaction.atomic
def rename(acting: Acting, union: Organisation, name: str, *, on: date) -> None:
    """Another name from a day on."""
    check(acting, path_above(union), on)
    before = union.name
    with refusing():
        tree.rename(union, name.strip(), on=on)
    record(acting, "organising.rename_union", union, f"{before} → {union.name} from {on}")


@transaction.atomic
def move(acting: Acting, union: Organisation, parent: Organisation, *, on: date) -> None:
    """Under another union from a day on, with all below it; the post must be above both."""
    check(acting, path_above(union), on)
    check(acting, parent.path, on)
    before = union.parent_id
    with refusing():
        tree.move(union, parent, on=on)
    record(acting, "organising.move_union", union, f"from {before} to {parent.pk} from {on}")


@transaction.atomic
def tie_to_industry(acting: Acting, union: Organisation, superior: Organisation | None, *, on: date) -> None:
    """Give the union an industrial superior from a day on, another one, or (None) none any more."""
    check(acting, union.path, on)
    with refusing():
        tree.tie_to_industry(union, superior, on=on)
    record(acting, "organising.tie_to_industry", union, f"to {superior.pk if superior else 'none'} from {on}")


@transaction.atomic
def hand_over(
    acting: Acting, union: Organisation, to: Organisation | None, *, on: date, reason: str
) -> tuple[int, int]:
    """All members and employers of a union go to another, as before it is dissolved; how many of each. Without another
    one only its covers end: members belong somewhere."""
    check(acting, union.path, on)
    held = members_of_each([union.pk]).get(union.pk, 0)
    if to is None and held:
        words = ngettext(
            "%(count)s member belongs to it: say to which union they go.",
            "%(count)s members belong to it: say to which union they go.",
            held,
        )
        raise Refusal(words % {"count": held}, "members_left")
    moved = membership.move_members(acting, union, to, on=on, reason=reason) if to is not None else 0
    return moved, employers.hand_over_employers(acting, union, to, on=on)


def path_above(union: Organisation) -> str:
    """The path of what a union stands under: who changes the union itself acts from there, or higher."""
    if union.parent is None:
        raise Refusal(_("%(name)s is the top of the tree: it stands under nobody.") % {"name": union.name}, "top")
    return union.parent.path
