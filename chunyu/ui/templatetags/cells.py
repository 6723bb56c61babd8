"""One cell of a list, written straight from its column: a page of rows draws hundreds of them."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chunyu.ui.columns import Cell, Column, plain_text
from chunyu.ui.templatetags.show import percent, thousands, yuan

register = template.Library()

NEVER_BROKEN = {"date": "whole", "time": "whole"}
SHOWN = {"money": yuan, "percent": percent, "number": thousands}


def _shown(column: Column, value: Cell, row: Any) -> SafeString | str:
    if value is None or value == "":
        return format_html('<span class="soft">{}</span>', "—")
    if column.kind == "tag":
        return format_html('<span class="tag {}">{}</span>', column.tone_of(row), value)
    return SHOWN.get(column.kind, plain_text)(value)


@register.simple_tag(takes_context=True)
def cell(context: template.Context, column: Column, row: Any) -> SafeString:
    value, url, note = column.read(row), column.address(row), column.note_of(row)
    if column.template:
        shown = SafeString(
            render_to_string(column.template, {"row": row, "value": value, "column": column}, context.get("request"))
        )
    else:
        shown = _shown(column, value, row)
    if url:
        shown = format_html('<a href="{}">{}</a>', url, shown)
    if note:
        shown = format_html('{}<span class="note">{}</span>', shown, note)
    return format_html(
        '<td class="{}" data-label="{}">{}</td>',
        "r num" if column.right else NEVER_BROKEN.get(column.kind, ""),
        column.label,
        shown,
    )
