"""Codes that a person copies from a letter or a screen: sixty bits of chance, and no letter taken for a figure."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """Twelve characters in three groups."""
    letters = "".join(secrets.choice(ALPHABET) for _each in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def as_written(code: str) -> str:
    """A code as it was given out, from whatever case and grouping it was typed in."""
    bare = "".join(each for each in code.upper() if each.isalnum())
    return "-".join((bare[:4], bare[4:8], bare[8:]))
