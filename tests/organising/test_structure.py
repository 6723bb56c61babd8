"""An organiser founds, renames and moves unions, and ties them to an industry: seen first, confirmed, on the record."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation.actions import found
from chunyu.federation.models import IndustryTie, Organisation
from tests.organising.unions import TODAY, members, union
from tests.situations import FOUNDING_DAY, acting, county

pytestmark = pytest.mark.django_db
Kind = Organisation.Kind
ON = {"on": "2026-03-01"}


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun, client):
    client.force_login(yurun.post(Role.ORGANISER).user)
    return yurun.acting(Role.ORGANISER, TODAY)


def confirmed(client, name, of, sent):
    """What the preview says, and the answer to its confirmation."""
    where = reverse(f"organising:{name}", args=[of.pk])
    shown = client.post(where, sent | ON)
    assert shown.status_code == 200, shown.context["form"].errors
    digest = re.search(r'name="shown" value="(\w+)"', shown.content.decode()).group(1)
    return shown.context["effect"], client.post(where, sent | ON | {"shown": digest})


def refused(client, name, of, sent):
    answer = client.post(reverse(f"organising:{name}", args=[of.pk]), ON | sent)
    assert answer.status_code == 422
    return str(answer.context["form"].errors)


def test_a_union_is_founded_under_a_township(client, yurun, organiser):
    sent = {"name": "雨润县食品厂工会", "kind": "grassroots_union", "region": yurun.region.pk}
    effect, answer = confirmed(client, "found", yurun.township, sent)
    assert effect.new == 1
    new = Organisation.objects.get(name="雨润县食品厂工会")
    assert (new.parent, new.founded_on) == (yurun.township, date(2026, 3, 1))
    assert answer.headers["Location"] == reverse("organising:union", args=[new.pk])
    assert Entry.objects.get(event="organising.found_union").user_id == organiser.user_id
    assert refused(client, "found", yurun.workplace, sent | {"kind": "township_union"})  # a firm is above no township
    assert refused(client, "found", yurun.township, sent)  # the name is taken


def test_a_union_is_renamed_and_the_old_name_stays_in_the_past(client, yurun, organiser):
    effect, _answer = confirmed(client, "rename", yurun.workplace, {"name": "雨润纺织集团工会"})
    assert [each.renamed for each in effect.changes] == [True]
    yurun.workplace.refresh_from_db()
    assert yurun.workplace.name == "雨润纺织集团工会"
    assert yurun.workplace.placements.as_of(date(2026, 2, 28)).get().name == "雨润县纺织厂工会"
    assert "雨润县纺织厂工会 → 雨润纺织集团工会" in Entry.objects.get(event="organising.rename_union").note


def test_a_union_moves_with_its_members(client, yurun, organiser):
    members(organiser, yurun.workplace, 3)
    street = found(
        name="雨润县东街街道总工会",
        kind=Kind.TOWNSHIP_UNION,
        region=yurun.region,
        parent=yurun.federation,
        on=FOUNDING_DAY,
    )
    effect, _answer = confirmed(client, "move", yurun.workplace, {"parent": "雨润县东街街道总工会"})
    (change,) = effect.changes
    assert (change.before.above, change.after.above) == ("雨润县城关镇总工会", "雨润县东街街道总工会")
    yurun.workplace.refresh_from_db()
    assert yurun.workplace.parent == street
    assert refused(client, "move", street, {"parent": "雨润县纺织厂工会"})  # a township does not stand under a firm
    assert refused(client, "move", yurun.workplace, {"parent": "没有的工会"})
    assert refused(client, "move", yurun.workplace, {"parent": "雨润县城关镇总工会", "on": "2026-03-03"})


def test_a_union_is_tied_to_an_industry_and_let_go(client, yurun, organiser):
    textiles = found(
        name="春雨省纺织工会",
        kind=Kind.INDUSTRIAL_UNION,
        region=yurun.province.region,
        parent=yurun.province,
        on=FOUNDING_DAY,
    )
    effect, _answer = confirmed(client, "tie", yurun.workplace, {"superior": "春雨省纺织工会"})
    assert len(effect.ties) == 1
    assert not effect.changes
    assert IndustryTie.objects.get().industry_parent == textiles
    assert refused(client, "tie", yurun.workplace, {"superior": "雨润县总工会"})  # of no industry
    page = client.get(reverse("organising:union", args=[yurun.workplace.pk]))
    assert "春雨省纺织工会" in page.content.decode()
    client.post(reverse("organising:tie", args=[yurun.workplace.pk]), {"superior": "", "on": "2026-03-02"})
    assert IndustryTie.objects.get().valid_to is None  # only shown
    where = reverse("organising:tie", args=[yurun.workplace.pk])
    shown = client.post(where, {"superior": "", "on": "2026-03-02"})
    client.post(where, {"superior": "", "on": "2026-03-02", "shown": shown.context["effect"].digest})
    assert IndustryTie.objects.get().valid_to == date(2026, 3, 2)


def test_the_union_itself_is_changed_from_above(client, yurun, organiser):
    page = client.get(reverse("organising:union", args=[yurun.federation.pk]))
    choices = next(given for template, given in page.context["panels"] if "structure" in template)["choices"]
    assert [each.allowed for each in choices] == [True, False, False, True, True]
    assert refused(client, "rename", yurun.federation, {"name": "雨润总工会"})
    client.force_login(acting(Role.ORGANISER, yurun.city, TODAY).post.user)
    confirmed(client, "rename", yurun.federation, {"name": "雨润总工会"})
    yurun.federation.refresh_from_db()
    assert yurun.federation.name == "雨润总工会"


def test_foreign_and_dissolved_unions_do_not_exist_and_only_organisers_write(client, yurun, organiser):
    qinghe = county("青禾县")
    for name in ("found", "rename", "move", "tie"):
        assert client.get(reverse(f"organising:{name}", args=[qinghe.workplace.pk])).status_code == 404
        assert client.get(reverse(f"organising:{name}", args=[yurun.workplace.pk])).status_code == 200
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    assert client.get(reverse("organising:rename", args=[yurun.workplace.pk])).status_code == 403


def test_several_of_one_name_are_told_apart(client, yurun, organiser):
    street = found(
        name="雨润县东街街道总工会",
        kind=Kind.TOWNSHIP_UNION,
        region=yurun.region,
        parent=yurun.federation,
        on=FOUNDING_DAY,
    )
    for above in (yurun.township, street):
        found(name="二村工会", kind=Kind.COMMUNITY_UNION, region=yurun.region, parent=above, on=FOUNDING_DAY)
    own = union(yurun, "雨润县机械厂工会")
    said = refused(client, "move", own, {"parent": "二村工会"})
    assert "雨润县东街街道总工会" in said
    assert "雨润县城关镇总工会" in said
