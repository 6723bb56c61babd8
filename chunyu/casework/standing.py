"""What stands on a case on a day, loaded once, so that the checks of a process are plain functions over it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.casework.models import (
    Case,
    CheckItem,
    ClockStop,
    Decision,
    DepartmentTask,
    Document,
    Objection,
    PublicNotice,
    TimelineEntry,
    Visit,
)

OPENED = "open"


@dataclass
class Standing:
    """A case with its evidence. Each part is read when first asked for; make a fresh one after a change."""

    case: Case
    day: date

    @cached_property
    def timeline(self) -> list[TimelineEntry]:
        return list(self.case.timeline.select_related("post__user", "post__organisation"))

    @cached_property
    def documents(self) -> list[Document]:
        return list(self.case.documents.select_related("added_by__user"))

    @cached_property
    def visits(self) -> list[Visit]:
        return list(self.case.visits.select_related("recorded_by__user").prefetch_related("people", "photos"))

    @cached_property
    def tasks(self) -> list[DepartmentTask]:
        return list(
            self.case.tasks.select_related("recorded_by__user").prefetch_related(
                "items", "shared__document", "notes__by__user"
            )
        )

    @cached_property
    def decisions(self) -> list[Decision]:
        return list(self.case.decisions.select_related("by__user", "reversed_by"))

    @cached_property
    def notice(self) -> PublicNotice | None:
        """The notice that stands, if one was published and not taken down."""
        return self.case.notices.filter(withdrawn_on__isnull=True).first()

    @cached_property
    def clock_stop(self) -> ClockStop | None:
        """The stop that stands: by hand, or for an objection."""
        return self.case.clock_stops.filter(to_day__isnull=True).first()

    @property
    def clock_stopped(self) -> bool:
        return self.clock_stop is not None

    @cached_property
    def objections(self) -> list[Objection]:
        return list(Objection.objects.filter(notice__case=self.case).select_related("resolved_by__user"))

    @property
    def open_objections(self) -> list[Objection]:
        return [each for each in self.objections if each.resolved_on is None]

    @property
    def document_kinds(self) -> set[str]:
        return {document.kind for document in self.documents}

    @property
    def check_results(self) -> dict[str, CheckItem]:
        """For each item ever asked about, the latest question's row: a later answer replaces an earlier one."""
        return {item.item: item for task in self.tasks for item in task.items.all()}

    @cached_property
    def fingerprint(self) -> str:
        """A digest of everything that a decision rests on; it changes when anything is added or answered."""
        rests_on = [
            self.case.state,
            *(f"timeline {entry.pk}" for entry in self.timeline),
            *(f"document {document.kind} {document.digest}" for document in self.documents),
            *(f"task {task.pk} {item.item} {item.result}" for task in self.tasks for item in task.items.all()),
            *(f"decision {decision.pk}" for decision in self.decisions),
            *(f"objection {objection.pk} {objection.result}" for objection in self.objections),
            f"notice {self.notice.pk} {self.notice.to_day}" if self.notice else "",
        ]
        return hashlib.sha256("\n".join(rests_on).encode()).hexdigest()

    # --- who had their hands on the case ---

    @cached_property
    def makers(self) -> dict[str, set[int]]:
        """The people who made each move (or opened the case), by user."""
        makers: dict[str, set[int]] = defaultdict(set)
        for entry in self.timeline:
            if entry.post is not None:
                makers[entry.act].add(entry.post.user_id)
        return dict(makers)

    def hands_of(self, user_id: int) -> list[Refusal]:
        """Why this person cannot decide on the case: everything they did to enter or verify it."""
        refusals = []
        opener = self.case.opened_by
        if user_id in self.makers.get(OPENED, ()) or (opener is not None and user_id == opener.user_id):
            refusals.append(
                Refusal(_("You entered this application. Another person must take this step."), code="entered it")
            )
        table = self.case.table
        made = [move for move, rule in table.who.items() if rule.hands_on and user_id in self.makers.get(move, ())]
        if made:
            sentence = _("You handled this case (%(moves)s). Another person must take this step.")
            labels = _(", ").join(str(table.move(move).label) for move in made)
            refusals.append(Refusal(sentence % {"moves": labels}, code="worked on it"))
        return refusals + self._evidence_of(user_id)

    def _evidence_of(self, user_id: int) -> list[Refusal]:
        refusals = []
        if any(user_id in _visitors(visit) for visit in self.visits):
            refusals.append(
                Refusal(_("You visited this household. Another person must take this step."), code="visited it")
            )
        if any(task.recorded_by and task.recorded_by.user_id == user_id for task in self.tasks):
            refusals.append(
                Refusal(_("You recorded a department's answer. Another person must take this step."), code="checked it")
            )
        if any(document.added_by.user_id == user_id for document in self.documents):
            refusals.append(
                Refusal(_("You added a document to this case. Another person must take this step."), code="added to it")
            )
        return refusals


def _visitors(visit: Visit) -> set[int | None]:
    return {visit.recorded_by.user_id, *(person.user_id for person in visit.people.all())}
