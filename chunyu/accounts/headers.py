"""What every answer says to the browser, and which requests are answered at all."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
SAID = {
    # Families' illness and income must not stay behind on a computer that several people use.
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Headers:
    """Headers that a page has not set itself; static files, which hold nothing of anybody, are answered before this."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)
        for name, value in SAID.items():
            response.headers.setdefault(name, value)
        return response


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind a proxy, what the proxy itself saw and wrote last. What a client writes there
    before it counts for nothing, else whoever tries passwords would choose a new address each time.
    """
    if settings.BEHIND_TLS:
        seen = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if seen:
            return seen
    return str(request.META.get("REMOTE_ADDR", ""))
