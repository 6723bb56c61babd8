from tests.policy.spec.tables import Chapter, Out, Table

CHAPTER = Chapter(
    "Truth",
    "One failed condition decides although others are unknown, and one unknown never decides.",
    (
        Table(
            "`and` is no as soon as one part is no, `or` is yes as soon as one is yes, `not` of unknown is unknown.",
            "a | b",
            (Out("a and b"), Out("a or b"), Out("not a")),
            """
            yes     | yes     | yes     | yes      | no
            yes     | no      | no      | yes      | no
            yes     | unknown | unknown | yes      | no
            no      | yes     | no      | yes      | yes
            no      | no      | no      | no       | yes
            no      | unknown | no      | unknown  | yes
            unknown | yes     | unknown | yes      | unknown
            unknown | no      | no      | unknown  | unknown
            unknown | unknown | unknown | unknown  | unknown
            """,
        ),
    ),
)
