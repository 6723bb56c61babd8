"""What a phone sends, built by hand: for tests of the server's side, without a browser."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.visits.pages import RecordVisit
from tests.casework.applications import OFFICER, PNG, Walk

CAPTURED = "2015-01-14T09:42:10+08:00"


def client_of(walk: Walk, role: Role = OFFICER) -> Client:
    client = Client()
    client.force_login(walk.county.post(role).user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def visit_address(walk: Walk) -> str:
    return reverse("casework:visit", args=[walk.case.number])


def stands(walk: Walk) -> str:
    """Where the case stands, as the form that is taken along says it."""
    walk.case.refresh_from_db()
    page = RecordVisit()
    page.__dict__["case"] = walk.case
    return page.stands_at()


def entry(walk: Walk, key: uuid.UUID | str | None = None, role: Role = OFFICER, **more: Any) -> dict[str, Any]:
    post = walk.county.post(role)
    return {
        "visited_on": walk.day.isoformat(),
        "staff": [str(post.pk)],
        "others": "刘明",
        "findings": "与申报一致，住房老旧",
        "entry_key": str(key or uuid.uuid4()),
        "entry_captured": CAPTURED,
        "entry_seen": stands(walk),
        "entry_post": str(post.pk),
        "entry_way": "",
    } | more


def photo(name: str = "屋内.jpg", mark: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"\xff\xd8\xff\xe0" + mark + b"\xff\xd9", content_type="image/jpeg")


def signature() -> SimpleUploadedFile:
    return SimpleUploadedFile("signature.png", PNG, content_type="image/png")


def send(client: Client, walk: Walk, what: Mapping[str, Any]) -> HttpResponse:
    return client.post(visit_address(walk), what, HTTP_ACCEPT="application/json")
