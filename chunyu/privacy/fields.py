"""Model fields for values that must never stand in clear in the database.

    id_number = SealedTextField()
    id_number_index = BlindIndexField(of="id_number", purpose="id-number")

Reading gives a `Sealed`, which prints as dots; `.reveal()` opens it. Assigning takes text, None or a `Sealed`. The
row's primary key is part of the context, so it must be set before the first save: such models have a UUID key.
"""

from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from chunyu.privacy.sealing import blind_index, seal, unseal

DOTS = "••••"


class Sealed:
    """A personal value at rest in its row. Equal only when revealed texts are equal."""

    __slots__ = ("_blob", "_context", "_plain")

    def __init__(self, context: str, *, plain: str | None = None, blob: bytes | None = None) -> None:
        self._context, self._plain, self._blob = context, plain, blob

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
        return hash(self._context)

    def __str__(self) -> str:
        return DOTS

    def __repr__(self) -> str:
        return f"<Sealed {self._context.rsplit(':', 1)[0]}>"


class _SealedAttribute:
    """Turns what the row holds into a Sealed bound to the row, when it is read."""

    def __init__(self, field: "SealedTextField") -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type | None = None) -> Any:
        if row is None:
            return self
        held = row.__dict__.get(self.field.attname)
        if held is None or isinstance(held, Sealed):
            return held
        sealed = Sealed(self.field.context(row), blob=bytes(held))
        row.__dict__[self.field.attname] = sealed
        return sealed

    def __set__(self, row: models.Model, value: Any) -> None:
        if isinstance(value, Sealed):
            value = value.reveal()
        if isinstance(value, str):
            value = Sealed(self.field.context(row), plain=value) if value else None
        row.__dict__[self.field.attname] = value


class SealedTextField(models.BinaryField):
    """Text sealed under the keyring, its table, field and row as authenticated context."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SealedAttribute(self))

    def context(self, row: models.Model) -> str:
        if row.pk is None:
            raise FieldError(f"{self.model.__name__}.{self.name} is sealed to its row: give the row a key first.")
        return f"{self.model._meta.db_table}:{self.name}:{row.pk}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise FieldError(f"{self.name} is sealed: look it up by its blind index.")
        return super().get_db_prep_value(value.at_rest() if isinstance(value, Sealed) else value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError("Sealed values are not serialised.")


class BlindIndexField(models.BinaryField):
    """The keyed digest of a sealed field of the same row, kept in step at every save.

    `purpose` keeps equal values of different meaning apart. Look up with `BlindIndexField.of_value(text, purpose)`.
    """

    def __init__(self, *args: Any, of: str, purpose: str, **kwargs: Any) -> None:
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

    @staticmethod
    def of_value(value: str, purpose: str) -> bytes:
        return blind_index(value, purpose)
