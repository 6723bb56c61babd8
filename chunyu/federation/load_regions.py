"""Loading regions from a checked-in file, with their days and successors."""

import csv
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

from django.db import transaction

from chunyu.federation.models import Region

HEBEI = files("chunyu.federation") / "data" / "hebei-regions.csv"


@transaction.atomic
def load_regions(source: Traversable = HEBEI) -> int:
    """Bring the regions of a file into the table; the number of rows read. Loading again changes nothing.

    The file names parents before children. A row is known by its code and first day. Its parent, and each of its
    successors, is the entry of that code on the day in question.
    """
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    loaded = [(_region(row), row) for row in rows]
    for region, row in loaded:
        if row["successor_codes"]:
            codes = row["successor_codes"].split()
            found = list(Region.objects.as_of(region.valid_to).filter(code__in=codes))
            if len(found) != len(codes):
                raise ValueError(f"{source.name}: {region.code} {region.name} names a successor that is not there.")
            region.successors.set(found)
    return len(rows)


def _region(row: dict[str, str]) -> Region:
    first_day = date.fromisoformat(row["valid_from"])
    parent = None
    if row["parent_code"]:
        parent = Region.objects.as_of(first_day).get(code=row["parent_code"])
    region, _ = Region.objects.update_or_create(
        code=row["code"],
        valid_from=first_day,
        defaults={
            "name": row["name"],
            "level": row["level"],
            "kind": row["kind"],
            "parent": parent,
            "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            "source": row["source"],
        },
    )
    return region
