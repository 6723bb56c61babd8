from tests.policy.spec.tables import Chapter, Table, money

VERSIONS = """
[[household.grace]]
label = "免计"
label_en = "grace"
type = "money"
unit = "yuan/year"
formula = "0.10 * x"
source = "旧文件"
valid_to = 2024-12-31

[[household.grace]]
label = "免计"
label_en = "grace"
type = "money"
unit = "yuan/year"
formula = "0.20 * x"
source = "新文件"
valid_from = 2025-01-01
"""

CHAPTER = Chapter(
    "Versions of rules",
    """
A rule may be written several times with `[[household.name]]`, each with its own validity; the days may not overlap.
The version in force on the date of application holds, and a decision once made is not restated. Where no version is
in force, the decision stops with a sentence.
""",
    (
        Table(
            "The version of the day.",
            "date | x",
            (money("grace"), money("x - grace")),
            """
            2024-12-31 | 100.00  | 10.00   | 90.00
            2025-01-01 | 100.00  | 20.00   | 80.00
            2025-01-01 | unknown | unknown | unknown
            """,
            rules=VERSIONS,
        ),
    ),
)
