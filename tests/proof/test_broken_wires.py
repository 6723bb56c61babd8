"""The wire between the site and its database breaks in eight ways while somebody sends a form: a page says what to do,
they send the same form again, and what they meant is done exactly once. The control sends a fresh key."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as shipped
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections, connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger.models import (
    Allocation,
    AllocationStep,
    BatchDecision,
    BatchLine,
    Fund,
    PayoutBatch,
    Redemption,
    StockMovement,
    Transfer,
)
from chunyu.privacy.row_key import row_key
from tests import situations
from tests.ledger.situations import DAY, LIVING, approved_batch, fund_with, household, order, result_csv, stocked
from tests.proof.counts import count
from tests.proof.scoring import Score
from tests.proof.wire import FAULTS, Wire

pytestmark = [pytest.mark.proof("R10"), pytest.mark.django_db(transaction=True)]
SOON = 5.0  # seconds in which the site must be well again
SEEDS = count(1, 10)
PARTITION = count(1, 3)


@dataclass
class Sending:
    """A form as a browser sends it, and how often what it means was done."""

    user: Any
    path: str
    done: Callable[[], int]
    data: dict[str, Any] = field(default_factory=dict)
    file: bytes = b""

    def body(self) -> dict[str, Any]:
        return self.data | ({"file": SimpleUploadedFile("r.csv", self.file)} if self.file else {})


class Site:
    """The site in a thread of its own, whose connections go over the wire; pages are asked for as by a browser."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.thread = ThreadPoolExecutor(1)
        self.thread.submit(self._over_the_wire).result(10)

    def _over_the_wire(self) -> None:
        own = connection.settings_dict
        options = own["OPTIONS"] | {"sslmode": "disable"}
        connection.settings_dict = own | {"HOST": "127.0.0.1", "PORT": str(self.wire.port), "OPTIONS": options}

    def ask(self, client: Client, path: str, data: dict[str, Any] | None = None) -> HttpResponse:
        def work() -> HttpResponse:
            close_old_connections()  # as the server does with each request
            try:
                return client.get(path) if data is None else client.post(path, data)
            finally:
                close_old_connections()

        return self.thread.submit(work).result(60)

    def end(self) -> None:
        self.thread.submit(connections.close_all).result(10)
        self.thread.shutdown()


@pytest.fixture
def wire(transactional_db: None) -> Iterator[Wire]:
    home, name = connection.settings_dict["HOST"], connection.settings_dict.get("PORT") or 5432
    made = Wire(f"{home}/.s.PGSQL.{name}", PARTITION)
    yield made
    made.close()


@pytest.fixture
def site(wire: Wire) -> Iterator[Site]:
    made = Site(wire)
    yield made
    made.end()


