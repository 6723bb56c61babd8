"""That a decision was frozen: its digest, and where the sealed file lies."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from chunyu.casework.models import Decision
from chunyu.federation.models import Scoped
from chunyu.privacy.fields import VaultNameField
from chunyu.privacy.row_key import row_key


class DecisionFile(Scoped):
    """One frozen decision. The file lies sealed in the vault; its digest stands on every print."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="file")
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    stored = VaultNameField(unique=True)
    made_on = models.DateField(_("frozen on"))

    class Meta:
        verbose_name = _("decision file")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="decision_file_has_a_digest",
                violation_error_message=_("A digest has 64 hexadecimal digits."),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="decision_file_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="decision_file_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
