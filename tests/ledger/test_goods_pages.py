"""The pages of goods and coupons: from listing a good to the counter, as a phone sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.models import Basket, Coupon, Good, StockMovement
from tests.ledger.situations import DAY, PAPER, acting_as, household
from tests.situations import county


@pytest.fixture(autouse=True)
def _today(settings):
    settings.CHUNYU_TODAY = DAY
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def as_(client):
    def sign_in(acting):
        client.force_login(acting.post.user)
        return client

    return sign_in


def url(name: str, *args) -> str:
    return reverse(f"ledger:{name}", args=args)


def form_of(client, path: str, **entered) -> dict[str, object]:
    """What a browser would send: the form as it came, with what a person entered."""
    form = client.get(path).context["form"]
    return {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()} | entered


def test_from_the_first_good_to_the_counter(as_, finance, second, tree):
    here, client = tree.federation, as_(finance)
    client.post(url("list-good"), {"name": "大米 5千克", "unit": "袋", "value_fen": "32.50"})
    good = Good.objects.get()
    field = f"good_{good.pk}"
    taken = form_of(client, url("take-in", here.pk), **{field: 20, "origin": "donation"})
    for _ in range(2):
        assert client.post(url("take-in", here.pk), taken).status_code == 303
    assert at.there(here, good) == 20, "a form sent twice is entered once"
    page = client.get(url("stock"))
    assert page.context["page"].total_fen() == 20 * 3250

    home = household(here)
    give = form_of(client, url("give-out", here.pk), file_number=home.file_number, taken_by="程梅", programme="living")
    wrong = client.post(url("give-out", here.pk), give | {"paper": SimpleUploadedFile("p.jpg", PAPER)})
    assert wrong.status_code == 422
    sent = give | {field: 2, "paper": SimpleUploadedFile("p.jpg", PAPER)}
    assert client.post(url("give-out", here.pk), sent).status_code == 303
    issued = StockMovement.objects.get(kind="issued")
    assert client.post(url("goods-paper", issued.pk)).content == PAPER
    assert "大米 5千克" in client.get(url("goods-movement", issued.pk)).content.decode()
    assert issued.document_no in client.get(url("household-ledger", home.pk)).content.decode()
    client.post(
        url("goods-back", issued.pk), form_of(client, url("goods-back", issued.pk), taken_by="程梅", **{field: 1})
    )
    moved = form_of(client, url("move-goods", here.pk), to_place=tree.township.pk, **{field: 5})
    client.post(url("move-goods", here.pk), moved)
    off = form_of(client, url("write-off", here.pk), second=second.user_id, reason="受潮", **{field: 1})
    client.post(url("write-off", here.pk), off)
    count = form_of(client, url("take-stock", here.pk), second=second.user_id, reason="盘点", **{field: 12})
    client.post(url("take-stock", here.pk), count)
    assert (at.there(here, good), at.there(tree.township, good)) == (12, 5)
    kinds = set(StockMovement.objects.values_list("kind", flat=True))
    assert kinds == {"received", "issued", "returned", "moved", "written_off", "counted"}

    basket = form_of(client, url("make-basket"), name="春节慰问包", programme="living", **{field: 1})
    client.post(url("make-basket"), basket)
    family = household(tree.township)
    coupons = {
        "basket": Basket.objects.get().pk, "from_day": DAY.isoformat(),
        "to_day": (DAY + timedelta(days=9)).isoformat(), "file_numbers": f"{family.file_number}\n没有这个号",
    }  # fmt: skip
    answer = client.post(url("make-coupons"), coupons)
    assert "没有这个号" in answer.content.decode()
    client.post(url("make-coupons"), coupons | {"file_numbers": family.file_number})
    coupon = Coupon.objects.get()
    code = coupon.code.reveal()
    assert f"{code[:5]} {code[5:]}" in client.get(url("coupon", coupon.pk)).content.decode()

    officer = as_(acting_as(Role.TOWNSHIP_OFFICER, tree.township))
    found = officer.post(url("counter"), {"code": f"{code[:5]} {code[5:].lower()}"})
    assert found["Location"] == url("redeem", coupon.pk)
    use = form_of(officer, url("redeem", coupon.pk))
    assert officer.post(url("redeem", coupon.pk), use).status_code == 303
    assert at.there(tree.township, good) == 4
    late = as_(second).get(url("redeem", coupon.pk)).content.decode()
    assert "Already used" in late
    assert tree.township.name in late
    answer = as_(second).post(url("redeem", coupon.pk), use | {"key": "other"})
    assert answer.status_code == 422
    assert "This coupon cannot be used." in answer.content.decode()


def test_an_auditor_reads_and_sees_no_code(as_, finance, tree):
    good = actions.list_good(finance, organisation=tree.federation, name="米", unit="袋", value_fen=1, day=DAY)
    basket = actions.make_basket(
        finance, organisation=tree.federation, name="包", programme="living", programme_label="生活", goods={good: 1},
        day=DAY,
    )  # fmt: skip
    [coupon] = actions.make_coupons(
        finance, organisation=tree.federation, members=[household(tree.federation).worker], basket=basket,
        from_day=DAY, to_day=DAY, day=DAY,
    )  # fmt: skip
    auditor = as_(acting_as(Role.AUDITOR, tree.federation))
    code = coupon.code.reveal()
    for name, args in (
        ("stock", ()),
        ("goods", ()),
        ("coupons", ()),
        ("goods-movements", ()),
        ("coupon", (coupon.pk,)),
    ):
        page = auditor.get(url(name, *args))
        assert page.status_code == 200, name
        assert code[5:] not in page.content.decode()
    for name in ("take-in", "give-out", "move-goods", "write-off", "take-stock"):
        assert auditor.get(url(name, tree.federation.pk)).status_code == 403
    neighbour = as_(acting_as(Role.FINANCE_OFFICER, county("青禾县").federation))
    for name in ("coupon", "redeem", "revoke-coupon"):
        assert neighbour.get(url(name, coupon.pk)).status_code == 404, name
    assert neighbour.get(url("revalue-good", good.pk)).status_code == 404
