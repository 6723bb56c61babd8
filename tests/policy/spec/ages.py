from tests.policy.spec.tables import Chapter, Out, Table

CHAPTER = Chapter(
    "Age and dates",
    "`decision_date` is the date of application, here 2026-03-06 unless another is given. Dates\n"
    "can be compared; one cannot calculate with them.",
    (
        Table(
            "`age` is in whole years on that date; who is born on 29 February is a year older on 1 March.",
            "date | member.born",
            (Out("sum(age(member.born))", "count", "year"),),
            """
            2026-03-06 | 2000-03-06 | 26
            2026-03-06 | 2000-03-07 | 25
            2026-02-28 | 2000-02-29 | 25
            2026-03-01 | 2000-02-29 | 26
            2026-03-06 | 2026-03-06 | 0
            2026-03-06 | unknown    | unknown
            """,
        ),
        Table(
            "Dates compare by the calendar.",
            "member.born",
            (Out("any(member.born < decision_date)"), Out("any(member.born == decision_date)")),
            """
            2026-03-05 | yes     | no
            2026-03-06 | no      | yes
            unknown    | unknown | unknown
            """,
        ),
    ),
)
