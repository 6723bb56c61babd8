"""The reference document of a process, written from its table, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import override

from chunyu.accounts.roles import Role
from chunyu.casework.process import May, Move, Process, processes

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "processes"
LANGUAGES = {"zh-hans": "", "en": ".en"}


def document(process: Process) -> str:
    """The process in Markdown, in the language of the moment: diagram, states, moves and what hangs off them."""
    return "\n".join(
        [
            f"# {process.label}",
            "",
            _("Made from the table `%(name)s` by `python -m chunyu.casework.diagram`. Do not edit it here.")
            % {"name": process.name},
            "",
            *_mermaid(process),
            "",
            f"## {_('States')}",
            "",
            *_table(
                [_("State"), _("Stage"), _("On whose desk"), _("Working days"), _("Outcomes")],
                (_state_row(process, name) for name in process._states),
            ),
            "",
            f"## {_('Moves')}",
            "",
            *_table(
                [_("Move"), _("From → to"), _("Who may"), _("What it needs"), _("What is filled in"), _("Who is told")],
                (_move_row(process, move) for move in process.moves),
            ),
            "",
            f"## {_('Documents')}",
            "",
            *(f"- {kind.label}" + (f"　{kind.help}" if kind.help else "") for kind in process.documents),
            "",
        ]
    )


def _mermaid(process: Process) -> Iterable[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in process.states:
        yield f'    state "{state.label}" as {state.name}'
    yield f"    [*] --> {process.start}"
    for move in process.moves:
        for source in move.sources:
            yield f"    {source} --> {move.target}: {move.label}"
    for state in process.states:
        if process.ends(state.name):
            yield f"    {state.name} --> [*]"
    yield "```"


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterable[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") or "—" for cell in row) + " |"


def _state_row(process: Process, name: str) -> list[str]:
    state = process.state(name)
    days = process.deadlines[name]
    desk = _("the person who opened it") if state.with_opener else _roles(process.owners[name])
    return [
        str(state.label),
        str(next(stage.label for stage in process.stages if stage.name == state.stage)),
        desk,
        "" if days is None else str(days),
        _(", ").join(str(outcome.label) for outcome in process.outcomes[name]),
    ]


def _move_row(process: Process, move: Move) -> list[str]:
    sources = _(", ").join(str(process.state(source).label) for source in move.sources)
    told = (f"{_addressee(each.to)}{_(': ')}{each.sentence}" for each in process.tells[move.name])
    return [
        str(move.label),
        f"{sources} → {process.state(move.target).label}",
        _("the system, after an objection or its answer") if move.automatic else _who(process, process.who[move.name]),
        "<br>".join(str(check.label) for check in process.needs[move.name]),
        _(", ").join(
            str(each.label) + ("" if each.required else _(" (optional)")) for each in process.fields[move.name]
        ),
        "<br>".join(told),
    ]


def _who(process: Process, rule: May) -> str:
    words = _roles(rule.roles)
    if rule.untouched:
        words += "<br>" + _("never somebody whose hands were on the case")
    for earlier in rule.apart_from:
        words += "<br>" + _("never the one who made: %(move)s") % {"move": process.move(earlier).label}
    return words


def _roles(roles: Iterable[Role]) -> str:
    return _(", ").join(str(role.label) for role in Role if role in set(roles))


def _addressee(to: Role | str) -> str:
    return str(to.label) if isinstance(to, Role) else _("the household")


def papers() -> dict[Path, str]:
    """Every reference document as it should stand: path and content."""
    made = {}
    for process in processes():
        for language, mark in LANGUAGES.items():
            with override(language):
                name = process.name.replace(".", "-").replace("_", "-")
                made[FOLDER / f"{name}{mark}.md"] = document(process)
    return made


def write() -> list[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, content in papers().items():
        path.write_text(content, encoding="utf-8")
    return list(papers())
