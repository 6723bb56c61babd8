"""Aid of a county as lists of payments, ordered, approved by another person, sent and answered by the bank."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.hardship.deciding import decide_households
from chunyu.hardship.indices.actions import Given, record_services
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household
from tests.hardship.families import TODAY, family
from tests.ledger.situations import result_csv
from tests.registry.people import id_number
from tests.situations import County, acting

PAID_ON = date(2026, 3, 20)
LATER = date(2026, 6, 30)
LABELS = {"living": "生活救助", "medical": "医疗救助", "education": "金秋助学"}


def families(county: County, count: int = 12, *, first: int = 1) -> list[Household]:
    """Households on file and decided, each with less income than the one before: the last lacks most."""
    homes = [
        family(county, f"程{place}", order=first + place, incomes=(260_000 - 15_000 * place, 0, 0), day=TODAY)
        for place in range(count)
    ]
    decide_households(
        county.acting(Role.COUNTY_CASEWORKER, TODAY), Household.objects.filter(pk__in=[h.pk for h in homes])
    )
    return list(Household.objects.filter(pk__in=[each.pk for each in homes]).order_by("file_number"))


def needs(homes: list[Household]) -> list[int]:
    return [home.standing.decision.need_fen for home in homes]


def fund(county: County, source: str = "central_fiscal", day: date = PAID_ON) -> Fund:
    finance = county.acting(Role.FINANCE_OFFICER, day)
    opened = ledger.open_fund(
        finance, organisation=county.federation, name=f"{source} 资金", source=source,
        document_no=f"演字{Fund.objects.count()}号", year=day.year, day=day, programmes=LABELS,
    )  # fmt: skip
    ledger.receive(finance, fund=opened, amount_fen=100_000_000, day=day, document_no="回单1", key=f"first:{opened.pk}")
    return opened


def pay(
    county: County,
    amounts: Mapping[Household, int],
    *,
    day: date = PAID_ON,
    programme: str = "living",
    delivery: str = "campaign",
    source: str = "central_fiscal",
) -> None:
    """One list of payments that the bank confirmed on the same day."""
    opened = fund(county, source, day)
    finance = county.acting(Role.FINANCE_OFFICER, day)
    orders = ledger.order_list(
        county.acting(Role.COUNTY_APPROVER, day), fund=opened, programme=programme, programme_label=LABELS[programme],
        lines=[
            ledger.ListedPayment(
                home, fen, f"LB{opened.pk}-{place:03d}", home.worker.name, home.bank_name, home.bank_card.reveal()
            )
            for place, (home, fen) in enumerate(amounts.items())
        ],
        day=day, delivery=delivery,
    )  # fmt: skip
    second = acting(Role.FINANCE_OFFICER, county.federation, day)
    # Some stories help the same families again soon after: a second person lets that pass.
    for held in ledger.hold_blocked(finance, fund=opened, orders=orders, day=day):
        ledger.release(second, held, day=day, reason="另一批次，已核实")
    batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=opened, orders=orders, day=day))
    batch = ledger.approve(second, batch, shown=batch.digest, day=day)
    ledger.send(finance, batch, day=day)
    batch.refresh_from_db()
    ledger.import_result(finance, batch, content=result_csv(batch), day=day)


def serve(county: County, count: int, *, day: date = PAID_ON, at: Organisation | None = None, **told) -> None:
    """Services to so many members who are on no file."""
    given = {"category": "training", "delivery": "centre", "is_member": True} | told
    people = [id_number(date(1990, 1, 1 + place % 28), 400 + place) for place in range(count)]
    record_services(
        county.acting(Role.COUNTY_CASEWORKER, day),
        at or county.federation,
        [Given(id_number=number, day=day, **given) for number in people],
    )
