"""Cases and all that hangs on one. Split by meaning: the case itself, its evidence, its public notice, the calendar."""

from chunyu.casework.departments.tables import Department, Seat, SharedDocument, TaskNote
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models.calendar import CalendarDay
from chunyu.casework.models.case import (
    Arrival,
    Case,
    ClockStop,
    Confidant,
    Escalation,
    Link,
    Message,
    NumberSeries,
    TimelineEntry,
)
from chunyu.casework.models.evidence import CheckItem, Decision, DepartmentTask, Document, Visit, VisitPerson
from chunyu.casework.models.notice import Objection, PublicNotice
from chunyu.casework.slips.tables import Slip, Word

__all__ = [
    "Arrival",
    "CalendarDay",
    "Case",
    "CheckItem",
    "ClockStop",
    "Confidant",
    "Decision",
    "Department",
    "DepartmentTask",
    "Document",
    "Escalation",
    "Handover",
    "Link",
    "Message",
    "NumberSeries",
    "Objection",
    "PublicNotice",
    "Seat",
    "SharedDocument",
    "Slip",
    "TaskNote",
    "TimelineEntry",
    "Visit",
    "VisitPerson",
    "Word",
]
