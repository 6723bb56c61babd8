"""Who may handle money and goods: the role and the scope of the acting post, asked by every action."""

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, STOCK_ROLES


def handles_money(acting: Acting, scope_path: str) -> None:
    """Refusal unless the post handles money and the thing lies in its subtree."""
    if acting.role not in MONEY_ROLES:
        raise Refusal(_("Only finance officers and approvers handle money."), code="ledger_not_your_role")
    if not acting.sees(scope_path):
        raise Refusal(_("This belongs to another organisation."), code="ledger_not_your_scope")


def keeps_stock(acting: Acting, scope_path: str) -> None:
    """Refusal unless the post keeps goods and the place lies in its subtree."""
    if acting.role not in STOCK_ROLES:
        raise Refusal(_("Only those who keep stock move goods."), code="ledger_not_your_role")
    if not acting.sees(scope_path):
        raise Refusal(_("This belongs to another organisation."), code="ledger_not_your_scope")
