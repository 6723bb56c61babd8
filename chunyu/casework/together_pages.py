"""One move on many cases: choose where they stand and the move, tick the cases, see what came of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.forms import BaseForm, Form
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.casework import queries
from chunyu.casework.actions.together import MOST, asked_together, can_be_together, move_together, stamps
from chunyu.casework.forms import control
from chunyu.casework.models import Case
from chunyu.casework.process import Move, Process, process_named, processes
from chunyu.ui.pages import Crumb, FormPage, StaffPage

ROLES = EVERY_CASE_ROLE - {Role.AUDITOR}


class Together(StaffPage):
    """Where the cases of this desk stand, and what can be done with all of them at once."""

    roles = ROLES
    title = _("Several at once")
    template_name = "casework/together.html"

    def crumbs(self) -> list[Crumb]:
        return [(gettext("My work"), reverse("casework:inbox"))]

    def context(self, **more: Any) -> dict[str, Any]:
        counts = Counter(queries.on_my_desk(self.acting).order_by().values_list("process", "state"))
        groups = []
        for process in processes():
            for state in process.states:
                moves = self.moves(process, state.name)
                if counts[process.name, state.name] and moves:
                    groups.append((process, state, counts[process.name, state.name], moves))
        return super().context(groups=groups, **more)

    def moves(self, process: Process, state: str) -> list[Move]:
        return [
            made
            for made in process.moves_from(state)
            if self.acting.role in process.who[made.name].roles and can_be_together(process, made)
        ]


class TogetherForm(Form):
    """What the move asks, once for all the cases that are ticked."""

    def __init__(self, *args: Any, process: Process, made: Move, **more: Any) -> None:
        super().__init__(*args, **more)
        for asked in asked_together(process, made):
            self.fields[asked.name] = control(asked, asked.choices)

    def answers(self) -> dict[str, Any]:
        return {name: None if value == "" else value for name, value in self.cleaned_data.items()}


class MoveTogether(FormPage):
    """The cases of one state on this desk, the most urgent first, with the move's fields above them."""

    roles = ROLES
    template_name = "casework/move_together.html"

    @cached_property
    def process(self) -> Process:
        try:
            process = process_named(self.kwargs["process"])
        except KeyError as unknown:
            raise Http404 from unknown
        if self.acting.role not in process.access.sees:
            raise Http404
        return process

    @cached_property
    def made(self) -> Move:
        found = next((each for each in self.process.moves if each.name == self.kwargs["move"]), None)
        if (
            found is None
            or self.kwargs["state"] not in found.sources
            or not can_be_together(self.process, found)
            or self.acting.role not in self.process.who[found.name].roles
        ):
            raise Http404
        return found

    def heading(self) -> str:
        return str(self.made.label)

    @property
    def submit_label(self) -> str:
        return gettext("%(move)s: the ticked cases") % {"move": self.made.label}

    def crumbs(self) -> list[Crumb]:
        together = (gettext("Several at once"), reverse("casework:together"))
        return [(gettext("My work"), reverse("casework:inbox")), together]

    def cases(self) -> list[Case]:
        """No more than can be looked at before the button is pressed."""
        waiting = queries.on_my_desk(self.acting).filter(process=self.process.name, state=self.kwargs["state"])
        return list(waiting.prefetch_related("household__members")[:MOST])

    def form(self) -> BaseForm:
        sent = self.request.POST if self.request.method == "POST" else None
        return TogetherForm(sent, process=self.process, made=self.made)

    def submit(self, form: BaseForm) -> HttpResponse:
        chosen = dict(each.split("=", 1) for each in self.request.POST.getlist("case") if "=" in each)
        if not chosen:
            form.add_error(None, gettext("Tick at least one case."))
            return self.show(status=422, form=form)
        moved = move_together(self.acting, self.process, self.made.name, chosen, form.answers())
        self.template_name = "casework/moved_together.html"
        return self.show(
            form=None,
            done=[each.case for each in moved if each.refusal is None],
            refused=[each for each in moved if each.refusal is not None],
        )

    def context(self, **more: Any) -> dict[str, Any]:
        if "done" in more:
            return super().context(state=self.process.state(self.kwargs["state"]), **more)
        cases, ticked = self.cases(), set(self.request.POST.getlist("case"))
        marks = stamps(cases)
        values = [(case, f"{case.number}={marks[case.pk]}") for case in cases]
        return super().context(
            rows=[(case, value, value in ticked) for case, value in values],
            state=self.process.state(self.kwargs["state"]),
            target=self.process.state(self.made.target),
            most=MOST,
            day=self.acting.day,
            **more,
        )
