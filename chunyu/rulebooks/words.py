"""The rulebook's own words in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from chunyu.policy import Why


def tongue() -> str:
    """The rulebook's language code for the reader's language: "zh" or "en"."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def shown(why: Why, depth: int = 0) -> Mapping[str, Any]:
    """A step of an explanation as the page's why-tree takes it: two floors open, the working beneath the sentence."""
    sources = [{"text": why.working}] if why.working else []
    return {
        "sentence": why.sentence,
        "status": why.status,
        "value": why.value,
        "sources": sources + [{"text": line.text, "status": ""} for line in why.sources],
        "children": [shown(child, depth + 1) for child in why.children],
        "open": depth < 2,
    }
