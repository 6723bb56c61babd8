"""The application process without the hardship room's own checks, so that the table alone is under test."""

from chunyu.casework.actions import NoticeFacts
from chunyu.casework.models import Case
from chunyu.casework.process import register
from chunyu.hardship.process import CHECKED_ITEMS, application_process

__all__ = ["APPLICATION", "CHECKED_ITEMS"]


def notice_facts(case: Case) -> NoticeFacts:
    assert case.household is not None
    return NoticeFacts(name=case.household.worker.name, category="", programme=case.title)


APPLICATION = register(application_process(facts=notice_facts, name="tests.application"))