class Office:
    """Twelve things that people send, each made afresh by `sending(name)`."""

    def __init__(self) -> None:
        self.county = situations.county("雨润县")
        at = self.county.federation
        make = partial(situations.acting, day=DAY)
        self.finance, self.second = (make(Role.FINANCE_OFFICER, at) for _ in range(2))
        self.approver = make(Role.COUNTY_APPROVER, at)
        self.below = make(Role.FINANCE_OFFICER, self.county.township)
        self.store = stocked(self.finance, at, {"大米": 1_000_000})
        self.basket = actions.make_basket(
            self.finance, organisation=at, name="慰问包", programme=LIVING, programme_label="生活救助",
            goods={self.store.goods[0]: 1}, day=DAY,
        )  # fmt: skip
        self.number = 0

    def sending(self, name: str) -> Sending:
        self.number += 1
        return getattr(self, name)(f"{self.number}")

    def _money(self, fund: Fund, page: str, done: Callable[[], int], **more: object) -> Sending:
        data = {"amount_fen": "10.00", "document_no": "单9", "day": DAY.isoformat(), "key": row_key().hex} | more
        return Sending(self.finance.post.user, reverse(f"ledger:{page}", args=[fund.pk]), done, data)

    def _moved(self, fund: Fund, reason: str) -> Callable[[], int]:
        return Transfer.objects.filter(legs__account__fund=fund, reason=reason).distinct().count

    def open_fund(self, n: str) -> Sending:
        data = {"name": f"资金{n}", "source": "donation", "document_no": f"捐{n}", "year": 2026}
        done = Fund.objects.filter(document_no=f"捐{n}").count
        return Sending(self.finance.post.user, reverse("ledger:open-fund"), done, data)

    def receive(self, n: str) -> Sending:
        fund = fund_with(self.finance, 0)
        return self._money(fund, "receive", self._moved(fund, "receipt"))

    def give_back(self, n: str) -> Sending:
        fund = fund_with(self.finance, 5_000)
        return self._money(fund, "give-back", self._moved(fund, "give_back"))

    def hand_down(self, n: str) -> Sending:
        fund = fund_with(self.finance, 5_000)
        done = Allocation.objects.filter(giver=fund).count
        return self._money(fund, "hand-down", done, organisation=self.county.township.pk)

    def acknowledge(self, n: str) -> Sending:
        given = actions.hand_down(
            self.finance, giver=fund_with(self.finance, 5_000), organisation=self.county.township, amount_fen=100,
            day=DAY, document_no=f"拨{n}", key=n,
        )  # fmt: skip
        done = AllocationStep.objects.filter(allocation=given, kind="arrived").count
        data = {"day": DAY.isoformat()}
        return Sending(self.below.post.user, reverse("ledger:acknowledge", args=[given.pk]), done, data)

    def _fund_with_order(self, n: str):
        fund = fund_with(self.finance, 5_000, LIVING)
        return fund, order(self.approver, fund, 100, reference=f"R{n}", payee=f"张{n}")

    def prepare(self, n: str) -> Sending:
        fund, one = self._fund_with_order(n)
        path = reverse("ledger:prepare-batch", args=[fund.pk])
        return Sending(
            self.finance.post.user, path, BatchLine.objects.filter(order=one).count, {"order": [str(one.pk)]}
        )

    def _batch(self, n: str, until: str) -> PayoutBatch:
        fund, one = self._fund_with_order(n)
        if until in ("approved", "sent"):
            batch = approved_batch(self.finance, self.second, fund, [one])
            if until == "sent":
                actions.send(self.finance, batch, day=DAY)
            return PayoutBatch.objects.get(pk=batch.pk)
        batch = actions.prepare_batch(self.finance, fund=fund, orders=[one], day=DAY)
        return actions.submit(self.finance, batch) if until == "submitted" else batch

    def submit(self, n: str) -> Sending:
        batch = self._batch(n, "draft")
        done = PayoutBatch.objects.filter(pk=batch.pk, status="submitted").count
        return Sending(self.finance.post.user, reverse("ledger:submit", args=[batch.pk]), done)

    def approve(self, n: str) -> Sending:
        batch = self._batch(n, "submitted")
        path, done = reverse("ledger:approve", args=[batch.pk]), BatchDecision.objects.filter(batch=batch).count
        return Sending(self.second.post.user, path, done, {"shown": batch.digest})

    def send(self, n: str) -> Sending:
        batch = self._batch(n, "approved")
        return Sending(
            self.finance.post.user, reverse("ledger:send", args=[batch.pk]), self._moved(batch.fund, "sending")
        )

    def result(self, n: str) -> Sending:
        batch = self._batch(n, "sent")
        path, done = reverse("ledger:result", args=[batch.pk]), self._moved(batch.fund, "payment")
        return Sending(self.finance.post.user, path, done, file=result_csv(batch))

    def take_in(self, n: str) -> Sending:
        data = {
            f"good_{self.store.goods[0].pk}": 3, "origin": "donation", "document_no": f"RK{n}", "day": DAY.isoformat(),
            "key": row_key().hex,
        }  # fmt: skip
        done = StockMovement.objects.filter(document_no=f"RK{n}").count
        return Sending(self.finance.post.user, reverse("ledger:take-in", args=[self.store.place.pk]), done, data)

    def redeem(self, n: str) -> Sending:
        [coupon] = actions.make_coupons(
            self.finance, organisation=self.finance.organisation, members=[household(self.store.place).worker],
            basket=self.basket, from_day=DAY, to_day=DAY + timedelta(days=9), day=DAY,
        )  # fmt: skip
        path, done = reverse("ledger:redeem", args=[coupon.pk]), Redemption.objects.filter(coupon=coupon).count
        return Sending(self.finance.post.user, path, done, {"taken_by": "程梅", "key": row_key().hex})


OPERATIONS = (
    "open_fund", "receive", "give_back", "hand_down", "acknowledge", "prepare", "submit", "approve", "send", "result",
    "take_in", "redeem",
)  # fmt: skip


@pytest.fixture
def office(transactional_db: None, settings) -> Office:
    settings.CHUNYU_TODAY = DAY
    return Office()


