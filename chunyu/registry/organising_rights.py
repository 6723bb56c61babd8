"""Who may write about unions, employers and members."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import ORGANISING_ROLES, Role


def check_organising(acting: Acting, scope_path: str, roles: frozenset[Role] = ORGANISING_ROLES) -> None:
    """Refusal unless the post builds unions (or has one of `roles`) and the organisation lies in its subtree."""
    if not acting.sees(scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    if acting.role not in roles:
        raise Refusal(_("Your post does not keep the records of unions and members."), "role")
