"""The site's addresses. Each room keeps its own; workers and the public live under /p/, staff elsewhere."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("chunyu.desk.urls")),
    path("", include("chunyu.ui.offline.urls")),
    path("account/", include("chunyu.accounts.urls")),
    path("registry/", include("chunyu.registry.urls")),
    path("rules/", include("chunyu.rulebooks.urls")),
    path("hardship/", include("chunyu.hardship.urls")),
    path("organising/", include("chunyu.organising.urls")),
    path("voice/", include("chunyu.voice.urls")),
    path("cases/", include("chunyu.casework.urls")),
    path("money/", include("chunyu.ledger.urls")),
    path("staff/", include("chunyu.staff.urls")),
    path("p/", include("chunyu.portal.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("ui/", include("chunyu.ui.urls")))

handler400 = "chunyu.ui.faults.bad_request"
handler403 = "chunyu.ui.faults.forbidden"
handler404 = "chunyu.ui.faults.not_found"
handler500 = "chunyu.ui.faults.broken"
