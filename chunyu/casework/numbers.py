"""Case numbers: the county's initials, the year, and a serial without gaps or doubles (YR-2026-000731)."""

from collections.abc import Iterator
from itertools import count

from django.db import IntegrityError, transaction
from pypinyin import Style, lazy_pinyin

from chunyu.casework.models import NumberSeries
from chunyu.federation.models import Organisation

ENDINGS = ("自治县", "县", "区", "市")


def next_number(organisation: Organisation, year: int) -> str:
    """Take the county's next number. The series stays locked until the surrounding transaction ends, so that two
    openings at once get two numbers and a rolled-back one leaves no gap."""
    county = organisation.county() or organisation
    series = _series(county, year)
    series = NumberSeries.objects.select_for_update(of=("self",)).get(pk=series.pk)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{series.prefix}-{year}-{series.last:06d}"


def _series(county: Organisation, year: int) -> NumberSeries:
    for prefix in _prefixes(county):
        held = NumberSeries.objects.filter(county=county, year=year).first()
        if held:
            return held
        try:
            # Committed or not, another county's claim on the letters is waited for and respected.
            with transaction.atomic():
                return NumberSeries.objects.create(county=county, year=year, prefix=prefix)
        except IntegrityError:
            continue
    raise AssertionError("the prefixes never end")


def _prefixes(county: Organisation) -> Iterator[str]:
    """The letters used before; else the place's pinyin initials, then the same with a figure."""
    before = NumberSeries.objects.filter(county=county).order_by("-year").first()
    if before:
        yield before.prefix
    name = county.region.name
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            name = name.removesuffix(ending)
            break
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore"))[:6].upper() or "X"
    yield letters
    for figure in count(2):
        yield f"{letters}{figure}"
