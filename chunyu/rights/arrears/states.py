"""Names that the process and the actions of this service share."""

from __future__ import annotations

from typing import Final

NAME: Final = "rights.arrears"
# Days before the Spring Festival from which on everything is due sooner.
IN_HASTE_BEFORE: Final = 40
# Where the list of workers may still be entered and corrected.
LISTING: Final = ("joint", "tasks_out", "agreed", "ordered", "referred", "partly_paid")
PAYING: Final = "paying"
SIGNATURE, SIGNED_SHEET, PETITION, PHOTO = "signature", "signed_sheet", "petition", "payout_photo"
