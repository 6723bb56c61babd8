"""Taking an import of households back, as one act.

What the import stated stays in the table and counts no more. A file that it opened is closed; values that it set go
back to what they were, unless they were set anew since. A family on which others have built since is left as it is and
named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import SealedTextField
from chunyu.registry.actions import apply_to_member, cause_rows, fact_row
from chunyu.registry.importing.kinds import Kept, Undone
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.importing.writing import place_under
from chunyu.registry.models import Cause, ChangeRequest, Division, Fact, Household, Member
from chunyu.registry.queries import value_of

AT_ONCE = 2_000

# Asked which of these households something else stands on; answers each with what it is, in words.
BuiltOn = Callable[[Iterable[UUID]], dict[UUID, str]]


def undo(acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
    """Within the caller's transaction, which also marks the batch as undone."""
    lines = [json.loads(line) for line in before]
    rows, kept = 0, []
    for at in range(0, len(lines), AT_ONCE):
        piece = lines[at : at + AT_ONCE]
        keys = {UUID(line.get("new") or line["household"]) for line in piece}
        households = {each.pk: each for each in Household.objects.select_for_update().filter(pk__in=keys)}
        built = _built_on(batch, keys)
        opened = []
        for line in piece:
            household = households[UUID(line.get("new") or line["household"])]
            if household.pk in built:
                kept.append(Kept(household.file_number, built[household.pk]))
                continue
            if "new" in line:
                opened.append(household.pk)
            else:
                _put_back(household, line, acting)
                rows += 1
        _state_again(acting, batch, set(built))
        rows += Household.objects.filter(pk__in=opened).update(
            status=Household.Status.CLOSED, closed_on=max(acting.day, batch.day)
        )
    return Undone(rows, kept)


def _built_on(batch: ImportBatch, keys: set[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    closed = Household.objects.filter(pk__in=keys).exclude(status=Household.Status.ON_FILE)
    found |= dict.fromkeys(closed.values_list("pk", flat=True), str(_("the file was closed since")))
    later = Fact.objects.filter(household__in=keys, recorded_at__gt=batch.ended_at).standing().exclude(batch=batch)
    found |= dict.fromkeys(later.values_list("household_id", flat=True).distinct(), str(_("more was stated since")))
    divided = Division.objects.filter(household__in=keys, state__in=[Division.State.ASKED, Division.State.APPROVED])
    found |= dict.fromkeys(divided.values_list("household_id", flat=True), str(_("the household was divided since")))
    waiting = ChangeRequest.objects.filter(household__in=keys, state=ChangeRequest.State.ASKED)
    found |= dict.fromkeys(waiting.values_list("household_id", flat=True), str(_("a change of it was asked for")))
    for place in settings.BUILT_ON_HOUSEHOLDS:
        asked: BuiltOn = import_string(place)
        found |= asked(keys)
    return found


def _put_back(household: Household, line: dict[str, Any], acting: Acting) -> None:
    for name, value in line["columns"].items():
        setattr(household, name, _value(Household, name, value))
    if household.organisation_id != line["organisation"]:
        place_under(household, Organisation.objects.get(pk=line["organisation"]))
    household.save()
    if line["causes"] is not None:
        Cause.objects.filter(household=household).delete()
        Cause.objects.bulk_create(cause_rows(household, line["causes"]))
    for member in Member.objects.filter(pk__in=line["joined"]):
        member.left_on, member.leave_reason = max(acting.day, member.joined_on), "import undone"
        member.save()
    for member in Member.objects.filter(pk__in=line["left"]):
        member.left_on, member.leave_reason = None, ""
        member.save()
    for member in Member.objects.filter(pk__in=list(line["members"])):
        values = line["members"][str(member.pk)]
        apply_to_member(member, {name: _value(Member, name, value) for name, value in values.items()})
        member.save()


def _value(model: type[Model], name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    return value if value is None or isinstance(field, SealedTextField) else field.to_python(value)


def _state_again(acting: Acting, batch: ImportBatch, keys: set[UUID]) -> None:
    """What the import stated of a family that is left alone goes on counting: it is stated anew, out of the batch."""
    for fact in Fact.objects.filter(batch=batch, household__in=keys).select_related("household", "organisation"):
        others = Fact.objects.filter(household=fact.household_id, member=fact.member_id, name=fact.name)
        if others.filter(recorded_at__gt=fact.recorded_at, source=fact.source).standing().exists():
            continue  # said anew since: that goes on counting
        held = value_of(fact)
        again = fact_row(
            acting,
            fact.household,
            fact.name,
            held,
            on=fact.stated_on,
            source=fact.source,
            member=fact.member,
            valid_from=fact.valid_from,
            note=str(_("kept when the import was undone")),
            origin=fact.origin,
        )
        again.stated_by_id = fact.stated_by_id
        again.save(force_insert=True)
