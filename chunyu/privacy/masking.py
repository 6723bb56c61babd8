"""How personal values are shown where the whole is not needed. Widths follow the value, never fewer than two dots."""

DOT = "•"


def mask_id_number(value: str) -> str:
    """First three and last two: the region's county and the birth date stay hidden."""
    return value[:3] + DOT * max(2, len(value) - 5) + value[-2:] if len(value) > 6 else DOT * len(value)


def mask_phone(value: str) -> str:
    return value[:3] + DOT * 4 + value[-4:] if len(value) >= 11 else DOT * max(2, len(value))


def mask_card(value: str) -> str:
    """The last four, as banks print them."""
    return DOT * 4 + value[-4:] if len(value) > 8 else DOT * 4


def mask_name(value: str) -> str:
    """For public notices: the first character and, from three characters on, the last one."""
    if len(value) <= 1:
        return DOT
    return value[0] + DOT if len(value) == 2 else value[0] + DOT * (len(value) - 2) + value[-1]


def mask_address(value: str) -> str:
    """Nothing below the county: the first place name only."""
    for mark in ("县", "区", "市"):
        if mark in value:
            return value[: value.index(mark) + 1] + DOT * 4
    return DOT * 4
