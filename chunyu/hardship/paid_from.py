"""From which fund a decision is paid, or from which two."""

from django.utils.translation import gettext_lazy as _

from chunyu.casework.process import Field
from chunyu.hardship import approval

PAID_FROM = (
    Field("fund", _("fund"), kind="choice", offered=approval.funds_for),
    Field("also_fund", _("second fund"), kind="choice", required=False, offered=approval.funds_for),
    Field(
        "also_fen",
        _("of it from the second fund (yuan)"),
        kind="yuan",
        required=False,
        help=_("Leave both empty when one fund pays all. The family gets one payment."),
    ),
)
