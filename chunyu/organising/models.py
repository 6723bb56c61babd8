"""The union itself: how unions are founded, kept alive and closed, and what is put on file about each."""

from chunyu.organising.archives.tables import ArchiveDocument, ArchivePage
from chunyu.organising.founding.tables import Founding, FoundingFirm
from chunyu.organising.full_time.tables import FullTimePost, PostHolding, TrainingClass, TrainingTaken
from chunyu.organising.grants.tables import GrantPlan, GrantShare, GrantTransfer, GrantUse
from chunyu.organising.grid.tables import CellKeeper, CellPlace, GridCell
from chunyu.organising.shells.tables import ContactAttempt, ShellInquiry, ShellSignal

__all__ = [
    "ArchiveDocument",
    "ArchivePage",
    "CellKeeper",
    "CellPlace",
    "ContactAttempt",
    "Founding",
    "FoundingFirm",
    "FullTimePost",
    "GrantPlan",
    "GrantShare",
    "GrantTransfer",
    "GrantUse",
    "GridCell",
    "PostHolding",
    "ShellInquiry",
    "ShellSignal",
    "TrainingClass",
    "TrainingTaken",
]