def signed_in(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def well_again(site: Site, client: Client) -> float:
    """Seconds until a page is shown again."""
    begun = time.monotonic()
    while site.ask(client, reverse("ledger:funds")).status_code != 200:
        assert time.monotonic() - begun < 60, "the site never came back"
        time.sleep(0.05)
    return time.monotonic() - begun


def says_what_to_do(answer: HttpResponse) -> bool:
    """A page that was not shown says in words what happened and what to do."""
    words = re.sub(r"<[^>]+>", "", answer.content.decode())
    return answer.status_code < 500 or "再看一眼" in words or "look" in words


def commits_of(site: Site, sending: Sending) -> int:
    """How many transactions the site ends for this form."""
    site.wire.mend()
    site.wire.commits = 0
    answer = site.ask(signed_in(sending.user), sending.path, sending.body())
    assert answer.status_code in (302, 303), (sending.path, answer.status_code, answer.content.decode()[-1500:])
    assert sending.done() == 1, sending.path
    return site.wire.commits


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_retry_it_is_done_exactly_once(fault: str, site: Site, office: Office, score: Score):
    chance = score.chance(FAULTS.index(fault))
    chosen = chance.sample(OPERATIONS, count(6, len(OPERATIONS)))
    wrong: list[str] = []
    blank = slow = 0
    for name in chosen:
        commits = commits_of(site, office.sending(name))
        for _ in range(SEEDS):
            sending = office.sending(name)
            client = signed_in(sending.user)
            site.wire.fired.clear()
            site.wire.break_at(fault, chance.randint(1, commits), chance)
            answer = site.ask(client, sending.path, sending.body())
            score.fired(**{fault: len(site.wire.fired)})
            site.wire.mend()
            blank += not says_what_to_do(answer)
            slow += well_again(site, client) > SOON
            for _ in range(2):  # whoever is not sure sends it again, and again
                site.ask(client, sending.path, sending.body())
            if sending.done() != 1:
                wrong.append(f"{name}: {sending.done()}")
            score.counted(broken_requests=1)
    assert score.faults[fault] == score.counts["broken_requests"], "a fault did not fire"
    score.must_be(0, not_exactly_once=len(wrong), without_a_word_what_to_do=blank, not_well_within_5_s=slow)


def test_a_fresh_key_would_do_it_twice(site: Site, office: Office, score: Score):
    """The control: the answer is lost, and whoever sends it again sends another key."""
    doubled = 0
    for _ in range(count(2, 10)):
        sending = office.sending("receive")
        client = signed_in(sending.user)
        site.wire.break_at("after", commits_of(site, office.sending("receive")), score.chance())
        site.ask(client, sending.path, sending.body())
        site.wire.mend()
        site.ask(client, sending.path, sending.body() | {"key": row_key().hex})
        doubled += sending.done() > 1
    score.control(not_exactly_once=doubled)


def test_between_browser_and_site_too(live_server, line, office: Office, score: Score):
    """The same between the browser and the site: the request is lost, or half of it, or the answer."""
    import http.client
    from urllib.parse import urlencode

    line.posts = b"key="
    not_once = 0
    for number in range(count(6, 60)):
        sending = office.sending(("receive", "hand_down", "take_in", "redeem")[number % 4])
        session = signed_in(sending.user).cookies[shipped.SESSION_COOKIE_NAME].value
        line.cuts.clear()
        line.chance = score.chance(number)
        for attempt in range(40):
            went_through = False
            browser = http.client.HTTPConnection("localhost", line.port, timeout=30)
            try:
                token = "x" * 32
                browser.request(
                    "POST",
                    sending.path,
                    urlencode(sending.data | {"csrfmiddlewaretoken": token}),
                    {
                        "Cookie": f"{shipped.SESSION_COOKIE_NAME}={session}; {shipped.CSRF_COOKIE_NAME}={token}",
                        "Content-Type": "application/x-www-form-urlencoded",
                    },
                )
                answer = browser.getresponse()
                answer.read()
                assert answer.status in (302, 303, 422), answer.status
                went_through = True
            except (OSError, http.client.HTTPException):
                pass
            finally:
                browser.close()
            if went_through and attempt >= 1:
                break
        line.chance = None
        not_once += sending.done() != 1
        score.counted(broken_requests=1)
        score.fired(cuts_before_the_site=len(line.cuts))
    assert score.faults["cuts_before_the_site"] > 0
    score.must_be(0, not_exactly_once=not_once)
