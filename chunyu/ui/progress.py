"""How far a long work is, for `<c-progress :progress="progress" url="…" />`, which asks again until it is finished."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from chunyu.ui.buttons import Action


@dataclass(frozen=True)
class Progress:
    """`total` is None while it is not known. `actions` are the ways on: cancel while it runs, the result at the end."""

    sentence: str | Promise
    done: int = 0
    total: int | None = None
    finished: bool = False
    actions: tuple[Action, ...] = ()
