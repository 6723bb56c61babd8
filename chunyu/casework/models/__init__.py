"""Cases and all that hangs on one. Split by meaning: the case itself, its evidence, its public notice, the calendar."""

from chunyu.casework.models.calendar import CalendarDay
from chunyu.casework.models.case import Case, ClockStop, Link, Message, NumberSeries, TimelineEntry
from chunyu.casework.models.evidence import CheckItem, Decision, DepartmentTask, Document, Visit, VisitPerson
from chunyu.casework.models.notice import Objection, PublicNotice

__all__ = [
    "CalendarDay",
    "Case",
    "CheckItem",
    "ClockStop",
    "Decision",
    "DepartmentTask",
    "Document",
    "Link",
    "Message",
    "NumberSeries",
    "Objection",
    "PublicNotice",
    "TimelineEntry",
    "Visit",
    "VisitPerson",
]
