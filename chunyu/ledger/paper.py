"""Signed papers of cash and goods: which kind of file it is, told by its content; its name proves nothing."""

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal

SIGNATURES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def paper_type(content: bytes, largest: int) -> str:
    """The type of a PDF, JPEG or PNG of a bearable size; anything else is a Refusal."""
    if not content:
        raise Refusal(_("The receipt is missing. Photograph or scan the signed paper."), code="ledger_paper_empty")
    if len(content) > largest:
        raise Refusal(_("The file is larger than 12 MB. Scan it in grey or in parts."), code="ledger_paper_size")
    for signature, content_type in SIGNATURES.items():
        if content.startswith(signature):
            return content_type
    raise Refusal(
        _("Only PDF, JPEG and PNG files can be kept. Photograph or scan the paper."), code="ledger_paper_type"
    )
