"""Model fields for values that must never stand in clear in the database.

    id_number = SealedTextField()
    id_number_index = BlindIndexField(of="id_number", purpose="id-number")

Reading gives a `Sealed`, which prints as dots; `.reveal()` opens it. Assigning takes text, None or a `Sealed`; the
empty text is kept as None. The row's primary key is part of the context, so it is made before the first save: such
models have a UUID key (chunyu.privacy.row_key).

A sealed field is found by its blind index alone, `Person.objects.filter(id_number_index="139999…")`: the index field
takes the text and digests it. `save(update_fields=…)` and `bulk_update` write the fields that they name and no other:
name the index beside the sealed field.
"""

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from chunyu.privacy.sealing import blind_index, seal, unseal

DOTS = "••••"


class Sealed:
    """A personal value at rest in its row. Equal only when revealed texts are equal.

    Whatever copies or stores it (pickle, a cache, a job's arguments) gets the sealed form, never the text.
    """

    __slots__ = ("_blob", "_context", "_plain")

    def __init__(self, context: str, *, plain: str | None = None, blob: bytes | None = None) -> None:
        self._context, self._plain, self._blob = context, plain, blob

    @property
    def context(self) -> str:
        """The table, field and row that it is sealed to."""
        return self._context

    def reveal(self) -> str:
        if self._plain is None:
            assert self._blob is not None
            self._plain = unseal(self._blob, self._context).decode()
        return self._plain

    def at_rest(self) -> bytes:
        if self._blob is None:
            assert self._plain is not None
            self._blob = seal(self._plain.encode(), self._context)
        return self._blob

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sealed):
            return self.reveal() == other.reveal()
        return NotImplemented

    def __hash__(self) -> int:
        # Equal texts in different rows are equal, and a digest of the text would give it away.
        return hash(Sealed)

    def __reduce__(self) -> tuple[Any, ...]:
        return _at_rest, (self._context, self.at_rest())

    def __str__(self) -> str:
        return DOTS

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __repr__(self) -> str:
        return f"<Sealed {self._context.rsplit(':', 1)[0]}>"


def _at_rest(context: str, blob: bytes) -> Sealed:
    return Sealed(context, blob=blob)


class _SealedAttribute(DeferredAttribute):
    """Turns what the row holds into a Sealed bound to the row, when it is read."""

    field: "SealedTextField"

    def __get__(self, row: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        held = super().__get__(row, cls)  # fetches what was deferred
        if row is None or held is None or isinstance(held, Sealed):
            return held
        sealed = Sealed(self.field.context(row), blob=bytes(held))
        row.__dict__[self.field.attname] = sealed
        return sealed

    def __set__(self, row: models.Model, value: Any) -> None:
        if isinstance(value, Sealed) and value.context != self.field.context(row):
            value = value.reveal()
        if isinstance(value, str):
            value = Sealed(self.field.context(row), plain=value) if value else None
        row.__dict__[self.field.attname] = value


class SealedTextField(models.BinaryField):
    """Text sealed under the keyring, its table, field and row as authenticated context."""

    descriptor_class = _SealedAttribute

    def pre_save(self, row: models.Model, add: bool) -> Sealed | None:
        """Sealed to the row as it is saved: a copy under a new key is sealed anew, or it would never open again."""
        setattr(row, self.attname, getattr(row, self.attname))
        return getattr(row, self.attname)

    def get_lookup(self, lookup_name: str) -> Any:
        # "exact" is how a None is asked for, and triggers compare the sealed bytes; a text is refused below.
        if lookup_name not in {"isnull", "exact", "df", "ndf"}:
            raise FieldError(f"{self.name} is sealed: look it up by its blind index.")
        return super().get_lookup(lookup_name)

    def context(self, row: models.Model) -> str:
        if row.pk is None:
            raise FieldError(f"{self.model.__name__}.{self.name} is sealed to its row: give the row a key first.")
        return f"{self.model._meta.db_table}:{self.name}:{row.pk}"

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            raise FieldError(f"{self.name} is sealed: look it up by its blind index.")
        return super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(value.at_rest() if isinstance(value, Sealed) else value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError("Sealed values are not serialised.")


class BlindIndexField(models.BinaryField):
    """The keyed digest of a sealed field of the same row, kept in step at every save.

    `purpose` keeps equal values of different meaning apart; fields that are compared share one. Filtering by text
    digests it under the field's own purpose.
    """

    def __init__(self, *args: Any, of: str, purpose: str, **kwargs: Any) -> None:
        if not purpose or "\0" in purpose:
            raise ValueError("A blind index states its purpose.")
        self.of, self.purpose = of, purpose
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of, "purpose": self.purpose}

    def pre_save(self, row: models.Model, add: bool) -> bytes | None:
        sealed = getattr(row, self.of)
        digest = None if sealed is None else self.of_value(sealed.reveal(), self.purpose)
        setattr(row, self.attname, digest)
        return digest

    def get_prep_value(self, value: Any) -> Any:
        return self.of_value(value, self.purpose) if isinstance(value, str) else super().get_prep_value(value)

    @staticmethod
    def of_value(value: str, purpose: str) -> bytes:
        return blind_index(value, purpose)


class VaultNameField(models.CharField):
    """The name of a file in the vault. What no such column names is swept away: a file is named here or not kept.

    In the migrations it is the text that it is in the database.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 32} | kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
