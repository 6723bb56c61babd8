"""How values are shown, the same on every page."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import cn2an
from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, npgettext

from chunyu.privacy import masking

register = template.Library()

NOTHING = "—"
FEN_PER_WAN = 1_000_000


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan with two places and thousands separators; a dash when there is none."""
    return NOTHING if fen is None else f"{Decimal(fen) / 100:,.2f}"


@register.filter
def wan(fen: int | None, places: int = 2) -> str:
    """Fen as ten thousands of yuan (万元), half up to `places` (two unless told). For overviews only: the exact yuan
    belong beside it or behind its link."""
    if fen is None:
        return NOTHING
    step = Decimal(1).scaleb(-int(places))
    return f"{(Decimal(fen) / FEN_PER_WAN).quantize(step, ROUND_HALF_UP):,}"


@register.filter
def capitals(fen: int | None) -> str:
    """Fen as the capital amount (大写) that payment papers carry: 12,880.50 is 壹万贰仟捌佰捌拾元伍角整."""
    if fen is None:
        return NOTHING
    yuan_part, rest = divmod(abs(int(fen)), 100)
    jiao, fen_part = divmod(rest, 10)
    words = f"{cn2an.an2cn(yuan_part, 'up')}元" if yuan_part or not rest else ""
    if jiao:
        words += f"{cn2an.an2cn(jiao, 'up')}角"
    elif yuan_part and fen_part:
        words += "零"
    words += f"{cn2an.an2cn(fen_part, 'up')}分" if fen_part else "整"
    return f"负{words}" if fen < 0 else words


@register.filter
def percent(share: Decimal | float | None, places: int = 1) -> str:
    """A share of one as per cent, half up to `places` (one unless told)."""
    if share is None:
        return NOTHING
    step = Decimal(1).scaleb(-int(places))
    return f"{(Decimal(str(share)) * 100).quantize(step, ROUND_HALF_UP):,}%"


@register.filter
def thousands(number: int | Decimal | None) -> str:
    return NOTHING if number is None else f"{number:,}"


@register.filter
def weekday(day: date | None) -> str:
    """A day with its weekday: 2026年3月12日 星期四."""
    if day is None:
        return NOTHING
    if get_language() == "en":
        return date_format(day, "D, j M Y")
    return date_format(day, "Y年n月j日 l")


@register.filter
def day(value: date | None) -> str:
    """A day as 2026-03-12, the form that lines up in tables."""
    return NOTHING if value is None else f"{value:%Y-%m-%d}"


@register.filter
def working_days_left(number: int | None) -> str:
    """How long is left, given a number of working days: 还剩 2 个工作日; none left is today, fewer is overdue."""
    if number is None:
        return NOTHING
    if number > 0:
        return ngettext("%(number)s working day left", "%(number)s working days left", number) % {"number": number}
    if number == 0:
        return gettext("due today")
    return npgettext("deadline", "%(number)s working day overdue", "%(number)s working days overdue", -number) % {
        "number": -number
    }


@register.filter
def deadline_tone(number: int | None) -> str:
    """The tag's tone for a number of working days left: seal when due, amber when near, rain before."""
    if number is None:
        return "plain"
    if number <= 0:
        return "seal"
    return "amber" if number <= 2 else "rain"


@register.filter
def masked_id(value: str | None) -> str:
    return masking.mask_id_number(value) if value else NOTHING


@register.filter
def masked_phone(value: str | None) -> str:
    return masking.mask_phone(value) if value else NOTHING


@register.filter
def masked_card(value: str | None) -> str:
    return masking.mask_card(value) if value else NOTHING


@register.filter
def masked_name(value: str | None) -> str:
    return masking.mask_name(value) if value else NOTHING
