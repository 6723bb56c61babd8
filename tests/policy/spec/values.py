from tests.policy.spec.tables import Chapter, Out, Table, money

CHAPTER = Chapter(
    "Values and unknown",
    """
| type | written in packs and files | kept as | |
|---|---|---|---|
| `money` | yuan, at most two decimals | whole fen | with a unit, as `yuan/person/month` |
| `count` | whole number | whole number | a unit or none |
| `ratio` | decimal, at most six decimals | millionths | no unit |
| `flag` | `yes`, `no` in CSV; `True`, `False` in formulas, `true`, `false` in JSON | yes or no | |
| `code` | one of a closed list | text | `values` of the fact or rule lists the codes with their labels |
| `date` | 2026-03-06 | day | |

Units are made of `yuan`, `person`, `person_time`, `home`, `household`, `square_metre`, `month`, `year`, `day` and
`time`.

Parameters may also be `codes` (`a|b|c`), a `boundary` (`<=` or `<`), a `table` (`senior=2000; otherwise=0`) and
`brackets` (`2000..10000: 0.5; 10000..50000: 0.6; 50000..: 0.7`). Facts are limited to 10¹³ fen, 10⁹ pieces and 10¹²
millionths.

Several sources may state one fact: `matched` (a register) counts before `verified` (an officer), and that before
`declared` (the applicant); of equals the latest.
""",
    (
        Table(
            "**Unknown is a value of every type.** It never reads as zero or as no: what needs it is unknown.",
            "x | a",
            (money("x"), Out("x == 0"), Out("a"), Out("a or True")),
            """
            5.00    | yes     | 5.00    | no      | yes     | yes
            0.00    | no      | 0.00    | yes     | no      | yes
            unknown | unknown | unknown | unknown | unknown | yes
            """,
        ),
        Table(
            "The strongest statement of a fact counts. `disputed` says whether sources contradict each other.",
            "x",
            (money("x"), Out("disputed(x)")),
            """
            declared 5.00                                | 5.00    | no
            declared 5.00, matched 5.00                  | 5.00    | no
            declared 5.00, verified 6.00                 | 6.00    | yes
            matched 7.00, declared 5.00, verified 6.00   | 7.00    | yes
            unknown                                      | unknown | unknown
            """,
        ),
    ),
)
