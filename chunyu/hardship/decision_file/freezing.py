"""Freezing a decision at the moment it is taken, and reading it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.audit.record import record
from chunyu.casework.models import Case, Decision
from chunyu.casework.standing import Standing
from chunyu.hardship.approval import application_of, reading_of
from chunyu.hardship.decision_file.tables import DecisionFile
from chunyu.hardship.stacking.judging import of_application
from chunyu.policy import Why, explain
from chunyu.policy.decision_file import FORMAT, canonical, digest, packed, unpacked, written_case
from chunyu.privacy import vault
from chunyu.rulebooks.in_force import files_by_digest


@transaction.atomic
def freeze(acting: Acting, case: Case, **fields: Any) -> DecisionFile:
    """Freeze the latest decision of a case: the facts, the rulebook, the papers and the people, as they are now."""
    decision = case.decisions.order_by("pk").last()
    if decision is None:
        raise ValueError(f"{case.number} has no decision")
    document = document_of(case, decision, acting)
    content = packed(document, files_by_digest(document["rulebook"]["digest"]))
    frozen = DecisionFile.objects.create(
        organisation=case.organisation,
        decision=decision,
        digest=digest(canonical(document)),
        stored=vault.put(content).name,
        made_on=acting.day,
    )
    record(acting, "hardship.freeze_decision", case, frozen.digest[:12])
    return frozen


def document_of(case: Case, decision: Decision | None, acting: Acting) -> dict[str, Any]:
    """Everything the decision rested on, or without one what it would rest on now, as plain data. Amounts in fen;
    names as in the file, no identity numbers."""
    application, standing = application_of(case), Standing(case, acting.day)
    reading = reading_of(application)
    found = reading.determination
    result, given = found.programmes[application.programme], application.grants.order_by("approved_on", "pk").last()
    approved = decision is not None and decision.verdict == Decision.Verdict.APPROVED
    decided_on = decision.day if decision else acting.day
    return {
        "format": FORMAT,
        "number": case.number,
        "matter": case.title,
        "organisation": case.organisation.name,
        "household": application.household.file_number,
        "on": application.day.isoformat(),
        "decided_on": decision.day.isoformat() if decision else "",
        "rulebook": {"id": found.pack.id, "title": found.pack.title.zh, "digest": found.pack.digest},
        "case": written_case(found.pack, found.case, found.regions),
        "programme": application.programme,
        "programme_title": result.programme.label.zh,
        "outcome": {
            "verdict": decision.verdict if decision else "",
            "code": decision.code if decision else "",
            "category": found.category,
            "entitled": result.entitled,
            "allowed_fen": result.amount_fen,
            "granted_fen": given.amount_fen if given and approved else None,
        },
        # What the family had from any programme, level and fund, rule by rule of how aid adds up.
        "stacking": [
            {"rule": each.rule.code or each.rule.kind, "per": each.rule.per, "holds": each.holds,
             "limit_fen": each.limit_fen,
             "looked_at": [{"number": entry.number, "programme": entry.programme, "day": entry.day.isoformat(),
                            "fen": entry.fen} for entry in each.looked_at]}
            for each in of_application(application, decided_on, reading).judged
        ],
        "why": [
            line
            for asked in (found.pack.roles.category, result.programme.code)
            for line in _lines(explain(found, asked, "zh"))
        ],
        "documents": [
            {"kind": each.kind_label, "name": each.name, "sha256": each.digest, "size": each.size,
             "added_on": each.added_on.isoformat()}
            for each in sorted(standing.documents, key=lambda each: each.pk)
        ],
        "acts": [
            {"act": entry.act, "to": entry.to_state, "on": entry.day.isoformat(),
             "by": entry.post.user.full_name if entry.post else "", "post": str(entry.post) if entry.post else ""}
            for entry in standing.timeline
        ],
    }  # fmt: skip


def _lines(why: Why, depth: int = 0) -> Iterator[str]:
    value = "" if why.value in why.sentence else f"：{why.value}"
    yield f"{'　' * depth}{why.sentence}{value}"
    for child in why.children:
        yield from _lines(child, depth + 1)


def read_frozen(frozen: DecisionFile) -> dict[str, Any]:
    """The document of a frozen decision. Raises FileNotFoundError or SealBroken when the vault was tampered with."""
    inner, _rulebook = unpacked(vault.get(frozen.stored))
    return json.loads(inner)


@transaction.atomic
def hand_out(acting: Acting, frozen: DecisionFile) -> bytes:
    """The file to be handed over or checked elsewhere; that it left is part of the record."""
    record(acting, "hardship.hand_out_decision", frozen.decision.case, frozen.digest[:12])
    return vault.get(frozen.stored)
