"""Migrates the home's database and fills one fund, for the writer that follows."""

import os
from datetime import date

import django


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)

    from chunyu.accounts.acting import Acting
    from chunyu.accounts.models import Post, User
    from chunyu.accounts.roles import Role
    from chunyu.federation.actions import found
    from chunyu.federation.models import Region
    from chunyu.ledger import accounts, actions

    day = date(2026, 11, 23)
    region = Region.objects.create(
        code="139901", name="雨润县", level="county", valid_from=date(1949, 10, 1), source="fictional, for tests"
    )
    county = found(name="雨润县总工会", kind="county_federation", region=region, parent=None, on=date(2000, 1, 1))
    user = User.objects.create(username="finance", full_name="财务人员")
    post = Post.objects.create(user=user, organisation=county, role=Role.FINANCE_OFFICER, valid_from=date(2020, 1, 1))
    acting = Acting(post, day)
    fund = actions.open_fund(
        acting, organisation=county, name="帮扶资金", source="donation", document_no="捐1", year=2026, day=day
    )
    actions.receive(acting, fund=fund, amount_fen=10**9, day=day, document_no="单1", key="1")
    accounts.committed(fund, "living")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    django.setup()
    prepare()
