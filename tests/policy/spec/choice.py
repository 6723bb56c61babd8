from tests.policy.spec.tables import Chapter, Out, Table, money

CASES = """
[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [ { when = "a", then = "dark" }, { when = "b", then = "light" } ]
otherwise = "none"
source = "测试"
values = { dark = ["深", "dark"], light = ["浅", "light"], none = ["无", "none"] }
"""

CHAPTER = Chapter(
    "Choice",
    "Both branches have one type and one unit.",
    (
        Table(
            "With the condition unknown: the value that both branches agree on, else unknown.",
            "a | x | y",
            (money("x if a else y"),),
            """
            yes     | 1.00    | 2.00    | 1.00
            no      | 1.00    | 2.00    | 2.00
            yes     | 1.00    | unknown | 1.00
            yes     | unknown | 1.00    | unknown
            unknown | 1.00    | 2.00    | unknown
            unknown | 2.00    | 2.00    | 2.00
            unknown | unknown | unknown | unknown
            """,
        ),
        Table(
            "`cases` are tried in order. An open condition blocks the cases after it, unless they give the same.",
            "a | b",
            (Out("shade == 'dark'"), Out("shade == 'light'"), Out("shade == 'none'")),
            """
            yes     | unknown | yes     | no      | no
            no      | yes     | no      | yes     | no
            no      | no      | no      | no      | yes
            unknown | yes     | unknown | unknown | unknown
            unknown | no      | unknown | unknown | unknown
            no      | unknown | unknown | unknown | unknown
            """,
            rules=CASES,
        ),
    ),
)
