"""The demonstration as it is loaded, its figures, and that a wrong row is noticed."""

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pgtrigger
import pytest
from click.testing import CliRunner
from django.contrib.auth import authenticate
from django.db import connection, transaction

from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.demo import commands, figures, load
from chunyu.demo.warmth import NAME as WARMTH_2015
from chunyu.federation import actions
from chunyu.federation.models import Organisation, Region
from chunyu.federation.queries import subtree
from chunyu.hardship.campaigns.tables import CampaignGroup, CampaignSource, ClosingLine
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.models import Decision, Grant, Service, Standing, Target
from chunyu.hardship.process import APPLICATION, STATES
from chunyu.ledger.beancount_export import beancount
from chunyu.ledger.models import Account, BatchLine, Fund, PaymentOrder, PayoutBatch
from chunyu.organising.full_time.tables import PostHolding
from chunyu.organising.grants.tables import GrantShare
from chunyu.organising.grid.tables import CellPlace
from chunyu.registry.models import Fact, Household, ShellSpell
from tests.ledger.test_beancount_export import bean_check

DAY = date(2026, 3, 12)
ON_FILE = Standing.objects.filter(household__status=Household.Status.ON_FILE)


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """Loaded once for this file, in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert load.load_demo(DAY) is True
        yield
        transaction.set_rollback(True)


@pytest.fixture
def undone():
    """What a test changes is undone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def by_id():
    return {figure.id: figure for figure in figures.compute()}


def test_loading_again_does_nothing():
    before = [Household.objects.count(), Case.objects.count(), Post.objects.count(), Target.objects.count()]
    assert load.load_demo(DAY) is False
    assert [Household.objects.count(), Case.objects.count(), Post.objects.count(), Target.objects.count()] == before


def test_every_figure_holds_and_the_newspapers_is_among_them():
    computed = by_id()
    assert [figure for figure in computed.values() if not figure.holds] == []
    assert computed["G03"].computed == 20_000
    assert computed["G10"].computed == 39
    assert computed["G14"].computed == 5_703_630_000
    assert computed["G15"].computed == 5
    assert computed["G26"].computed == 1_874_000_000
    assert computed["G27"].computed == 384
    assert computed["G30"].computed == 4
    assert computed["M02"].computed > 0


def test_the_command_prints_them_for_programs():
    done = CliRunner().invoke(commands.figures, ["--json"])
    assert done.exit_code == 0
    listed = json.loads(done.output)
    assert {"id", "title", "expected", "computed", "holds"} == set(listed[0])
    assert all(each["holds"] is True for each in listed)


def close_one():
    Household.objects.filter(pk=Household.objects.first().pk).update(status="closed", closed_on=DAY)


def forget_a_standing():
    Standing.objects.filter(pk=Standing.objects.first().pk).delete()


def promise_one_more():
    county = Organisation.objects.get(name="雨润县总工会")
    Target.objects.filter(organisation=county, year=2015).update(households=721)


