"""A file goes with the row that was to name it: what a refusal undid is swept from the vault, and nothing else."""

import os
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions
from chunyu.casework.models import Document
from chunyu.privacy import vault
from chunyu.privacy.fields import VaultNameField
from chunyu.privacy.keyring import keyring
from chunyu.privacy.sweeping import naming_fields, sweep
from chunyu.registry.tasks import sweep_vault
from chunyu.running.places import Places
from tests.casework.applications import CHAIR, PDF, Walk
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_home(tmp_path, settings):
    keyring()  # of the installation: only the folder is another
    settings.PLACES = Places(tmp_path)


def age(settings, days: float) -> None:
    """Let every file of the vault have been written so many days ago."""
    then = (timezone.now() - timedelta(days=days)).timestamp()
    for name in vault.names():
        os.utime(settings.PLACES.vault / name[-2:] / name, (then, then))


def attached_and_refused(case, caseworker) -> None:
    """A document is kept, and a later refusal of the same transaction undoes its row."""

    @transaction.atomic
    def both() -> None:
        actions.attach_document(caseworker, case, kind="application", name="undone.pdf", content=PDF + b"undone")
        raise Refusal("later", code="later")

    with pytest.raises(Refusal):
        both()


def test_what_a_later_refusal_undid_is_swept_and_what_a_row_names_stays(settings):
    walk = Walk(county())
    case, caseworker = walk.case, walk.acting(CHAIR)
    kept = actions.attach_document(caseworker, case, kind="application", name="kept.pdf", content=PDF)
    named, rows = set(vault.names()), Document.objects.count()
    attached_and_refused(case, caseworker)
    assert Document.objects.count() == rows
    assert len(set(vault.names()) - named) == 1
    age(settings, 1.1)
    assert sweep(timezone.now()) == 1
    assert set(vault.names()) == named
    assert actions.download(caseworker, kept) == PDF
    assert sweep(timezone.now()) == 0


def test_a_young_file_may_still_wait_for_its_row(settings):
    walk = Walk(county())
    case, caseworker = walk.case, walk.acting(CHAIR)
    named = set(vault.names())
    attached_and_refused(case, caseworker)
    age(settings, 0.9)
    assert sweep(timezone.now()) == 0
    assert len(set(vault.names()) - named) == 1


def test_every_column_that_names_a_file_is_asked():
    asked = {f"{field.model._meta.label}.{field.name}" for field in naming_fields()}
    named_so = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField) and field.name in ("stored", "vault_name")
    }
    assert named_so <= asked
    assert {f"registry.ImportBatch.{name}" for name in ("file", "findings", "result", "before")} <= asked
    assert all(isinstance(field, VaultNameField) for field in naming_fields())


def test_it_is_a_job_of_every_night():
    assert sweep_vault.name == "registry.sweep_vault"
    assert "registry.sweep_vault" in {
        each.task.name for each in sweep_vault.blueprint.periodic_registry.periodic_tasks.values()
    }
