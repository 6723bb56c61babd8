from tests.policy.spec.tables import Chapter, Out, Table, money

SUM = "sum(member.pay, where=member.flag)"
LEAST = "min(member.pay, where=member.flag, otherwise=monthly)"
GREATEST = "max(member.pay, where=member.flag, otherwise=monthly)"

CHAPTER = Chapter(
    "Over the members",
    """
`member.` stands inside an aggregate, or in a rule of the member. Several people stand side by side, with a slash
between them. With `where`, a person who is left out for sure has no say; one of whom it is unknown may count. `min`
and `max` with `where` may find nobody, and then need `otherwise=`.
""",
    (
        Table(
            "`any`, `all` and `count`.",
            "member.flag",
            (
                Out("any(member.flag)"),
                Out("all(member.flag)"),
                Out("count(where=member.flag)", "count", "person"),
                Out("count()", "count", "person"),
            ),
            """
            yes / yes         | yes     | yes     | 2       | 2
            yes / no          | yes     | no      | 1       | 2
            no / no           | no      | no      | 0       | 2
            yes / unknown     | yes     | unknown | unknown | 2
            no / unknown      | unknown | no      | unknown | 2
            unknown / unknown | unknown | unknown | unknown | 2
            """,
        ),
        Table(
            "`any` and `all` with `where`: who is left out has no say.",
            "member.other | member.flag",
            (Out("any(member.flag, where=member.other)"), Out("all(member.flag, where=member.other)")),
            """
            yes     | yes     | yes     | yes
            yes     | no      | no      | no
            yes     | unknown | unknown | unknown
            no      | yes     | no      | yes
            no      | unknown | no      | yes
            unknown | yes     | unknown | yes
            unknown | no      | no      | unknown
            unknown | unknown | unknown | unknown
            """,
        ),
        Table(
            "`sum`, `min` and `max`: unknown only where the result could change.",
            "member.pay | member.flag | monthly",
            (money(SUM, "yuan/month"), money(LEAST, "yuan/month"), money(GREATEST, "yuan/month")),
            """
            1.00 / 0.50       | yes / yes         | 0.07 | 1.50    | 0.50    | 1.00
            1.00 / 0.50       | yes / no          | 0.07 | 1.00    | 1.00    | 1.00
            1.00 / 0.50       | no / no           | 0.07 | 0.00    | 0.07    | 0.07
            1.00 / unknown    | yes / no          | 0.07 | 1.00    | 1.00    | 1.00
            1.00 / unknown    | yes / yes         | 0.07 | unknown | unknown | unknown
            1.00 / 0.50       | yes / unknown     | 0.07 | unknown | unknown | 1.00
            1.00 / 0.00       | yes / unknown     | 0.07 | 1.00    | unknown | 1.00
            1.00 / unknown    | unknown / no      | 0.07 | unknown | unknown | unknown
            """,
        ),
        Table(
            "A rule of the member is worked out for each of them.",
            "member.pay",
            (money("2 * member.pay", "yuan/month", "member"), money("sum(member.pay)", "yuan/month")),
            """
            0.05 / 0.07       | 0.10 / 0.14       | 0.12
            0.05 / unknown    | 0.10 / unknown    | unknown
            """,
        ),
    ),
)
