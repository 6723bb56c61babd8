"""Whose business the cases of this room are: who takes their steps on the spot, and who decides in the county."""

from __future__ import annotations

from typing import Final

from chunyu.accounts.roles import ORGANISING_ROLES, Role
from chunyu.casework.process import Access, another_person
from chunyu.federation.models import Organisation

Kind = Organisation.Kind
ON_THE_SPOT: Final = (Role.ORGANISER, Role.TOWNSHIP_OFFICER)
# Whoever builds unions, and the approver whose decision writes what they would: covers, leaves, members that move.
WORKS: Final = ORGANISING_ROLES | {Role.COUNTY_APPROVER}
ACCESS: Final = Access(works=WORKS, reads=WORKS | {Role.AUDITOR}, sees=WORKS | {Role.AUDITOR})
DECIDES: Final = another_person(Role.COUNTY_APPROVER, kinds=(Kind.COUNTY_FEDERATION, Kind.MUNICIPAL_FEDERATION))
