import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from tests import situations
from tests.ledger.situations import acting_as


@pytest.fixture
def tree(db) -> situations.County:
    return situations.county("雨润县")


@pytest.fixture
def finance(tree: situations.County) -> Acting:
    """The finance officer who prepares."""
    return acting_as(Role.FINANCE_OFFICER, tree.federation)


@pytest.fixture
def second(tree: situations.County) -> Acting:
    """Another finance officer, who approves."""
    return acting_as(Role.FINANCE_OFFICER, tree.federation)


@pytest.fixture
def approver(tree: situations.County) -> Acting:
    """Who decided the cases."""
    return acting_as(Role.COUNTY_APPROVER, tree.federation)
