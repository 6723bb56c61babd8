"""The programmes for which money can be earmarked: those of the installed rulebooks."""

from chunyu.policy import installed_packs


def known_programmes() -> dict[str, str]:
    """Code and Chinese name of every programme in any rulebook; the newest rulebook's name counts."""
    oldest_first = reversed(installed_packs())
    return {code: programme.label.zh for pack in oldest_first for code, programme in sorted(pack.programmes.items())}
