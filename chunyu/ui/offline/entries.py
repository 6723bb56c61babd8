"""An entry as a phone sends it: the form's fields, and beside them a key, the moment, and what the person had seen."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.privacy.sealing import blind_index

# The names of what goes beside the fields; no form has fields of these names.
KEY, CAPTURED, SEEN, POST, WAY = "entry_key", "entry_captured", "entry_seen", "entry_post", "entry_way"
BESIDE = frozenset({KEY, CAPTURED, SEEN, POST, WAY, "csrfmiddlewaretoken"})


@dataclass(frozen=True)
class Way:
    """How a person may go on with an entry whose subject changed meanwhile; `refusal` says why it is not possible."""

    code: str
    label: str | Promise
    refusal: str = ""


@dataclass(frozen=True)
class Entry:
    """`seen` is where the subject stood when it was taken along; `way` is chosen on the conflict screen, else empty."""

    key: uuid.UUID
    captured_at: datetime
    seen: str
    post: str
    way: str
    digest: str

    @classmethod
    def read(cls, request: HttpRequest, form: str) -> Entry:
        """Refusal when what goes beside the fields cannot be read: the phone's copy is then damaged."""
        sent = request.POST
        captured = None
        try:
            key = uuid.UUID(sent.get(KEY, ""))
            captured = parse_datetime(sent.get(CAPTURED, ""))
        except ValueError:
            key = None
        if key is None or captured is None or captured.tzinfo is None:
            raise Refusal(
                _("This entry lost its key or its time. Open it, check it and keep it again."), code="damaged"
            )
        return cls(key, captured, sent.get(SEEN, ""), sent.get(POST, ""), sent.get(WAY, ""), digest_of(request, form))


def digest_of(request: HttpRequest, form: str) -> str:
    """A keyed digest over the form, its address, its fields and its files; the order of fields does not matter."""
    fields: list[Any] = [[name, *request.POST.getlist(name)] for name in sorted(set(request.POST) - BESIDE)]
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            fields.append([name, content.hexdigest()])
    content_text = json.dumps([form, request.path, request.POST.get(WAY, ""), fields], ensure_ascii=False)
    return blind_index(content_text, "offline:entry").hex()
