"""The verbs that write to cases. Split by meaning: the case and its moves, its evidence, its public notice."""

from chunyu.casework.actions.case import (
    Refused,
    add_note,
    decide,
    link_cases,
    move,
    open_case,
    reassign,
    reverse_decision,
    told,
)
from chunyu.casework.actions.clock import escalate_overdue, restart_clock, stop_clock
from chunyu.casework.actions.confiding import let_into, make_confidential, shut_out
from chunyu.casework.actions.evidence import ask_department, attach_document, download, record_reply, record_visit
from chunyu.casework.actions.from_the_public import open_publicly
from chunyu.casework.actions.notices import (
    NoticeFacts,
    object_in_person,
    object_publicly,
    publish_notice,
    resolve_objection,
    take_down_notice,
)

__all__ = [
    "NoticeFacts",
    "Refused",
    "add_note",
    "ask_department",
    "attach_document",
    "decide",
    "download",
    "escalate_overdue",
    "let_into",
    "link_cases",
    "make_confidential",
    "move",
    "object_in_person",
    "object_publicly",
    "open_case",
    "open_publicly",
    "publish_notice",
    "reassign",
    "record_reply",
    "record_visit",
    "resolve_objection",
    "restart_clock",
    "reverse_decision",
    "shut_out",
    "stop_clock",
    "take_down_notice",
    "told",
]
