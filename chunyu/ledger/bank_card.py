"""Reading a bank account number as people write it."""

import unicodedata

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal

SHORTEST, LONGEST = 8, 32


def card_digits(written: str) -> str:
    """The digits of a card or passbook number: full-width digits and spaces are accepted, nothing else.

    The refusal never repeats the number.
    """
    digits = "".join(unicodedata.normalize("NFKC", written).split()).replace("-", "")
    if not digits:
        raise Refusal(_("There is no bank card to pay to. Enter the card first."), code="ledger_card_missing")
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise Refusal(
            _("The bank card number must be %(shortest)s to %(longest)s digits.")
            % {"shortest": SHORTEST, "longest": LONGEST},
            code="ledger_card_malformed",
        )
    return digits
