"""What the database keeps to know its keys by. The keys themselves are never here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeyMark(models.Model):
    """A known text sealed (or digested) under one key: proof that the keyring at hand is this database's own."""

    key = models.CharField(_("which key"), max_length=8, unique=True)
    mark = models.BinaryField()

    class Meta:
        verbose_name = _("key mark")

    def __str__(self) -> str:
        return self.key
