from tests.policy.spec.tables import Chapter, Out, Table, money

CHAPTER = Chapter(
    "Arithmetic and rounding",
    """
Calculation is in whole numbers only. A chain of `*` and `/` (also through `per_month` and `per_year`) is **one**
operation: worked out exactly and rounded once, to the fen for money, to the millionth for ratios. Everything else
is exact. Rounding is half up by size, as 四舍五入 and a spreadsheet's ROUND do. A rule's value is always a whole number
of fen, millionths or pieces, so what is shown is what is compared, and naming a rule in another is not the same as
writing its formula there.
""",
    (
        Table(
            "Plus and minus.",
            "x | y",
            (money("x + y"), money("x - y"), money("-x")),
            """
            0.05    | 0.03    | 0.08    | 0.02    | -0.05
            0.05    | -0.07   | -0.02   | 0.12    | -0.05
            0.05    | unknown | unknown | unknown | -0.05
            unknown | 0.03    | unknown | unknown | unknown
            0.00    | unknown | unknown | unknown | 0.00
            """,
        ),
        Table(
            "Division rounds to the fen, a half away from zero. Nothing can be divided by zero: that is unknown.",
            "x | n",
            (money("x / n", "yuan/year/home"),),
            """
            1.00    | 3       | 0.33
            2.00    | 3       | 0.67
            0.01    | 2       | 0.01
            -0.01   | 2       | -0.01
            0.03    | 2       | 0.02
            -0.03   | 2       | -0.02
            1.00    | 0       | unknown
            unknown | 2       | unknown
            0.00    | unknown | unknown
            """,
        ),
        Table(
            "A chain is rounded once: 10.00 / 7 / 12 is 0.12, and × 7 ÷ 7 gives back the whole.",
            "x | n",
            (
                money("x / n / 12", "yuan/year/home"),
                money("per_month(x / n)", "yuan/month/home"),
                money("x / n * n"),
            ),
            """
            10.00   | 7       | 0.12    | 0.12    | 10.00
            1.00    | 7       | 0.01    | 0.01    | 1.00
            """,
        ),
        Table(
            "Nothing times unknown is unknown, also zero.",
            "x | n",
            (money("x * n", "yuan*home/year"),),
            """
            0.05    | 3       | 0.15
            -0.05   | 3       | -0.15
            0.00    | unknown | unknown
            unknown | 0       | unknown
            """,
        ),
        Table(
            "A ratio is exact to the millionth (here `share` is 0.333333).",
            "x | y",
            (money("share * x"), money("0.5 * x"), Out("x / y", "ratio"), Out("x / y <= 1")),
            """
            3.00    | 9.00    | 1.00    | 1.50    | 0.333333 | yes
            0.05    | 0.10    | 0.02    | 0.03    | 0.5      | yes
            1000.01 | 1000.00 | 333.34  | 500.01  | 1.00001  | no
            0.00    | 0.00    | 0.00    | 0.00    | unknown  | unknown
            """,
        ),
        Table(
            "A whole number beside a ratio is that many wholes.",
            "a | x",
            (
                Out("1 if a else 0.5", "ratio"),
                money("(1 if a else 0.5) * x"),
                Out("1 - share", "ratio"),
                Out("share < 1"),
            ),
            """
            yes     | 0.07    | 1       | 0.07    | 0.666667 | yes
            no      | 0.07    | 0.5     | 0.04    | 0.666667 | yes
            unknown | 0.07    | unknown | unknown | 0.666667 | yes
            """,
        ),
        Table(
            "Rounding to whole yuan, or to tens: half up, towards zero, away from zero.",
            "x",
            (
                money("round_half_up(x, 1)"),
                money("round_down(x, 1)"),
                money("round_up(x, 1)"),
                money("round_up(x, 10)"),
            ),
            """
            1.49    | 1.00    | 1.00    | 2.00    | 10.00
            1.50    | 2.00    | 1.00    | 2.00    | 10.00
            -1.50   | -2.00   | -1.00   | -2.00   | -10.00
            10.00   | 10.00   | 10.00   | 10.00   | 10.00
            unknown | unknown | unknown | unknown | unknown
            """,
        ),
    ),
)
