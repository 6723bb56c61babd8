"""The union itself: how unions are founded, kept alive and closed, and what is put on file about each."""

from chunyu.organising.archives.tables import ArchiveDocument, ArchivePage
from chunyu.organising.founding.tables import Founding, FoundingFirm
from chunyu.organising.shells.tables import ContactAttempt, ShellInquiry, ShellSignal

__all__ = [
    "ArchiveDocument",
    "ArchivePage",
    "ContactAttempt",
    "Founding",
    "FoundingFirm",
    "ShellInquiry",
    "ShellSignal",
]
