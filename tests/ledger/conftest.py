import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from tests.ledger.situations import Federation, acting_as, federation_tree


@pytest.fixture
def tree(db) -> Federation:
    return federation_tree()


@pytest.fixture
def finance(tree: Federation) -> Acting:
    return acting_as(Role.FINANCE_OFFICER, tree.county, "钱出纳")
