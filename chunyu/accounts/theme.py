"""Light, dark, or as the device says: a choice kept in a cookie, read by the server so that no page flashes."""

from django.http import HttpRequest

COOKIE = "theme"
YEAR = 365 * 24 * 3600
AUTO, LIGHT, DARK = "auto", "light", "dark"
THEMES = (AUTO, LIGHT, DARK)


def theme_of(request: HttpRequest | None) -> str:
    chosen = request.COOKIES.get(COOKIE, AUTO) if request else AUTO
    return chosen if chosen in THEMES else AUTO
