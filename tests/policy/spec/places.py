from tests.policy.spec.tables import Chapter, Out, Table, money

CHAPTER = Chapter(
    "Parameters by place and date",
    """
A decision names a chain of regions, nearest first (`139901`, `1399`, `13`, `national`). A parameter takes the value
of the first region of the chain that has one on the date of application. A parameter with no value at all for a
chain and a date stops the decision with a sentence; an empty value is *unknown*. The values of `line`:

| region | from | to | value |
|---|---|---|---|
| national | 2021-01-01 | 2024-12-31 | 5,000 |
| national | 2025-01-01 | | 6,000 |
| county | 2025-07-01 | | 7,400 |
""",
    (
        Table(
            "The nearest region that has a value on that day.",
            "place | date",
            (money("line"),),
            """
            county    | 2024-12-31 | 5000
            county    | 2025-01-01 | 6000
            county    | 2025-06-30 | 6000
            county    | 2025-07-01 | 7400
            elsewhere | 2025-07-01 | 6000
            """,
        ),
        Table(
            "A parameter whose value is left empty is unknown, and does not stop what it cannot change.",
            "x | a",
            (Out("x < unset"), Out("a and x < unset"), Out("a or x < unset")),
            """
            0.01    | yes     | unknown | unknown | yes
            0.01    | no      | unknown | no      | unknown
            """,
        ),
    ),
)
