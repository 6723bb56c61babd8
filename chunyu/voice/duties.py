"""Whose business the cases of this room are: the union of the workplace, and those above who watch over it."""

from __future__ import annotations

from typing import Final

from chunyu.accounts.roles import Role
from chunyu.casework.process import Access

ON_THE_SPOT: Final = (Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER)
WORKS: Final = frozenset(ON_THE_SPOT)
READERS: Final = WORKS | {Role.COUNTY_APPROVER, Role.AUDITOR}
ACCESS: Final = Access(works=WORKS, reads=READERS, sees=READERS)
