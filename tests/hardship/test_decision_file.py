"""What a decision rested on is frozen when it is taken, and anybody can check it with the file alone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.db import connection, transaction
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework.actions import move
from chunyu.hardship.actions import state_fact
from chunyu.hardship.decision_file.freezing import read_frozen
from chunyu.hardship.models import DecisionFile, Grant
from chunyu.policy.decision_file import NoDecisionFile, canonical, packed, unpacked, verify
from chunyu.privacy import vault
from tests.hardship.journey import Journey
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey() -> Journey:
    return Journey(county()).to("approved")


def file_of(journey: Journey) -> tuple[DecisionFile, bytes]:
    frozen = DecisionFile.objects.get(decision__case=journey.case)
    return frozen, vault.get(frozen.stored)


def altered(content: bytes, change) -> bytes:
    """The same file with something in it changed, hashed and packed anew as a forger would."""
    inner, rulebook = unpacked(content)
    document = json.loads(inner)
    change(document, rulebook)
    return packed(document, rulebook)


def failing(content: bytes, *more) -> list[str]:
    return [each.en for each in verify(content, *more) if not each.holds]


def test_an_approval_freezes_what_it_rested_on(journey):
    frozen, content = file_of(journey)
    document = read_frozen(frozen)
    granted = Grant.objects.get()
    assert document["outcome"] == {
        "verdict": "approved",
        "code": "",
        "category": "deep",
        "entitled": True,
        "allowed_fen": granted.amount_fen,
        "granted_fen": granted.amount_fen,
    } | {"category": document["outcome"]["category"]}
    assert document["documents"]
    assert document["acts"][-1]["act"] == "approve"
    assert failing(content, frozen.digest) == []
    assert "139999" not in json.dumps(document), "no identity number leaves with it"


def test_later_facts_do_not_reach_into_it(journey):
    frozen, content = file_of(journey)
    state_fact(
        journey.acting(Role.COUNTY_CASEWORKER), journey.household, "medical_spending_12m", 99_999_00,
        source="verified", on=journey.day,
    )  # fmt: skip
    assert vault.get(frozen.stored) == content
    assert failing(content, frozen.digest) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda d, r: d["outcome"].update(granted_fen=d["outcome"]["granted_fen"] + 1), "No more was granted"),
        (lambda d, r: d["outcome"].update(allowed_fen=d["outcome"]["allowed_fen"] + 1), "comes out the same"),
        (lambda d, r: d["case"]["household"].pop("medical_spending_12m"), "comes out the same"),
        (lambda d, r: r.update({"pack.toml": r["pack.toml"] + b"# \n"}), "is the one that decided"),
        (lambda d, r: r.pop("facts.toml"), "cannot be read"),
    ],
)
def test_whoever_bends_it_is_found_out(journey, change, found):
    frozen, content = file_of(journey)
    bent = failing(altered(content, change), frozen.digest)
    assert any(found in each for each in bent)


def test_a_letter_changed_in_a_name_shows_in_the_digest_alone(journey):
    frozen, content = file_of(journey)
    bent = altered(content, lambda d, r: d["acts"][-1].update(by="李四"))
    assert [each[:10] for each in failing(bent, frozen.digest)] == ["The digest"]
    assert failing(bent) == [], "without the digest of the paper nobody can tell"


def test_papers_can_be_compared(journey):
    _, content = file_of(journey)
    paper = vault.get(journey.case.documents.first().stored)
    assert failing(content, "", {"a.pdf": paper}) == []
    assert failing(content, "", {"a.pdf": paper + b" "}) == ["The document a.pdf is one of those in the file"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.4"])
def test_what_is_no_file_is_told_so(content):
    with pytest.raises(NoDecisionFile):
        list(verify(content))


def test_a_bomb_is_not_unpacked():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("decision.json", b" " * 9_000_000)
    with pytest.raises(NoDecisionFile, match="too large"):
        list(verify(target.getvalue()))


def test_an_outsider_checks_it_with_one_command(journey, tmp_path):
    frozen, content = file_of(journey)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(content)
    bad.write_bytes(altered(content, lambda d, r: d["outcome"].update(granted_fen=10**9)))
    for path, code in ((good, 0), (bad, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "chunyu.cli", "verify", str(path), "--digest", frozen.digest],
            capture_output=True, text=True, timeout=120, cwd=tmp_path, env={"PATH": "", "CHUNYU_HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert ("✗" in done.stdout) == bool(code)


def test_a_refusal_is_frozen_too():
    journey = Journey(county()).to("county_review")
    move(journey.acting(Role.COUNTY_APPROVER), journey.case, "refuse", code="facts_disproved", note="收入不实")
    frozen, content = file_of(journey)
    assert read_frozen(frozen)["outcome"]["verdict"] == "refused"
    assert failing(content, frozen.digest) == []


def test_the_page_prints_and_the_file_leaves_on_record(client, journey):
    frozen, content = file_of(journey)
    client.force_login(journey.county.post(Role.COUNTY_APPROVER).user)
    page = client.get(reverse("hardship:decision-file", args=[frozen.pk]))
    assert frozen.digest in page.content.decode()
    sent = client.post(reverse("hardship:decision-file-download", args=[frozen.pk]))
    assert sent.content == content
    assert Entry.objects.filter(event="hardship.hand_out_decision").count() == 1
    for role in (Role.FINANCE_OFFICER, Role.PROVINCE_ANALYST):
        client.force_login(journey.county.post(role).user)
        assert client.get(reverse("hardship:decision-file", args=[frozen.pk])).status_code in (403, 404)
    client.force_login(county("青禾县").post(Role.COUNTY_APPROVER).user)
    assert client.get(reverse("hardship:decision-file", args=[frozen.pk])).status_code == 404


@pytest.mark.parametrize(
    "sql", ["UPDATE hardship_decisionfile SET digest = repeat('0', 64)", "DELETE FROM hardship_decisionfile"]
)
def test_a_frozen_decision_cannot_be_bent(journey, sql):
    with pytest.raises(Exception, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_equal_decisions_give_equal_bytes(journey):
    _, content = file_of(journey)
    inner, rulebook = unpacked(content)
    assert packed(json.loads(inner), rulebook) == content
    assert canonical(json.loads(inner)) == inner
