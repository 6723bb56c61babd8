from tests.policy.spec.tables import Chapter, Table, money

CHAPTER = Chapter(
    "Brackets and tables",
    "Both are parameters. Here `steps` is `2000..10000: 0.5; 10000..50000: 0.6; 50000..: 0.7` and `grant` is\n"
    "`red=100; green=200.50; otherwise=0`. A table without `otherwise` must have every code.",
    (
        Table(
            "`scale` pays each slice at its own rate, and rounds once at the end.",
            "x",
            (money("scale(steps, x)"),),
            """
            0        | 0
            2000     | 0
            2001     | 0.50
            2000.01  | 0.01
            10000    | 4000
            24800    | 12880
            60000    | 35000
            -5       | 0
            unknown  | unknown
            """,
        ),
        Table(
            "`lookup` takes the value for a code.",
            "colour",
            (money("lookup(grant, colour)"),),
            """
            red     | 100
            green   | 200.50
            blue    | 0
            unknown | unknown
            """,
        ),
    ),
)
