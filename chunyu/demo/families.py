"""Fictional families with a realistic spread, the same ones each time for the same seed.

Each family is made backwards: a category is drawn, then a net income per head that lies in it, then spending by its
cause, and the incomes that make the sum come out. Who is found to be what is not decided here but by the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from chunyu.registry.actions import Person
from chunyu.registry.identity import check_character
from chunyu.registry.queries import Value

REGION = "139999"  # not assigned to any place
SIZES = {1: 12, 2: 24, 3: 34, 4: 20, 5: 8, 6: 2}
# What the family is made to come out as, per thousand.
INTENTIONS = {"deep": 330, "relative": 510, "accidental": 45, "unknown": 75, "none": 40}
CAUSES = {
    "major_illness": 34, "child_schooling": 20, "laid_off": 16, "able_unemployed": 8, "no_work_ability": 7,
    "benefits_unfulfilled": 4, "no_social_insurance": 4, "accident": 3, "natural_disaster": 2, "other": 2,
}  # fmt: skip
ILLNESSES = {
    "cancer": 20, "uremia": 16, "stroke": 14, "heart": 14, "diabetes": 10, "tumour": 8, "lung": 6, "liver": 6,
    "mental": 4, "blood": 2,
}  # fmt: skip
EVENTS = {"sudden_illness": 40, "traffic_accident": 20, "accident": 15, "work_accident": 15, "natural_disaster": 10}
EVENT_CAUSE = {"sudden_illness": "major_illness", "natural_disaster": "natural_disaster"}
HOUSING = {
    "commercial": 30, "self_built": 24, "rented": 18, "work_unit": 12, "affordable": 8, "low_rent": 6, "none": 2
}  # fmt: skip
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    "夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = {
    "1": [
        "建国", "志强", "永刚", "海涛", "卫东", "文斌", "春生", "立军", "玉林", "德福", "长河", "明亮", "向前", "守田",
        "宏伟", "浩然", "子轩", "宇航", "俊杰", "天佑", "建平", "学文", "大勇", "青山", "国梁", "思远", "刚", "磊",
    ],
    "2": [
        "秀英", "桂兰", "丽华", "春梅", "红霞", "玉珍", "淑芬", "晓燕", "海燕", "静怡", "雅琴", "雨桐", "欣怡", "梓涵",
        "诗雨", "凤英", "翠平", "小敏", "文静", "美玲", "秋菊", "冬梅", "素云", "巧珍", "若兰", "思雨", "梅", "芳",
    ],
}  # fmt: skip
SCHOOLS = (
    (3, 6, "other", "幼儿园"), (6, 12, "primary", "中心小学"), (12, 15, "junior", "实验中学"),
    (15, 18, "senior", "第一中学"), (18, 22, "undergraduate", "春雨师范学院"),
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """One household as its archive form states it. Money is in fen."""

    worker: Person
    members: tuple[Person, ...]
    opened_on: date
    causes: tuple[str, ...]
    facts: dict[str, Value]
    facts_of_people: dict[str, dict[str, Value]]
    details: dict[str, Value]
    # What a register says of the worker's monthly income where it is not what the family stated.
    matched_income: int | None = None


@dataclass
class Families:
    """Makes families of one county, whose living standard is `standard` fen a head and month."""

    random: Random
    county: str
    townships: tuple[str, ...]
    standard: int
    day: date
    # Numbers given already, in all counties: nobody is on two files.
    taken: set[str] = field(default_factory=set)

    def make(self, count: int) -> Iterator[Family]:
        intentions = _shares(INTENTIONS, count)
        self.random.shuffle(intentions)
        sizes = _shares(SIZES, count)
        self.random.shuffle(sizes)
        for intention, size in zip(intentions, sizes, strict=True):
            yield self._family(intention, size)

    def _family(self, intention: str, size: int) -> Family:
        opened = self.day - timedelta(days=self.random.randint(60, 420))
        event = self._pick(EVENTS) if intention == "accidental" else None
        cause = EVENT_CAUSE.get(event, "accident") if event else self._pick(CAUSES)
        people, ages = self._people(size, cause, opened)
        spending = self._spending(cause, people, intention)
        net = self._net_per_head(intention) * size * 12
        incomes, other = self._incomes(max(0, net + sum(spending.values())), ages, opened)
        facts: dict[str, Value] = {**spending, "other_income_12m": other, "main_cause": cause} | self._property(
            intention
        )
        if event:
            # The loss leaves the family under the line although its income lies above both.
            facts |= {"event": event, "event_loss_after_compensation": _ten(net - self.standard * size * 10)}
        elif cause in {"major_illness", "accident", "natural_disaster"}:
            facts["event"] = "none"
        worker = people[0]
        matched = None
        if self.random.random() < 0.03 and incomes[0] > 0:
            matched = incomes[0] + _ten(self.random.randint(20_000, 120_000))
        return Family(
            worker=worker,
            members=tuple(people[1:]),
            opened_on=opened,
            causes=(cause,) if self.random.random() < 0.6 else (cause, self._other_cause(cause)),
            facts=facts,
            facts_of_people={
                person.id_number: self._facts_of(person, income, age, cause)
                for person, income, age in zip(people, incomes, ages, strict=True)
            },
            details=self._details(alone_with_child=worker.marital != "20" and any(age < 18 for age in ages)),
            matched_income=matched,
        )

    def _people(self, size: int, cause: str, opened: date) -> tuple[list[Person], list[int]]:
        """The worker and those who live with them, in the order of the form; and their ages."""
        random = self.random
        age = random.randint(27, 58)
        sex = random.choice("12")
        married = size > 1 and random.random() < 0.82
        surname = self._surname()
        worker = self._person(
            sex, age, "01", surname, opened, marital="20" if married else random.choice(["10", "30", "40"])
        )
        people, ages = [worker], [age]
        if married:
            partner = max(22, age + random.randint(-4, 4))
            people.append(self._person("21"[int(sex) - 1], partner, "10", self._surname(), opened, marital="20"))
            ages.append(partner)
        while len(people) < size:
            child = age - random.randint(23, 32)
            if random.random() < 0.75 and 0 <= child <= 24:
                own = random.choice("12")
                family_name = surname if sex == "1" else people[1].name[0] if married else surname
                people.append(self._person(own, child, "20" if own == "1" else "30", family_name, opened))
                ages.append(child)
            else:
                old = age + random.randint(22, 30)
                own = random.choice("12")
                people.append(self._person(own, old, "51" if own == "1" else "52", surname, opened, marital="20"))
                ages.append(old)
        return people, ages

    def _person(self, sex: str, age: int, relation: str, surname: str, opened: date, marital: str = "") -> Person:
        random = self.random
        worker = relation == "01"
        school = (
            next((each for each in SCHOOLS if each[0] <= age < each[1]), None) if relation in {"20", "30"} else None
        )
        return Person(
            name=surname + random.choice(GIVEN[sex]),
            id_number=self.id_number(opened, age, sex),
            relation=relation,
            phone=f"1390000{random.randint(0, 9999):04d}" if worker else "",
            address=f"{self.county}{random.choice(self.townships)}春雨路{random.randint(1, 260)}号" if worker else "",
            ethnic_group=random.choices(["01", "11", "03", "02"], [90, 6, 3, 1])[0],
            marital=marital or ("10" if age < 22 else "20"),
            register_kind=random.choices(["urban", "rural", "resident"], [62, 28, 10])[0],
            political_status="13" if random.random() < 0.85 else "01",
            medical_insurance="职工医保" if worker else "居民医保",
            school_or_unit=f"{self.county if school[0] < 18 else ''}{school[3]}" if school else "",
        )

    def id_number(self, opened: date, age: int, sex: str) -> str:
        """A valid number of nobody: an odd order is a man's, an even one a woman's."""
        while True:
            birth = date(opened.year - age, 1, 1) + timedelta(days=self.random.randint(0, 364))
            order = self.random.randint(1, 499) * 2 - (1 if sex == "1" else 0)
            first = f"{REGION}{birth:%Y%m%d}{order:03d}"
            number = first + check_character(first)
            if number not in self.taken:
                self.taken.add(number)
                return number

    def worker(self, day: date) -> Person:
        """Somebody at work whose family is not on file."""
        return self._person(self.random.choice("12"), self.random.randint(20, 58), "01", self._surname(), day)

    def _surname(self) -> str:
        return self.random.choice(SURNAMES)

    def _spending(self, cause: str, people: list[Person], intention: str) -> dict[str, int]:
        random = self.random
        ill = cause == "major_illness" or random.random() < 0.18
        students = sum(1 for person in people if person.school_or_unit)
        disabled = cause == "no_work_ability"
        poor = 1 if intention != "none" else 0.4
        return {
            "medical_spending_12m": _hundred(random.lognormvariate(9.6, 0.6) * 100 * poor) if ill else 0,
            "education_spending_12m": _hundred(students * random.randint(150_000, 900_000)) if students else 0,
            "housing_spending_12m": _hundred(random.randint(300_000, 900_000)) if random.random() < 0.18 else 0,
            "disability_spending_12m": _hundred(random.randint(200_000, 1_200_000)) if disabled else 0,
            "other_rigid_spending_12m": _hundred(random.randint(100_000, 500_000)) if random.random() < 0.06 else 0,
        }

    def _net_per_head(self, intention: str) -> int:
        """Monthly net income per head in fen, where the intention lies against the living standard."""
        low, high, usual = {
            "deep": (-0.5, 0.99, 0.72),
            "unknown": (0.1, 0.98, 0.75),
            "relative": (1.02, 1.98, 1.4),
            "accidental": (2.05, 2.9, 2.2),
            "none": (2.05, 3.4, 2.4),
        }[intention]
        return _ten(self.random.triangular(low, high, usual) * self.standard)

    def _incomes(self, year: int, ages: list[int], opened: date) -> tuple[list[int], int]:
        """Monthly incomes that make up most of a yearly sum, and the rest as other income of the household."""
        weights = [self._weight(place, age) for place, age in enumerate(ages)]
        share = self.random.choice([1.0, 1.0, 0.95, 0.9])
        monthly = year * share / 12
        incomes = [int(monthly * weight / sum(weights)) // 1000 * 1000 for weight in weights]
        return incomes, year - sum(incomes) * 12

    def _weight(self, place: int, age: int) -> float:
        if age < 18:
            return 0.0
        if place == 0:
            return 1.0
        if age >= 60:
            return self.random.choice([0.15, 0.4])
        return self.random.choice([0.0, 0.0, 0.5, 0.8]) if age > 22 else 0.0

    def _facts_of(self, person: Person, income: int, age: int, cause: str) -> dict[str, Value]:
        school = _school(age) if person.school_or_unit else None
        facts: dict[str, Value] = {
            "income_month": income,
            "is_student": school is not None and age >= 6,
            "work_status": self._work_status(person, income, age, cause),
        }
        if school and age >= 6:
            facts["school_level"] = school[2]
        if person.relation == "01":
            facts["is_union_member"] = True
            facts["illness"] = self._pick(ILLNESSES) if cause == "major_illness" else "none"
            if cause == "no_work_ability":
                facts["illness"] = "disabled"
        elif age >= 60 and self.random.random() < 0.4:
            facts["illness"] = self._pick({"hypertension": 5, "diabetes": 3, "heart": 2, "stroke": 1})
        return facts

    def _work_status(self, person: Person, income: int, age: int, cause: str) -> str:
        if age < 6:
            return "preschool"
        if person.school_or_unit or age < 16:
            return "student"
        if age >= 60:
            return "retired"
        if person.relation == "01":
            return {"laid_off": "laid_off", "able_unemployed": "unemployed", "no_work_ability": "sick_leave"}.get(
                cause, self.random.choice(["employed", "employed", "employed", "migrant"])
            )
        return "employed" if income else "unemployed"

    def _property(self, intention: str) -> dict[str, Value]:
        facts: dict[str, Value] = {"homes": self.random.choices([0, 1, 2], [30, 67, 3])[0]}
        if facts["homes"] == 2:
            facts["over_local_average_area"] = self.random.random() < 0.3
        if intention == "unknown":
            return facts  # the vehicle was not asked about: no row, so nobody may read a "no"
        facts["has_vehicle"] = self.random.random() < 0.02
        if facts["has_vehicle"]:
            facts["vehicle_for_disability"] = self.random.random() < 0.4
        return facts

    def _details(self, alone_with_child: bool) -> dict[str, Value]:
        first = f"62000000{self.random.randint(0, 9_999_999_999):010d}"
        return {
            "housing_kind": self._pick(HOUSING),
            "floor_area": self.random.randint(28, 118),
            "single_parent": alone_with_child,
            "bank_name": "春雨农商银行",
            "bank_card": first + _luhn(first),
        }

    def _other_cause(self, main: str) -> str:
        while (other := self._pick(CAUSES)) == main:
            pass
        return other

    def _pick(self, weights: dict[str, int]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]


def _school(age: int) -> tuple[int, int, str, str] | None:
    return next((each for each in SCHOOLS if each[0] <= age < each[1]), None)


def _shares(weights: dict, count: int) -> list:
    """`count` values in the proportion of their weights, the largest remainders rounded up."""
    total = sum(weights.values())
    exact = {value: count * weight / total for value, weight in weights.items()}
    shares = {value: int(share) for value, share in exact.items()}
    largest = sorted(exact, key=lambda value: exact[value] - shares[value], reverse=True)
    for value in largest[: count - sum(shares.values())]:
        shares[value] += 1
    return [value for value, share in shares.items() for _ in range(share)]


def _ten(fen: float) -> int:
    """Whole tens of yuan."""
    return round(fen / 1000) * 1000


def _hundred(fen: float) -> int:
    """Whole hundreds of yuan."""
    return round(fen / 10_000) * 10_000


def _luhn(digits: str) -> str:
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(digits[::-1])
    )
    return str(-total % 10)
