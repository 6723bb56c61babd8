"""What the components need worked out: a field's control with its marks for screen readers, unique ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from django import forms, template
from django.forms import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString

register = template.Library()

CLASSES = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
)
_numbers = count(1)


@dataclass(frozen=True)
class FieldParts:
    control: SafeString
    check: bool
    group: bool
    help_id: str
    fault_id: str
    described_by: str


@register.simple_tag
def field_parts(field: BoundField) -> FieldParts:
    """A field's control, tied to its help text and its error."""
    widget = field.field.widget
    help_id, fault_id = f"{field.auto_id}-help", f"{field.auto_id}-fault"
    described_by = " ".join(name for name, present in ((help_id, field.help_text), (fault_id, field.errors)) if present)
    group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    look = next((css for kind, css in CLASSES if isinstance(widget, kind)), "form-control")
    # A group writes its attributes on its frame too, so its look comes from the fieldset around it.
    attrs = {} if group else {"class": f"{widget.attrs.get('class', '')} {look}".strip()}
    if described_by and not group:
        attrs["aria-describedby"] = described_by
    if field.errors:
        attrs["aria-invalid"] = "true"
    return FieldParts(
        control=field.as_widget(attrs=attrs),
        check=isinstance(widget, forms.CheckboxInput),
        group=group,
        help_id=help_id,
        fault_id=fault_id,
        described_by=described_by,
    )


@register.simple_tag
def wrong_fields(form: forms.BaseForm) -> list[BoundField]:
    return [field for field in form if field.errors]


@register.simple_tag
def fresh_id(prefix: str) -> str:
    """An id that no other element of the page has, for a description that belongs to one element."""
    return f"{prefix}-{next(_numbers)}"


@register.filter
def moment(value: datetime | date | str | None) -> str:
    """A moment as 2026-03-12 09:10 in local time; a day without a time as 2026-03-12."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
