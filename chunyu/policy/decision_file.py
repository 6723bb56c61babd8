"""The decision file: what a decision rested on, frozen under one hash, which anybody can check without the system.

A file is a ZIP archive: `decision.json` in one canonical form, and the rulebook as it was (`rulebook/…`). Its digest is
the SHA-256 of `decision.json`; the digests of the rulebook and of every document stand inside. `verify` reads it all
again: the hash that stands on the paper, the rulebook, and what that rulebook makes of the facts.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from chunyu.policy.case_file import read_case
from chunyu.policy.cases import Case, Stated, Statements, statements
from chunyu.policy.decision import decide
from chunyu.policy.kinds import FEN, MILLIONTHS, Kind
from chunyu.policy.loading import read_pack
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Pack
from chunyu.policy.problems import PackRefused, PolicyError

FORMAT = "chunyu-decision/1"
INNER, FOLDER = "decision.json", "rulebook/"
LARGEST = 8 * 1024 * 1024  # bytes that one entry may unpack to
ENTRIES = 200


@dataclass(frozen=True)
class Finding:
    """One thing that was checked, in both languages, and whether it holds."""

    holds: bool
    zh: str
    en: str

    def __call__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class NoDecisionFile(PolicyError):
    """The file cannot be read as a decision file at all."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one form in which a document is hashed: keys in order, no space, UTF-8."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def written_case(pack: Pack, case: Case, regions: tuple[str, ...]) -> dict[str, Any]:
    """A case as the household file has it, so that it can be read again (`case_file.read_case`)."""
    members = [
        {**({"name": member.name} if member.name else {}), **_facts(pack, "member", member.facts)}
        for member in case.members
    ]
    document: dict[str, Any] = {"regions": list(regions), pack.subject: _facts(pack, "household", case.household)}
    return document | {"members": members} | ({"name": case.name} if case.name else {})


def _facts(pack: Pack, entity: Entity, facts: Mapping[str, Statements]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, stated in facts.items():
        kind = pack.facts[entity, name].type.kind
        said = [_stated(kind, each) for each in statements(stated)]
        found[name] = said[0] if len(said) == 1 else said
    return found


def _stated(kind: Kind, stated: Stated) -> dict[str, Any]:
    written: dict[str, Any] = {"value": _value(kind, stated.value), "source": stated.source}
    if stated.by:
        written["by"] = stated.by
    if stated.on is not None:
        written["on"] = stated.on.isoformat()
    if stated.note:
        written["note"] = stated.note
    return written


def _value(kind: Kind, value: Any) -> Any:
    """As the household file writes it. What is no whole number has at most 13 digits, which a float keeps exactly."""
    if isinstance(value, date):
        return value.isoformat()
    unit = {Kind.MONEY: FEN, Kind.RATIO: MILLIONTHS}.get(kind)
    if unit is None:
        return value
    return value // unit if value % unit == 0 else float(Decimal(value) / unit)


def packed(document: Mapping[str, Any], rulebook: Mapping[str, bytes]) -> bytes:
    """The archive: equal contents give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(INNER, canonical(document)), *((FOLDER + n, c) for n, c in sorted(rulebook.items()))]:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()


def unpacked(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """`decision.json` and the rulebook's files. Raises NoDecisionFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES or any(entry.file_size > LARGEST for entry in entries):
                raise NoDecisionFile("文件过大，不是决定卷宗", "The file is too large to be a decision file")
            found = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        raise NoDecisionFile("文件损坏，或不是决定卷宗", "The file is damaged, or is no decision file") from None
    if INNER not in found:
        raise NoDecisionFile(f"文件中没有 {INNER}", f"The file has no {INNER}")
    rulebook = {name.removeprefix(FOLDER): body for name, body in found.items() if name.startswith(FOLDER)}
    return found[INNER], rulebook


def verify(content: bytes, expected: str = "", documents: Mapping[str, bytes] | None = None) -> Iterator[Finding]:
    """Everything that can be checked of a decision file. `expected`: the digest on the paper; `documents`: the papers
    themselves, by file name. Raises NoDecisionFile."""
    inner, rulebook = unpacked(content)
    try:
        document = json.loads(inner)
        written = document["format"], document["rulebook"]["digest"], document["case"]
    except (ValueError, KeyError, TypeError):
        raise NoDecisionFile(f"{INNER} 读不懂", f"{INNER} cannot be read") from None
    if written[0] != FORMAT:
        raise NoDecisionFile(f"不认识的格式 {written[0]}", f"Unknown format {written[0]}")
    own = digest(inner)
    if expected:
        yield Finding(own == expected.lower(), f"卷宗摘要 {own} 与所给摘要相符", f"The digest {own} is the one given")
    else:
        yield Finding(True, f"卷宗摘要是 {own}，请与决定书上的对照", f"The digest is {own}: compare it with the paper")
    whole = canonical(document) == inner
    yield Finding(whole, "卷宗是规范形式", "The file is in its canonical form")
    yield from _rules_again(document, rulebook)
    yield from _papers(document, documents or {})


def _rules_again(document: Mapping[str, Any], rulebook: Mapping[str, bytes]) -> Iterator[Finding]:
    try:
        pack = read_pack(rulebook)
    except PackRefused:
        yield Finding(False, "所附规则包读不懂", "The rulebook inside cannot be read")
        return
    yield Finding(
        pack.digest == document["rulebook"]["digest"],
        f"所附规则包就是作出决定时的 {pack.version}",
        f"The rulebook inside is the one that decided, {pack.version}",
    )
    try:
        case, regions = read_case(pack, json.loads(canonical(document["case"]), parse_float=Decimal))
        found = decide(pack, case, date.fromisoformat(document["on"]), regions)
    except (PolicyError, ValueError) as error:
        words = error.sentence("zh") if isinstance(error, PolicyError) else str(error)
        yield Finding(False, f"按卷宗不能重新判定：{words}", f"It cannot be decided again: {error}")
        return
    outcome, programme = document["outcome"], found.programmes.get(document["programme"])
    again = (
        found.category,
        programme.entitled if programme else None,
        programme.amount_fen if programme else None,
    )
    told = (outcome["category"], outcome["entitled"], outcome["allowed_fen"])
    yield Finding(
        again == told, "按所附规则重新判定，结果相同", "Decided again by the rulebook inside, it comes out the same"
    )
    granted = outcome["granted_fen"]
    if granted is not None:
        within = programme is not None and programme.amount_fen is not None and granted <= programme.amount_fen
        yield Finding(within, "批准金额不超过规则允许的金额", "No more was granted than the rules allow")


def _papers(document: Mapping[str, Any], given: Mapping[str, bytes]) -> Iterator[Finding]:
    known = {each["sha256"]: each["name"] for each in document["documents"]}
    for name, content in given.items():
        there = digest(content) in known
        yield Finding(there, f"材料 {name} 与卷宗所载相符", f"The document {name} is one of those in the file")


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise NoDecisionFile(f"打不开文件 {path}", f"The file {path} cannot be opened") from None
