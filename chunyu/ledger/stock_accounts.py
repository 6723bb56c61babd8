"""The accounts of goods: what a place has, where it came from, what was written off there, what a household got."""

from collections.abc import Iterable

from chunyu.federation.models import Organisation
from chunyu.ledger.models import Account, Good
from chunyu.registry.models import Household

Kind = Account.Kind


def _account(place: Organisation, good: Good, kind: str) -> Account:
    return Account.objects.get_or_create(
        organisation=place,
        commodity_id=good.pk,
        kind=kind,
        fund=None,
        defaults={"scope_path": place.path, "floor": None if kind == Kind.SOURCE else 0},
    )[0]


def outside(place: Organisation, good: Good) -> Account:
    """Shops and donors, from whom goods come to a place."""
    return _account(place, good, Kind.SOURCE)


def store(place: Organisation, good: Good) -> Account:
    """What lies there. Its floor is nought: nothing that is not there can be given out."""
    return _account(place, good, Kind.CASH)


def written_off(place: Organisation, good: Good) -> Account:
    return _account(place, good, Kind.SPENT)


def given_to(household: Household, programme: str, good: Good) -> Account:
    return Account.objects.get_or_create(
        household=household,
        programme=programme,
        commodity_id=good.pk,
        kind=Kind.HOUSEHOLD,
        fund=None,
        defaults={"organisation": household.organisation, "scope_path": household.organisation.path},
    )[0]


def in_order(pairs: Iterable[tuple[Good, int]]) -> list[tuple[Good, int]]:
    """Goods with their quantities in one fixed order, so that two movements never wait for each other in a circle."""
    return sorted(pairs, key=lambda pair: pair[0].pk)


def there(place: Organisation, good: Good) -> int:
    """How many are there, without opening an account for it."""
    lying = Account.objects.filter(organisation=place, commodity_id=good.pk, kind=Kind.CASH, fund=None)
    return lying.values_list("balance", flat=True).first() or 0
