"""Identity numbers of residents (GB 11643): check digit, the old fifteen digits, and what the number itself says."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
MALE, FEMALE = "1", "2"
ID_NUMBER = "id-number"  # the blind index's purpose: equal numbers are found whatever table they stand in
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
# What people type around or inside a number: spaces of every kind, apostrophes, dashes, zero-width marks.
_DRESSING = re.compile(r"[\s'’‘`´\"“”\-‐-―\u200b-\u200f\u2060\ufeff]+")


class NotAnIdNumber(ValueError):
    """`reason` is one of: length, characters, check_digit, birth_date."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class IdNumber:
    """A valid number in its eighteen-character form."""

    text: str

    @property
    def birth_date(self) -> date:
        return birth_date_in(self.text)

    @property
    def sex(self) -> str:
        return sex_in(self.text)


def plain(text: str) -> str:
    """The number without its dressing: half-width, upper-case, no spaces or apostrophes. Not yet checked."""
    if text.isascii() and text.isalnum():
        return text.upper()
    text = _DRESSING.sub("", unicodedata.normalize("NFKC", text)).upper()
    # A multiplication sign or a Cyrillic letter stands for the X on many keyboards.
    return text[:-1] + "X" if text[-1:] in "×Х✕" and text else text


def check_character(first_seventeen: str) -> str:
    if len(first_seventeen) != len(WEIGHTS):
        raise ValueError("The check character is of seventeen digits.")
    return CHECK_CHARACTERS[sum(map(mul, WEIGHTS, map(int, first_seventeen))) % 11]


def lengthen(text: str) -> str:
    """The eighteen-character form of a fifteen-digit number; those were given to people born in the 1900s."""
    longer = f"{text[:6]}19{text[6:]}"
    return longer + check_character(longer)


def read(text: str) -> IdNumber:
    """A number as typed; NotAnIdNumber says what is wrong with it."""
    bare = plain(text)
    if len(bare) == 15 and bare.isascii() and bare.isdigit():
        bare = lengthen(bare)
    if len(bare) != 18:
        raise NotAnIdNumber("length")
    if not _EIGHTEEN.fullmatch(bare):
        raise NotAnIdNumber("characters")
    if check_character(bare[:17]) != bare[17]:
        raise NotAnIdNumber("check_digit")
    try:
        birth_date_in(bare)
    except ValueError:
        raise NotAnIdNumber("birth_date") from None
    return IdNumber(bare)


def birth_date_in(text: str) -> date:
    return date(int(text[6:10]), int(text[10:12]), int(text[12:14]))


def sex_in(text: str) -> str:
    return MALE if int(text[16]) % 2 else FEMALE
