"""Pages that show a row of another subtree, because their own query says who may see it."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from chunyu.ui.pages import StaffPage
from chunyu.wall.scope import beyond_scope


class LooksBeyond(StaffPage):
    """The second wall is down for the whole page, its template included; the first one is all that it has."""

    looks_beyond: str  # one of chunyu.wall.scope.BEYOND

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with beyond_scope(self.looks_beyond):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
            elif isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
                response.streaming_content = list(response)
        return response
