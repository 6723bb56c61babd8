from tests.policy.spec.tables import Chapter, Table, money

CHAPTER = Chapter(
    "Least, greatest, limits",
    "`min` and `max` of two or more values; `clip(x, low, high)` is `max(low, min(x, high))`.",
    (
        Table(
            "Unknown when one part is unknown.",
            "x | y",
            (money("min(x, y)"), money("max(x, y)"), money("max(0, x)"), money("clip(x, 0, y)")),
            """
            1.00    | 2.00    | 1.00    | 2.00    | 1.00    | 1.00
            3.00    | 2.00    | 2.00    | 3.00    | 3.00    | 2.00
            -1.00   | 2.00    | -1.00   | 2.00    | 0.00    | 0.00
            unknown | 2.00    | unknown | unknown | unknown | unknown
            1.00    | unknown | unknown | unknown | 1.00    | unknown
            """,
        ),
    ),
)
