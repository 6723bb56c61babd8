"""The digest of frozen facts: of what they say, whatever the size of the batches and the order of the parts they were
written in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NOTHING, END = "\1", "\0"  # neither occurs in a code or an id


class PartDigest:
    """Takes the batches of one part in the order of its households; batches of any size give the same digest."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[Any, Any]] = {}

    def add(self, kind: str, batch: pa.Table) -> None:
        """One batch of a table; `kind` tells the part's tables apart."""
        for name in batch.column_names:
            known, values = self._columns.setdefault(f"{kind}/{name}", (hashlib.sha256(), hashlib.sha256()))
            column = batch[name]
            known.update(pc.cast(column.is_valid(), pa.uint8()).to_numpy().tobytes())
            values.update(_bytes(column))

    def hexdigest(self) -> str:
        whole = hashlib.sha256()
        for name, parts in sorted(self._columns.items()):
            whole.update(name.encode() + END.encode())
            for part in parts:
                whole.update(part.digest())
        return whole.hexdigest()


def whole_digest(day: str, chains: Mapping[str, tuple[str, ...]], parts: Mapping[str, str]) -> str:
    """The digest of all parts with the day and the places that they were frozen for."""
    whole = hashlib.sha256(day.encode())
    for region, digest in sorted(parts.items()):
        whole.update(f"\n{region} {' '.join(chains[region])} {digest}".encode())
    return whole.hexdigest()


def _bytes(column: pa.ChunkedArray) -> bytes:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind):
        return "".join(f"{NOTHING if text is None else text}{END}" for text in column.to_pylist()).encode()
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    return pc.fill_null(column, pa.scalar(0, column.type)).to_numpy().tobytes()
