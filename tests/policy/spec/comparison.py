from tests.policy.spec.tables import Chapter, Out, Table

CHAPTER = Chapter(
    "Comparison",
    "What is compared has one type and one unit. Codes and dates too can be equal.",
    (
        Table(
            "A comparison with something unknown is unknown, whatever stands on the other side.",
            "x | y",
            (Out("x < y"), Out("x <= y"), Out("x == y"), Out("x >= y"), Out("x > y"), Out("x != y")),
            """
            1.00    | 2.00    | yes     | yes     | no      | no      | no      | yes
            2.00    | 2.00    | no      | yes     | yes     | yes     | no      | no
            3.00    | 2.00    | no      | no      | no      | yes     | yes     | yes
            unknown | 2.00    | unknown | unknown | unknown | unknown | unknown | unknown
            0.00    | unknown | unknown | unknown | unknown | unknown | unknown | unknown
            unknown | unknown | unknown | unknown | unknown | unknown | unknown | unknown
            """,
        ),
        Table(
            "A chain is joined by `and`.",
            "n",
            (Out("5 <= n < 8"),),
            """
            4       | no
            5       | yes
            7       | yes
            8       | no
            unknown | unknown
            """,
        ),
        Table(
            "A code in a list: written out, or a parameter (here `warm` is `red`).",
            "colour",
            (
                Out("colour == 'red'"),
                Out("colour in ['red', 'blue']"),
                Out("colour in warm"),
                Out("colour not in warm"),
            ),
            """
            red     | yes     | yes     | yes     | no
            blue    | no      | yes     | no      | yes
            green   | no      | no      | no      | yes
            unknown | unknown | unknown | unknown | unknown
            """,
        ),
        Table(
            "`within` takes its boundary from a parameter, because places differ in `<=` and `<` "
            "(here `edge` is `<` and `line` is 7,400).",
            "x",
            (Out("within(x, line, edge)"),),
            """
            7399.99 | yes
            7400.00 | no
            7400.01 | no
            unknown | unknown
            """,
        ),
    ),
)
