"""An address that prints: a POST, because whoever takes personal data away on paper is put on record."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from django.db import models, transaction
from django.http import HttpResponse

from chunyu.audit.record import record
from chunyu.printing.paper import Form, pdf
from chunyu.ui.pages import StaffPage


class PrintPage(StaffPage):
    """Answers with the PDF, to be read in the browser and printed or kept from there. `event` goes on record."""

    event: ClassVar[str]

    def paper(self) -> tuple[Form, models.Model]:
        """The form, and the object that it is about."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it prints.")

    def act(self) -> HttpResponse:
        form, subject = self.paper()
        content = pdf(form)
        with transaction.atomic():
            record(self.acting, self.event, subject, "masked" if form.masked else "")
        name = quote(f"{form.title()}-{form.number}.pdf")
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f"inline; filename*=UTF-8''{name}",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
