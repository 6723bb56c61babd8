from tests.policy.spec.tables import Chapter, Out, Table, money

CHAPTER = Chapter(
    "Month, year and units",
    """
Units multiply and divide with their values: yuan a year divided by people is `yuan/person/year`. What is added,
compared or chosen between must have the same unit. Nothing is converted silently: `x / 12` of yuan a year stays
yuan a year (a twelfth of it). People are not person-times. A bare number never meets money: thresholds are
parameters, because each needs its region, its dates and its source. Zero may meet anything, and a whole number any
count.
""",
    (
        Table(
            "`per_month` makes yuan a year into yuan a month, `per_year` the reverse.",
            "x | monthly",
            (
                money("per_month(x)", "yuan/month"),
                money("per_year(monthly)"),
                Out("per_month(x) < monthly"),
                money("x / 12"),
            ),
            """
            12.00   | 1.00    | 1.00    | 12.00   | no      | 1.00
            0.05    | 0.01    | 0.00    | 0.12    | yes     | 0.00
            0.06    | 0.01    | 0.01    | 0.12    | no      | 0.01
            unknown | 1.00    | unknown | 12.00   | unknown | unknown
            """,
        ),
        Table(
            "Units follow: money shared among people, people counted.",
            "x | member.flag",
            (
                money("x / count()", "yuan/person/year"),
                money("per_month(x / count())", "yuan/person/month"),
                Out("count() > 1"),
            ),
            """
            24.00   | yes             | 24.00   | 2.00    | no
            24.00   | yes / no / yes  | 8.00    | 0.67    | yes
            """,
        ),
    ),
)
