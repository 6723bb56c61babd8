"""The verbs of founding a union: take employers on, and what the steps of the process write down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import open_case
from chunyu.casework.models import Case
from chunyu.casework.models.case import Channel
from chunyu.casework.process import process_named
from chunyu.federation import actions as federation
from chunyu.federation.kinds import may_stand_under
from chunyu.federation.models import Organisation, paths_above
from chunyu.organising.archives.actions import add_page
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.duties import WORKS
from chunyu.organising.founding.tables import Founding, FoundingFirm
from chunyu.organising.refusing import refusing
from chunyu.registry.employers.actions import cover, credit_code
from chunyu.registry.employers.queries import counted, here_on
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.organising_rights import check_organising

PROCESS = "organising.founding"
UNION_CODES = ("81", "89")  # registrar 8: a union; class 1 grassroots, 9 other (GB 32100)
Kind = Organisation.Kind


@transaction.atomic
def take_on(acting: Acting, enterprises: Sequence[Enterprise]) -> Founding:
    """Begin to found one union for these employers, none of which has one: for several a joint union."""
    if not enterprises:
        raise Refusal(_("Choose at least one employer."), "none")
    for each in enterprises:
        check_organising(acting, each.scope_path)
    keys = [each.pk for each in enterprises]
    rows = counted(here_on(Enterprise.objects.filter(pk__in=keys), acting.day), acting.day)
    free = rows.filter(covering__isnull=True).values_list("pk", flat=True)
    for each in enterprises:
        if each.pk not in set(free):
            raise Refusal(_("%(employer)s has a union, or is closed.") % {"employer": each.name}, "covered")
    first = enterprises[0]
    answering = _common([each.organisation for each in enterprises])
    named = first.name if len(enterprises) == 1 else f"{first.name}等"
    case = open_case(
        acting,
        process_named(PROCESS),
        answering,
        title=f"建会：{named}",  # on record, whatever the language of who writes it
        channel=Channel.COUNTER,
    )
    founding = Founding.objects.create(organisation=answering, case=case)
    with refusing():
        FoundingFirm.objects.bulk_create(FoundingFirm(founding=founding, enterprise=each) for each in enterprises)
    record(acting, "organising.take_on", founding, f"{len(enterprises)} employers")
    return founding


def _common(organisations: Sequence[Organisation]) -> Organisation:
    """The nearest organisation above all of these, or their own."""
    path = min((each.path for each in organisations), key=len)
    while not all(each.path.startswith(path) for each in organisations):
        path = path[: path[:-1].rfind(".") + 1]
        if not path:
            raise Refusal(_("These employers have no union level in common."), "apart")
    return Organisation.objects.select_related("region").get(path=path)


def superiors(founding: Founding, acting: Acting) -> list[Organisation]:
    """What the union could stand under: the level that answers for its firms, and all above it up to the county."""
    above = Organisation.objects.as_of(acting.day).filter(path__in=paths_above(founding.scope_path))
    below = Organisation.objects.as_of(acting.day).filter(
        parent=founding.organisation, kind__in=[Kind.UNION_ASSOCIATION, Kind.COMMUNITY_UNION]
    )
    fit = [each for each in (*above, *below) if may_stand_under(Kind.GRASSROOTS_UNION, each.kind)]
    return sorted(fit, key=lambda each: -len(each.path))


# --- what the moves of the process do; the process has checked who may ---


def apply(acting: Acting, case: Case, *, name: str, kind: str, parent: str, number: str, **fields: Any) -> None:
    founding = founding_of(case)
    superior = next((each for each in superiors(founding, acting) if str(each.pk) == parent), None)
    if superior is None or kind not in WITH_MEMBERS or not may_stand_under(kind, superior.kind):
        raise Refusal(_("This kind of union does not stand under that organisation."), "kind")
    if kind != Kind.JOINT_UNION and founding.firms.count() > 1:
        raise Refusal(_("For several employers a joint union is founded."), "joint")
    founding.name, founding.kind, founding.parent, founding.request_number = name.strip(), kind, superior, number
    founding.save(update_fields=["name", "kind", "parent", "request_number"])


def reply(acting: Acting, case: Case, *, number: str, **fields: Any) -> None:
    founding = founding_of(case)
    founding.reply_number = number
    founding.save(update_fields=["reply_number"])


def elect(
    acting: Acting,
    case: Case,
    *,
    met_on: date,
    entitled: int,
    present: int,
    votes: int,
    chair: str,
    committee: str,
    term: str,
    **fields: Any,
) -> None:
    if met_on > acting.day:
        raise Refusal(_("This day is still to come."), "day_to_come")
    founding = founding_of(case)
    founding.met_on, founding.entitled, founding.present, founding.votes = met_on, entitled, present, votes
    founding.chair, founding.committee, founding.term_years = chair.strip(), committee.strip(), int(term)
    with refusing():
        founding.save(update_fields=["met_on", "entitled", "present", "votes", "chair", "committee", "term_years"])


def approve(acting: Acting, case: Case, *, number: str, **fields: Any) -> None:
    """From today the union exists: it stands in the tree, covers its employers, and its archive has first leaves."""
    founding = founding_of(case)
    if founding.parent is None or founding.met_on is None or founding.term_years is None:
        raise Refusal(_("The result of the election is missing."), "no_election")
    day, held = acting.day, founding.met_on
    try:
        union = federation.found(
            name=founding.name, kind=founding.kind, region=founding.organisation.region, parent=founding.parent, on=day
        )
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    founding.union = union
    with refusing():
        founding.save(update_fields=["union"])
    for firm in founding.firms.select_related("enterprise__organisation"):
        cover(acting, firm.enterprise, union, on=day, roles=WORKS)
    text = _("Founded by reply %(reply)s and approval %(number)s.") % {
        "reply": founding.reply_number,
        "number": number,
    }
    until = held.replace(year=held.year + founding.term_years, day=min(held.day, 28))
    leaves: tuple[tuple[str, date, dict[str, Any]], ...] = (
        (Leaf.FOUNDING, day, {"text": text}),
        (Leaf.LETTER, day, {"number": number, "text": text}),
        (Leaf.CHAIR, held, {"person": founding.chair}),
        (Leaf.COMMITTEE, held, {"text": founding.committee}),
        (Leaf.TERM, held, {"until": until}),
    )
    for kind, since, says in leaves:
        add_page(acting, union, kind, valid_from=since, roles=WORKS, **says)
    release(acting, case)
    record(acting, "organising.found", union, case.number)


def register(acting: Acting, case: Case, *, code: str, **fields: Any) -> None:
    """The union is a legal person: its certificate goes into the archive."""
    number = credit_code(code)
    if not number.startswith(UNION_CODES):
        raise Refusal(_("The unified credit code of a union begins with 81 or 89: compare the certificate."), "code")
    founding = founding_of(case)
    if founding.union is None:
        raise Refusal(_("The union has not been founded."), "no_union")
    add_page(acting, founding.union, Leaf.LEGAL_PERSON, valid_from=acting.day, number=number, person=founding.chair)


def release(acting: Acting, case: Case, **fields: Any) -> None:
    """The employers are free for another founding."""
    FoundingFirm.objects.filter(founding__case=case, released_on__isnull=True).update(released_on=acting.day)


def founding_of(case: Case) -> Founding:
    return (
        Founding.objects.select_for_update(of=("self",)).select_related("organisation__region", "parent").get(case=case)
    )
