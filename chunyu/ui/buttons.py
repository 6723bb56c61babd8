"""A button is data: what it does, whether it may be pressed now, and the sentence that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chunyu.accounts.refusal import Refusal

Style = Literal["primary", "plain", "danger", "quiet"]


@dataclass(frozen=True)
class Action:
    """Shown by `<c-action :action="action" />`.

    A link when `method` is "get", a form with one button when it is "post". When not `allowed` the button stays in
    reach of the keyboard, does nothing, and `refusal` is its tooltip and its description for screen readers.
    """

    label: str
    url: str
    allowed: bool = True
    refusal: str = ""
    style: Style = "plain"
    method: Literal["get", "post"] = "get"
    hidden: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    # A paper opens beside the page that it was asked from.
    new_tab: bool = False

    def __post_init__(self) -> None:
        if not self.allowed and not self.refusal:
            raise ValueError(f"The button “{self.label}” is not allowed and does not say why.")

    @classmethod
    def judged(cls, label: str, url: str, refusal: Refusal | str | None, style: Style = "plain", **more) -> Action:
        """An action from the answer of a rule: allowed when there is no refusal."""
        sentence = str(refusal) if refusal else ""
        return cls(label, url, allowed=not sentence, refusal=sentence, style=style, **more)
