"""Sessions that a stolen copy of the database does not open: the table holds digests of the keys in the cookies."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session

DIGITS = 40  # what the column holds: 160 bits


def at_rest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:DIGITS]


class SessionStore(DatabaseStore):
    """As Django's own, but for the key under which a session stands."""

    def _get_session_from_db(self) -> Any:
        key = self._session_key
        if key is None:
            return None
        self._session_key = at_rest(key)
        try:
            found = super()._get_session_from_db()
        finally:
            gone = self._session_key is None
            self._session_key = None if gone else key
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(at_rest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.session_key = at_rest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(at_rest(key))

    async def _aget_session_from_db(self) -> Any:
        raise NotImplementedError("Pages are not asynchronous here.")
