"""A certificate is believed by nobody: whatever is altered, in the grants or in the proof, the check finds it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from chunyu.policy.allocation import AllocationRefused, Certificate, Prices, Quota, allocate, explain_line, verify
from chunyu.policy.allocation.certificate import grants_digest
from tests.policy.allocation import sharings


@pytest.fixture(scope="module")
def made():
    needs = replace(
        sharings.province(600, counties=20),
        quotas={"003": Quota(households=5), "004": Quota(fen=400_000)},
    )
    return allocate(needs)


def faults(made, allotment=None, certificate=None) -> set[str]:
    return {fault.english for fault in verify(made.needs, allotment or made.allotment, certificate or made.certificate)}


def test_the_untouched_certificate_holds_and_survives_json(made):
    data = json.loads(made.certificate.to_json())
    assert Certificate.from_data(data) == made.certificate
    assert faults(made, certificate=Certificate.from_data(data)) == set()


@pytest.mark.parametrize("name", ["need", "rest", "bound", "granted_fen", "handling_fen"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_number_off_by_one_is_found(made, name, by):
    tampered = replace(made.certificate, **{name: getattr(made.certificate, name) + by})
    assert faults(made, certificate=tampered)


def test_other_prices_or_other_needs_are_found(made):
    prices = made.certificate.prices
    cheaper = replace(prices, sources=tuple(price - 100 for price in prices.sources))
    assert faults(made, certificate=replace(made.certificate, prices=cheaper)) == {"The prices do not give the bound"}
    assert faults(made, certificate=replace(made.certificate, needs="0" * 64)) == {
        "The certificate was made for other needs"
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, sources=(-1, *p.sources[1:])),
        lambda p: replace(p, sources=(1 << 62, *p.sources[1:])),
        lambda p: replace(p, county_fen=(5, *p.county_fen[1:])),
        lambda p: replace(p, county_households=(5, *p.county_households[1:])),
        lambda p: replace(p, sources=p.sources[1:]),
        lambda p: Prices((), (), ()),
    ],
)
def test_prices_that_prove_nothing_are_refused(made, change):
    tampered = replace(made.certificate, prices=change(made.certificate.prices))
    assert "The prices of the certificate are not ones that can prove a bound" in faults(made, certificate=tampered)


def test_any_prices_that_are_not_negative_bound_from_below(made):
    """The bound needs no good will: prices drawn at random prove less, never too much."""
    from chunyu.policy.allocation.pricing import bound

    random = np.random.default_rng(5)
    for _ in range(20):
        prices = replace(
            made.certificate.prices,
            sources=tuple(int(x) for x in random.integers(0, 2_000_000, len(made.needs.sources))),
        )
        assert bound(made.needs, prices) <= made.certificate.bound


def retold(made, grants=None, **columns):
    """An altered allotment with a certificate that its forger has brought up to date."""
    changed = replace(made.allotment, grants=made.allotment.grants if grants is None else grants, **columns)
    return changed, replace(made.certificate, grants=grants_digest(made.needs, changed.grants))


def test_a_fen_moved_from_one_household_to_another_is_found(made):
    grants, paid = made.allotment.grants.copy(), made.allotment.grant_fen.copy()
    first, second = np.flatnonzero(paid > 100_000)[:2]
    for row, by in ((first, 1), (second, -1)):
        paid[row] += by
        grants[made.allotment.line[row]] += by
    allotment, certificate = retold(made, grants, grant_fen=paid)
    assert faults(made, allotment, certificate)


def test_every_limit_is_added_up_again(made):
    needs, allotment = made.needs, made.allotment
    paid = allotment.grant_fen.copy()
    paid[0] += 1
    assert "The payments do not add up to the grants" in faults(made, *retold(made, grant_fen=paid))
    handled = allotment.handling_fen.copy()
    handled[0] = 0
    assert "Handling is not paid exactly" in faults(made, *retold(made, handling_fen=handled))
    only = np.flatnonzero(needs.programme[allotment.line] == 4)[:1]
    source = allotment.source.copy()
    source[only] = 0
    assert "A source pays what it may not pay" in faults(made, *retold(made, source=source))
    for position, amount, fault in (
        (int(np.argmax(needs.grantable & ~needs.owed)), 1, "A grant is below the minimum"),
        (0, int(needs.most[0]) + 1, "A grant is above its cap or its gap"),
    ):
        grants = allotment.grants.copy()
        grants[position] = amount
        assert fault in faults(made, *retold(made, grants))
    crowded = allocate(replace(needs, quotas={}))
    over = verify(needs, crowded.allotment, crowded.certificate)
    assert {"A county has more money than its quota", "A county is over its number"} <= {f.english for f in over}
    poorer = replace(needs, sources=(replace(needs.sources[0], budget_fen=1), *needs.sources[1:]))
    assert "A source is overspent" in {f.english for f in verify(poorer, allotment, made.certificate)}


def test_what_is_not_a_certificate_is_refused():
    for data in ({}, {"prices": 5}, {"prices": {"sources": ["x"]}}):
        with pytest.raises(AllocationRefused):
            Certificate.from_data(data)


def test_every_reason_has_a_sentence_in_both_languages_with_its_amount(made):
    seen = set()
    for line in range(len(made.needs)):
        ground = made.grounds[line]
        for language in ("zh", "en"):
            sentence = explain_line(ground, language)
            assert "{" not in sentence
            if ground.amount_fen:
                assert f"{ground.amount_fen / 100:,.2f}" in sentence
        seen.add(ground.reason.name)
    assert {"LEVEL", "CAP", "MINIMUM", "SHALLOW", "SMALL", "QUOTA"} <= seen


def test_an_amount_that_its_grounds_do_not_give_is_not_explained(made):
    for line in range(len(made.needs)):
        ground = made.grounds[line]
        with pytest.raises(AllocationRefused, match="does not follow from its grounds"):
            explain_line(replace(ground, amount_fen=ground.amount_fen + 1))
