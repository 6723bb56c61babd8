"""Which kind of file it is, told by its content; its name proves nothing."""

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal

SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
ENDS = {
    "application/pdf": (b"%%EOF", 2048),
    "image/jpeg": (b"\xff\xd9", 4096),
    "image/png": (b"IEND", 64),
}
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def content_type_of(content: bytes) -> str:
    """The type of a PDF, JPEG or PNG that begins and ends as one; anything else is a Refusal."""
    if not content:
        raise Refusal(_("The file is empty. Choose another one."), code="empty")
    for signature, content_type in SIGNATURES.items():
        if content.startswith(signature):
            mark, within = ENDS[content_type]
            if mark not in content[-within:]:
                raise Refusal(_("The file is cut off: its end is missing. Scan or send it again."), code="cut off")
            return content_type
    raise Refusal(_("Only PDF, JPEG and PNG files can be kept. Photograph or scan the paper."), code="type")
