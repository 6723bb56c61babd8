"""Worked examples out of YAML: several to a file, each a household, a day, a place and what must come out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import yaml

from chunyu.policy.limits import SafeLoader, refuse_yaml
from chunyu.policy.pack import HOUSEHOLD, Example
from chunyu.policy.problems import Problem, Span

_KINDS = {"on": date, "regions": list, "members": list}


class _Loader(SafeLoader):
    """Only true and false are truth values, so that `on`, `yes` and `no` stay the words they are."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|false)$"), list("tf"))


def read_examples(file: str, content: bytes, subject: str, problems: list[Problem]) -> Iterator[Example]:
    case_keys = (subject, "members", "signed_application") if subject == HOUSEHOLD else (subject,)
    needed = ("name", "on", "regions", *(key for key in case_keys if key != "signed_application"), "expect")
    optional = ("about", "parameters", *(key for key in case_keys if key not in needed))
    try:
        text = content.decode()
        if refuse_yaml(file, text, problems):
            return
        loader = _Loader(text)
        node = loader.get_single_node()
        found = None if node is None else loader.construct_document(node)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        problems.append(Problem("yaml", Span(file), {"detail": " ".join(str(error).split())}))
        return
    if node is None or not isinstance(found, list):
        expected = {"expected_zh": "示例的清单", "expected_en": "a list of examples"}
        problems.append(Problem("shape", Span(file), {"name": file, "key": "content", **expected}))
        return
    for child, data in zip(node.value, found, strict=True):
        line = child.start_mark.line + 1
        span = Span(file, line, 1, line, 2)
        if not isinstance(data, dict) or set(data) - {*needed, *optional} or not _complete(data, needed):
            name = data.get("name", "?") if isinstance(data, dict) else "?"
            params = {
                "name": str(name),
                "detail_zh": f"须有 {'、'.join(needed)}；可有 {'、'.join(optional)}",
                "detail_en": f"needs {', '.join(needed)}; may have {', '.join(optional)}",
            }
            problems.append(Problem("example", span, params))
            continue
        yield Example(
            name=str(data["name"]),
            about=str(data.get("about", "")),
            on=data["on"],
            regions=tuple(str(region) for region in data["regions"]),
            parameters={str(k): _written(v) for k, v in data.get("parameters", {}).items()},
            case={key: data[key] for key in case_keys if key in data},
            expect=data["expect"],
            span=span,
        )


def _complete(data: dict[str, object], needed: tuple[str, ...]) -> bool:
    """Every key is there, in its shape: a moment is not a day."""
    return all(key in data and (key == "name" or type(data[key]) is _KINDS.get(key, dict)) for key in needed)


def _written(value: object) -> str:
    """As the pack's CSV writes it, where yes and no are words."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
