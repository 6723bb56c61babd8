"""How personal values are shown where the whole is not needed. Widths follow the value, never fewer than two dots."""

import re
import unicodedata

DOT = "•"
# Between the parts of minority and foreign names, in the ways in which people type it.
NAME_MARKS = "·•・‧⋅∙.．' -"
# What names a place below the county: nothing from there on is shown.
BELOW_COUNTY = "镇乡街路村号巷弄院楼栋室组屯庄"
# The longest run of places that ends as a county does, unless it is one of the small "区" of a town.
COUNTY = re.compile(rf"[^{BELOW_COUNTY}\d\s]{{1,24}}(?:县|市|旗|(?<![小社园厂校厂矿景新片])区)")


def mask_id_number(value: str) -> str:
    """First three and last two: the region's county and the birth date stay hidden."""
    return value[:3] + DOT * max(2, len(value) - 5) + value[-2:] if len(value) > 6 else DOT * max(2, len(value))


def mask_phone(value: str) -> str:
    return value[:3] + DOT * 4 + value[-4:] if len(value) >= 11 else DOT * max(2, len(value))


def mask_card(value: str) -> str:
    """The last four, as banks print them."""
    return DOT * 4 + value[-4:] if len(value) > 8 else DOT * 4


def mask_name(value: str) -> str:
    """For public notices: enough to know oneself by, not enough to be looked up by.

    Chinese names keep the first character and, from three on, the last (王•, 王•明, 欧••文). Names in parts keep the
    marks between them: the first character of the first part and the last of the last (阿••••·••提). Latin names keep
    the initials (J••• S••••).
    """
    name = unicodedata.normalize("NFC", value.strip())
    if not name:
        return DOT * 2
    if any("LATIN" in unicodedata.name(character, "") for character in name):
        return re.sub(r"[^\W_]+", lambda word: word[0][0] + DOT * max(1, len(word[0]) - 1), name)
    if len(name) == 1:
        return DOT * 2
    hidden = "".join(character if character in NAME_MARKS else DOT for character in name[1:])
    # The last one is shown too where something stays hidden between.
    return name[0] + (hidden[:-1] + name[-1] if hidden.count(DOT) > 1 else hidden)


def mask_address(value: str) -> str:
    """Nothing below the county."""
    county = COUNTY.match(value.strip())
    return (county[0] if county else "") + DOT * 4
