"""Sharing a budget out: who gets how much, why, and the proof that it could not be shared much better.

``fill(gap, budget_fen, cap, floor, ids) -> Filling``
    One source and one kind of need, exact to the fen.
``Needs``, ``Needs.from_matrix``, ``Source``, ``Programme``, ``Quota``
    What there is to share: lines of need, earmarked sources, minimum grants, handling costs, quotas of counties.
``allocate(needs) -> Allocation``
    The allotment, its certificate and the grounds of every line.
``verify(needs, allotment, certificate)``
    Everything that does not hold; empty when anyone may rely on it.
``measure``, ``even_split``, ``proportional``
    Other ways to share the same money, and how each way does.
``explain_line(ground, language)``
    The sentence of one line; refused when its numbers do not give the amount.
"""

from __future__ import annotations

from dataclasses import dataclass

from chunyu.policy.allocation.certificate import Certificate, certify, verify
from chunyu.policy.allocation.comparing import Decile, Measures, even_split, measure, proportional
from chunyu.policy.allocation.filling import Filling, fill
from chunyu.policy.allocation.grounds import Ground, Grounds, Reason, explain_line, grounds
from chunyu.policy.allocation.needs import AllocationRefused, Needs, Programme, Quota, Source
from chunyu.policy.allocation.pricing import Prices
from chunyu.policy.allocation.sharing import Allotment, share


@dataclass(frozen=True, eq=False)
class Allocation:
    """A budget shared out, with its proof and its reasons."""

    needs: Needs
    allotment: Allotment
    certificate: Certificate
    grounds: Grounds


def allocate(needs: Needs) -> Allocation:
    """Share the sources out over the needs. Raises AllocationRefused when floors cannot be paid."""
    allotment, prices = share(needs)
    return Allocation(needs, allotment, certify(needs, allotment, prices), grounds(needs, allotment))


__all__ = [
    "Allocation",
    "AllocationRefused",
    "Allotment",
    "Certificate",
    "Decile",
    "Filling",
    "Ground",
    "Grounds",
    "Measures",
    "Needs",
    "Prices",
    "Programme",
    "Quota",
    "Reason",
    "Source",
    "allocate",
    "certify",
    "even_split",
    "explain_line",
    "fill",
    "grounds",
    "measure",
    "proportional",
    "share",
    "verify",
]