def lose_a_fen():
    account = Account.objects.filter(kind=Account.Kind.HOUSEHOLD, balance__gt=0).first()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger speaks
        cursor.execute("UPDATE ledger_account SET balance = balance - 1 WHERE id = %s", [account.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def pay_more_than_the_bank_says():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_batchline SET amount_fen = amount_fen + 100 WHERE outcome = 'paid'")
        cursor.execute("SET LOCAL session_replication_role = origin")


def lose_a_bag_of_rice():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_account SET balance = balance - 1 WHERE id = "
            "(SELECT max(id) FROM ledger_account WHERE fund_id IS NULL AND kind = 'cash' AND balance > 0)"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def lose_a_county():
    Region.objects.as_of(date(2015, 9, 30)).filter(code="130102").update(valid_to=date(2015, 10, 1))


def approve_ones_own():
    grant = Grant.objects.select_related("application__case__opened_by").first()
    with pgtrigger.ignore():
        Grant.objects.filter(pk=grant.pk).update(approved_by=grant.application.case.opened_by)


def help_nobody_at_a_place():
    """Every service of the new year came in a campaign after all."""
    with pgtrigger.ignore():
        Service.objects.filter(day__year=DAY.year - 1).update(delivery="campaign")
        PaymentOrder.objects.filter(ordered_on__year=DAY.year - 1).update(delivery="campaign")


def forget_who_needed_more():
    with pgtrigger.ignore():
        Decision.objects.filter(day__year=DAY.year - 1).update(need_fen=1)


def find_a_shell():
    """Somebody finds a union of the cleaned-up district to be a shell."""
    union = Organisation.objects.get(name="松涛钢铁厂工会")
    ShellSpell.objects.create(organisation=union, valid_from=DAY, found_by=Post.objects.first())


def lose_a_member():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be waiting while a table is altered
        cursor.execute("ALTER TABLE organising_shellinquiry DROP CONSTRAINT shell_members_none_lost")
        cursor.execute("UPDATE organising_shellinquiry SET members_moved = members_moved - 1 WHERE members_moved > 0")


def hand_a_fen_less_down():
    share = GrantShare.objects.filter(plan__year=2014).first()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE organising_grantshare SET amount_fen = amount_fen - 1 WHERE id = %s", [share.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def let_one_go():
    held = PostHolding.objects.first()
    PostHolding.objects.filter(pk=held.pk).update(valid_to=DAY, ended="resigned")


def leave_a_village_out():
    CellPlace.objects.filter(pk=CellPlace.objects.filter(village__isnull=False).first().pk).update(valid_to=DAY)


def raise_a_fen_less():
    source = CampaignSource.objects.filter(campaign__name=WARMTH_2015, above__isnull=True).first()
    with pgtrigger.ignore():
        CampaignSource.objects.filter(pk=source.pk).update(amount_fen=source.amount_fen - 1)


def forget_a_group():
    with pgtrigger.ignore():
        CampaignGroup.objects.filter(campaign__name=WARMTH_2015, kind="disaster").delete()


def close_a_fen_off():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE hardship_closingline DROP CONSTRAINT campaign_closing_adds_up")
    with pgtrigger.ignore():
        line = ClosingLine.objects.first()
        ClosingLine.objects.filter(pk=line.pk).update(unspent_fen=line.unspent_fen + 1)


def grant_a_family_twice():
    first, second = CampaignVisit.objects.filter(campaign__name=WARMTH_2015, household__isnull=False)[:2]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX campaign_grant_once_a_household")
    with pgtrigger.ignore():
        CampaignVisit.objects.filter(pk=second.pk).update(household=first.household_id)


@pytest.mark.parametrize(
    ("break_a_row", "wrong"),
    [
        (raise_a_fen_less, {"G14", "G14.books", "C17.raised"}),
        (forget_a_group, {"G15"}),
        (close_a_fen_off, {"C17.closing"}),
        (grant_a_family_twice, {"C17.once"}),
        (find_a_shell, {"G19", "G20"}),
        (lose_a_member, {"C19.lost"}),
        (close_one, {"D01"}),
        (forget_a_standing, {"D02"}),
        (promise_one_more, {"G03", "G03.levels"}),
        (lose_a_bag_of_rice, {"W01"}),
        (lose_a_fen, {"M03", "M04", "C21.ways"}),
        (pay_more_than_the_bank_says, {"M02", "C17.paid", "C17.raised", "C21.ways"}),
        (lose_a_county, {"F01.2023"}),
        (approve_ones_own, {"A01"}),
        (help_nobody_at_a_place, {"G30"}),
        (forget_who_needed_more, {"C23.new"}),
        (hand_a_fen_less_down, {"G26", "G26.receivers"}),
        (let_one_go, {"G27"}),
        (leave_a_village_out, {"C19.grid"}),
    ],
)
def test_a_wrong_row_makes_its_figure_fail_and_no_other(undone, break_a_row, wrong):
    break_a_row()
    failed = {figure.id for figure in figures.compute() if not figure.holds}
    assert {each for each in failed if not each.startswith("D01.")} == wrong
    assert CliRunner().invoke(commands.figures).exit_code == 1


def test_a_county_that_moves_takes_everything_along_and_leaves_the_past_as_it_was(undone):
    """Decisions, grants and the ledger are never edited, and still go to the new city with their county."""
    county, city, other = (
        Organisation.objects.get(name=name) for name in ("雨润县总工会", "春申市总工会", "临风市总工会")
    )
    last_year = [place.path for place in subtree(city, date(2025, 12, 31))]
    batches = PayoutBatch.objects.within(county.path).count()
    actions.move(county, other, on=DAY)
    on_file = Household.objects.filter(status=Household.Status.ON_FILE)
    assert on_file.within(other.path).count() == 720
    assert on_file.within(city.path).count() == 1_280
    assert PayoutBatch.objects.within(other.path).count() == batches > 0
    assert [place.path for place in subtree(city, date(2025, 12, 31))] == last_year
    assert [figure for figure in figures.compute() if not figure.holds] == []


def test_categories_come_out_as_in_life():
    counted = Counter(ON_FILE.values_list("category", flat=True))
    assert sum(counted.values()) == 2_000
    assert 0.26 < counted["deep"] / 2_000 < 0.38
    assert 0.44 < counted["relative"] / 2_000 < 0.56
    assert 0.02 < counted["accidental"] / 2_000 < 0.06
    assert 0.06 < (counted["none"] + counted["unknown"]) / 2_000 < 0.16
    unknown = ON_FILE.filter(category="unknown")
    assert unknown.filter(decision__unknowns__fact="has_vehicle").count() == unknown.count()


def test_some_registers_know_another_income_than_was_stated():
    matched = Fact.objects.filter(source=Fact.Source.MATCHED, name="income_month")
    assert 30 < matched.count() < 100
    assert Standing.objects.filter(decision__statements_differ=True).count() > 30


def test_the_unions_of_the_sample_workbooks_are_under_their_county():
    yurun = Organisation.objects.get(name="雨润县总工会")
    names = set(Organisation.objects.within(yurun.path).values_list("name", flat=True))
    assert {"雨润县城关镇总工会", "雨润县纺织厂工会", "雨润县机械厂工会", "青禾县供销社工会"} <= names
    for county in load.COUNTIES:
        path = Organisation.objects.get(name=f"{county}总工会").path
        below = Organisation.objects.within(path).filter(kind=Organisation.Kind.GRASSROOTS_UNION)
        assert 12 <= below.count() <= 24


def test_applications_stand_at_every_state():
    stand = set(Case.objects.filter(process=APPLICATION.name).values_list("state", flat=True))
    assert stand == {state.name for state in STATES}


def test_money_comes_from_four_sources_and_one_payment_of_each_county_came_back():
    assert Fund.objects.exclude(earmarks=None).values("source").distinct().count() == 4
    assert BatchLine.objects.filter(outcome="returned").count() == 3
    assert set(PayoutBatch.objects.values_list("status", flat=True)) >= {"settled", "sent", "submitted"}


def test_an_independent_checker_accepts_the_books_of_the_whole_demonstration(tmp_path):
    text = "\n".join(beancount(Fund.objects.all(), DAY)) + "\n"
    assert text.count("\n") > 2_000
    checked = bean_check(tmp_path, text)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    first = next(line for line in text.splitlines() if line.startswith("  ") and " CNY" in line)
    amount = first.split()[1]
    other = str(Decimal(amount) + Decimal("0.01"))
    assert bean_check(tmp_path, text.replace(amount, other, 1)).returncode == 1, "and would notice a fen"


def test_everybody_listed_can_sign_in_and_every_role_is_there(rf):
    listed = load.accounts()
    assert {post.role for post in Post.objects.all()} == set(Role)
    user = authenticate(rf.post("/"), username=listed[5]["account"], password=listed[5]["password"])
    assert user is not None
    assert user.full_name == listed[5]["name"]
    assert Post.objects.held_on(DAY).count() == len(listed)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_both_readmes_name_the_accounts_that_are_printed(readme, settings):
    text = (settings.ROOT / readme).read_text(encoding="utf-8")
    table = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = [name for cell in table for name in re.findall(r"`([\w.]+)`", cell)]
    assert named == [each["account"] for each in load.main_accounts()]
    assert f"`{load.PASSWORD}`" in text


def test_the_reference_names_every_account(settings):
    text = (settings.ROOT / "docs/reference/demo-data.md").read_text(encoding="utf-8")
    table = [line.split("|")[1] for line in text.split("## Accounts to try")[1].splitlines() if line.startswith("| ")]
    named = {name.strip() for cell in table for name in cell.split(",")}
    assert {each["account"] for each in load.accounts()} <= named


def test_no_figure_of_the_files_is_left_without_its_source():
    described = (load.rows.__globals__["DATA"] / "README.md").read_text(encoding="utf-8")
    for name in (
        "regions.csv",
        "unions.csv",
        "targets.csv",
        "accounts.csv",
        "lists.csv",
        "services.csv",
        "associations.csv",
        "proposals.csv",
    ):
        assert name in described
