"""What makes the pages installable: the manifest in each language, and the service worker with the shell it keeps.

The shell is the static files that every page needs and the page "On this phone", which holds nothing of anybody. Forms
that a person took along lie in the phone's own database, never in this cache.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chunyu.accounts.access import public
from chunyu.ui.offline.pages import start_address

WORKER = "vendor/offline-worker.min.js"
ICONS = (("any", 192), ("any", 512), ("maskable", 512))
SHELL_FILES = (
    "ui/rain.svg",
    "ui/theme.js",
    "ui/tokens.css",
    "ui/frame.css",
    "ui/kit.css",
    "ui/lists.css",
    "ui/print.css",
    "ui/offline.css",
    "ui/kit.js",
    "vendor/tabler.min.css",
    "vendor/htmx.min.js",
    "vendor/offline.min.js",
)
SHELL_TEMPLATES = ("ui/base.html", "ui/offline/shell.html", "ui/offline/phone_body.html", "ui/offline/words.html")
RAIN_GREEN, PAPER = "#2c6a4d", "#faf9f5"


@public
@require_safe
def manifest(request: HttpRequest, language: str) -> JsonResponse:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        said = {
            "id": "/",
            "name": _("Chunyu · on the way"),
            "short_name": _("Chunyu"),
            "description": _("Home visits and other forms, filled in with or without a network."),
            "lang": "en" if language == "en" else "zh-Hans",
            "start_url": start_address(),
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": RAIN_GREEN,
            "icons": [
                {
                    "src": static(f"vendor/icon-{purpose}-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for purpose, size in ICONS
            ]
            + [{"src": static("ui/rain.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        }
    return JsonResponse(said, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it serves every page. The browser asks for it anew and compares it letter by letter."""
    shells = {code: reverse("offline:shell", args=[code]) for code, _label in settings.LANGUAGES}
    told = {"version": version(), "files": [static(name) for name in SHELL_FILES], "shells": shells}
    source = f"self.SHELL = {json.dumps(told, sort_keys=True)};\n{_content(WORKER).decode()}"
    return HttpResponse(source, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def version() -> str:
    """A digest of everything that the shell is made of: another release is another cache."""
    return _version() if not settings.DEBUG else _version.__wrapped__()


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for name in (*SHELL_FILES, WORKER):
        digest.update(static(name).encode() + _content(name))
    for name in SHELL_TEMPLATES:
        digest.update(get_template(name).template.source.encode())
    return digest.hexdigest()[:16]


def _content(name: str) -> bytes:
    path = finders.find(name)
    if not isinstance(path, str):
        raise Http404(f"{name} is not built: python -m chunyu.ui.assets")
    with open(path, "rb") as file:
        return file.read()
