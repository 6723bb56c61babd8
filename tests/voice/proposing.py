"""A proposal on its way, made by the real acts, for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.refusing import broken_rule
from chunyu.accounts.roles import Role
from chunyu.casework.actions import attach_document, move
from chunyu.casework.departments import actions as departments
from chunyu.casework.departments.actions import open_department
from chunyu.casework.departments.tables import Seat
from chunyu.casework.models import Case, Department, DepartmentTask
from chunyu.voice.proposals.actions import Person, Words, open_session, take_in
from chunyu.voice.proposals.tables import CongressSession, Proposal
from tests.situations import County, post

PAPER = b"%PDF-1.4\n1 0 obj\n%%EOF"
RAISED = date(2014, 3, 8)
FLOOR = Words(
    title="穿综间和布机车间通道地面不平整",
    theme="safety",
    place="穿综间和布机车间通道",
    problem="地面年久失修，出现小坑洞，运输纱轴的车辆经过时会倾斜。",
    suggestion="修补通道地面。",
    risk="high",
)
AUTHOR = Person("张涛", "布机设备保养工", is_delegate=True, contact="13900000001")


@contextmanager
def breaks(rule: str) -> Iterator[None]:
    """What is done within is refused by the database under this rule's name."""
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        yield
    assert broken_rule(broken.value) == rule


@dataclass
class Workplace:
    """A county with a workplace whose management answers on its own page."""

    county: County
    management: Department
    manager: Post

    def chair(self, day: date = RAISED) -> Acting:
        return self.county.acting(Role.WORKPLACE_CHAIR, day)

    def township(self, day: date = RAISED) -> Acting:
        return self.county.acting(Role.TOWNSHIP_OFFICER, day)

    def boss(self, day: date = RAISED) -> Acting:
        return Acting(self.manager, day)


def workplace(county: County) -> Workplace:
    chair = county.acting(Role.WORKPLACE_CHAIR, RAISED)
    management = open_department(chair, name="公司行政", duty="management")
    manager = post(Role.DEPARTMENT_OFFICER, county.workplace)
    Seat.objects.create(department=management, post=manager)
    return Workplace(county, management, manager)


def congress(at: Workplace, held_on: date = RAISED, name: str = "第三届五次职代会") -> CongressSession:
    chair = at.chair(max(held_on, RAISED))
    return open_session(chair, at.county.workplace, name=name, held_on=held_on, workers=620, delegates=60, present=52)


def proposed(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = RAISED) -> Proposal:
    return take_in(at.chair(day), at.county.workplace, words, authors or (AUTHOR,), channel="paper")


def admitted(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = RAISED) -> Proposal:
    proposal = proposed(at, words, *authors, day=day)
    move(at.chair(day), proposal.case, "admit", public_title=words.title)
    return proposal


def submitted(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = RAISED) -> Proposal:
    proposal = admitted(at, words, *authors, day=day)
    move(at.chair(day), proposal.case, "submit", to=str(at.management.pk))
    return proposal


def question(case: Case) -> DepartmentTask:
    return case.tasks.get(replied_on__isnull=True)


def answer(at: Workplace, case: Case, code: str, day: date, reply: str = "当场决定投资修缮。", **more: object) -> None:
    departments.answer(at.boss(day), question(case), reply=reply, results={}, code=code, **more)
    case.refresh_from_db()


def rectifying(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = RAISED) -> Proposal:
    proposal = submitted(at, words, *authors, day=day)
    answer(at, proposal.case, "adopt", day)
    move(
        at.chair(day), proposal.case, "plan",
        responsible="设备科", budget=4_800_000, starts_on=date(2014, 3, 20), until=date(2014, 4, 30),
    )  # fmt: skip
    return proposal


def claimed(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = date(2014, 4, 25)) -> Proposal:
    proposal = rectifying(at, words, *authors)
    answer(at, proposal.case, "done", day, "地面已重新浇筑。", file=("整改后.pdf", PAPER))
    return proposal


def checked(at: Workplace, words: Words = FLOOR, *authors: Person, day: date = date(2014, 4, 28)) -> Proposal:
    proposal = claimed(at, words, *authors)
    move(at.chair(day), proposal.case, "check", note="工会到现场看过，通道平整。")
    return proposal


def attach(acting: Acting, case: Case, kind: str, content: bytes = PAPER) -> None:
    attach_document(acting, case, kind=kind, name=f"{kind}.pdf", content=content)
