"""A round of honours (评选表彰): open, scored, made known, confirmed, awarded, paid."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import checks
from chunyu.casework.models import Case
from chunyu.casework.process import (
    NOTE,
    Access,
    Choice,
    DocumentKind,
    Field,
    Move,
    Outcome,
    Process,
    Stage,
    State,
    Tell,
    another_person,
    by,
    check,
    neutral,
    register,
)
from chunyu.casework.standing import Standing
from chunyu.federation.models import Organisation
from chunyu.ledger.models import Fund
from chunyu.voice.duties import ON_THE_SPOT, READERS, WORKS
from chunyu.voice.honours import actions, queries, showing
from chunyu.voice.honours.triggers import PROCESS

STAGES = (
    Stage("score", _("Nominees and scores")),
    Stage("notice", pgettext_lazy("honours", "Notice")),
    Stage("award", pgettext_lazy("honours", "Award")),
    Stage("pay", pgettext_lazy("honours", "Bonus")),
)
STATES = (
    State("open", _("Nominees and scores come in"), "score"),
    State("ranked", _("Scored"), "score"),
    State("in_notice", _("Made known, until the notice ends"), "notice"),
    State("in_doubt", _("Objected to"), "notice", aside=True),
    State("confirmed", pgettext_lazy("honours", "Confirmed"), "award"),
    State("awarded", _("Certificates handed over"), "pay"),
    State("paid", _("Bonuses paid"), "pay"),
    State("given_up", pgettext_lazy("honours", "Given up"), "score", aside=True),
)
MOVES = (
    Move("rank", _("Close the scoring"), ("open",), "ranked", main=True),
    Move("publish", _("Make the winners known"), ("ranked",), "in_notice", main=True),
    Move("confirm", _("Confirm the winners"), ("in_notice",), "confirmed", main=True),
    Move("award", _("Certificates are handed over"), ("confirmed",), "awarded", main=True),
    Move("pay", _("Pay the bonuses"), ("awarded",), "paid", main=True),
    Move("object", _("An objection stops the notice"), ("in_notice",), "in_doubt", automatic=True),
    Move("resume", _("The objection is answered"), ("in_doubt",), "in_notice", automatic=True),
    Move("reopen", _("Back to the jury"), ("ranked", "in_doubt"), "open"),
    Move("give_up", _("Give the round up"), ("open", "ranked"), "given_up"),
)
_SPOT = frozenset(ON_THE_SPOT)
LEADERS = frozenset({Role.TOWNSHIP_OFFICER, Role.COUNTY_APPROVER})
MONEY = frozenset({Role.FINANCE_OFFICER})
OWNERS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(("open", "ranked", "confirmed"), _SPOT),
    **dict.fromkeys(("in_notice", "in_doubt"), LEADERS),
    "awarded": MONEY,
    **dict.fromkeys(("paid", "given_up"), frozenset()),
}
DEADLINES: dict[str, int | None] = {
    "open": 40,
    "ranked": 5,
    "in_notice": 10,
    "in_doubt": 10,
    "confirmed": 20,
    "awarded": 10,
    "paid": None,
    "given_up": None,
}
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    **dict.fromkeys((state.name for state in STATES), ()),
    "paid": (Outcome("honoured", _("honoured and paid")),),
    "given_up": (Outcome("given_up", pgettext_lazy("honours", "given up")),),
}


@check(_("every juror has scored every nominee whom they may score"))
def scored(standing: Standing) -> Iterable[Refusal]:
    held = actions.of(standing.case)
    sheets = queries.sheets(held)
    if len(sheets) < queries.JURORS_AT_LEAST:
        yield Refusal(_now("A jury has three members at least."), "jury")
    if held.nominees.count() < held.places:
        yield Refusal(_now("There are fewer nominees than places."), "nominees")
    open_sheets = [juror.name for juror, left in sheets.items() if left]
    if open_sheets:
        sentence = ngettext(
            "A sheet is not complete: %(names)s.", "Sheets are not complete: %(names)s.", len(open_sheets)
        )
        yield Refusal(sentence % {"names": _now(", ").join(open_sheets)}, "sheets")
    elif queries.tied(held):
        yield Refusal(_now("The last place is shared: name one more juror, who decides."), "tied")


def _funds(case: Case, acting: Acting) -> tuple[Choice, ...]:
    """Free money of the union, or of those above it whose books the post keeps."""
    funds = Fund.objects.within(acting.path).filter(earmarks__isnull=True).select_related("organisation")
    return tuple(Choice(str(each.pk), f"{each.organisation.name} · {each}") for each in funds.order_by("-year", "pk"))


_WHY = Field(NOTE, pgettext_lazy("honours", "why"))
FIELDS: dict[str, tuple[Field, ...]] = {
    "publish": (
        Field("place", _("where it also hangs"), kind="text"),
        Field("objections_to", _("where to object"), kind="text"),
    ),
    "confirm": (Field(NOTE, pgettext_lazy("honours", "remark"), required=False),),
    "award": (Field(NOTE, _("where and before whom"), help=_("Such as the congress of the day.")),),
    "pay": (
        Field("fund", _("fund that pays"), kind="choice", offered=_funds),
        Field("document_no", _("number of the voucher"), kind="text"),
    ),
    "reopen": (_WHY,),
    "give_up": (_WHY,),
}
_NAMES = [each.name for each in MOVES]
_HERE = by(*ON_THE_SPOT)

HONOURS = register(
    Process(
        name=PROCESS,
        label=_("Round of honours"),
        start="open",
        stages=STAGES,
        states=STATES,
        moves=MOVES,
        access=Access(works=WORKS | MONEY, reads=READERS | MONEY, sees=READERS | MONEY),
        openers=_HERE,
        owners=OWNERS,
        deadlines=DEADLINES,
        outcomes=OUTCOMES,
        who={
            **dict.fromkeys(_NAMES, _HERE),
            "confirm": another_person(*LEADERS, kinds=Organisation.Kind.values),
            "resume": neutral(*LEADERS),
            "reopen": neutral(*ON_THE_SPOT, Role.COUNTY_APPROVER),
            "pay": by(*MONEY),
        },
        needs={
            **dict.fromkeys(_NAMES, ()),
            "rank": (scored,),
            "publish": (checks.no_notice,),
            "confirm": (checks.notice_over, checks.no_open_objection),
        },
        fields={name: FIELDS.get(name, ()) for name in _NAMES},
        events={name: f"voice.honours.{name}" for name in _NAMES},
        tells={
            **dict.fromkeys(_NAMES, ()),
            "award": (Tell(Role.FINANCE_OFFICER, _("Winners are honoured: pay their bonuses.")),),
            "object": (Tell(Role.COUNTY_APPROVER, _("Somebody objects to the winners of an honour.")),),
        },
        effects={
            **dict.fromkeys(_NAMES, ()),
            "publish": (actions.publish,),
            "reopen": (actions.take_down,),
            "confirm": (actions.confirm,),
            "pay": (actions.pay,),
        },
        documents=(
            DocumentKind("rules", _("rules of the round")),
            DocumentKind("photo", _("picture of the ceremony")),
            DocumentKind("other", _("other paper")),
        ),
        objected="object",
        resumed="resume",
        panel_template="voice/honour_case.html",
        panel=showing.panel,
    )
)
