"""What is refused before it is read: files of a size, a number or a depth that no rulebook needs.

A rulebook may come from anywhere; whatever it contains, refusing it takes less than a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from chunyu.policy.problems import Problem, Span

__all__ = ["DEEPEST_FILE", "SafeLoader", "refuse_depth", "refuse_dotted", "refuse_number", "refuse_size", "refuse_yaml"]

KILOBYTE = 1000
LARGEST_FILE = 300 * KILOBYTE
MOST_FILES = 300
MOST_TOGETHER = 6000 * KILOBYTE  # the living standards of every county of the country over ten years fit
MOST_RULES = 1000
DEEPEST_FILE = 12  # levels of tables, lists and mappings

# A key of more parts than there are levels; starts only where a name does, so that looking takes one pass.
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){12,}""")

try:  # ten times as fast, where it is built
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]  # the same, written in Python


def refuse_size(files: Mapping[str, bytes], problems: list[Problem]) -> None:
    """Too many files, or too large ones, alone or together."""
    if len(files) > MOST_FILES:
        problems.append(Problem("too_many_files", Span(), {"count": str(len(files)), "limit": str(MOST_FILES)}))
        return
    for name, content in sorted(files.items()):
        if len(content) > LARGEST_FILE:
            params = {"size": str(len(content) // KILOBYTE), "limit": str(LARGEST_FILE // KILOBYTE)}
            problems.append(Problem("file_too_large", Span(name), params))
    together = sum(len(content) for content in files.values())
    if together > MOST_TOGETHER:
        params = {"size": str(together // KILOBYTE), "limit": str(MOST_TOGETHER // KILOBYTE)}
        problems.append(Problem("pack_too_large", Span(), params))


def refuse_number(data: Mapping[str, Mapping[str, object]], problems: list[Problem]) -> None:
    """Too many rules, counted over the tables of all files."""
    count, last = 0, ""
    for file, tables in data.items():
        here = sum(len(rules) for rules in tables.values() if isinstance(rules, dict))
        count, last = count + here, file if here else last
    if count > MOST_RULES:
        problems.append(Problem("too_many_rules", Span(last), {"count": str(count), "limit": str(MOST_RULES)}))


def refuse_dotted(file: str, text: str, problems: list[Problem]) -> bool:
    """Whether a TOML text has a key of very many parts, over which its reader takes long; says so."""
    found = _DOTTED.search(text)
    if found is None:
        return False
    line = text.count("\n", 0, found.start()) + 1
    problems.append(Problem("nested_too_deep", Span(file, line, 1, line, 2), {"limit": str(DEEPEST_FILE)}))
    return True


def refuse_depth(file: str, data: object, problems: list[Problem]) -> bool:
    """Whether the tables and lists of a file are nested deeper than is allowed; says so."""
    level: list[object] = [data]
    for _ in range(DEEPEST_FILE):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    problems.append(Problem("nested_too_deep", Span(file), {"limit": str(DEEPEST_FILE)}))
    return True


def _inside(data: object) -> list[object]:
    if isinstance(data, dict):
        return [value for value in data.values() if isinstance(value, dict | list)]
    return [value for value in data if isinstance(value, dict | list)] if isinstance(data, list) else []


def refuse_yaml(file: str, text: str, problems: list[Problem]) -> bool:
    """Whether the text uses what could make it grow or run (references, tags), or is nested too deep; says so.

    Looks at the stream of marks before anything is built from it. Raises yaml.YAMLError for what is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            problems.append(Problem("yaml_form", Span(file, line, 1, line, 2)))
            return True
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST_FILE:
            problems.append(Problem("nested_too_deep", Span(file, line, 1, line, 2), {"limit": str(DEEPEST_FILE)}))
            return True
    return False
