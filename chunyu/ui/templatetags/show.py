"""How values are shown, the same on every page."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan with two places and thousands separators; a dash when there is none."""
    return "—" if fen is None else f"{Decimal(fen) / 100:,.2f}"
