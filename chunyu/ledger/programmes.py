"""The programmes for which money can be earmarked: those of every rulebook, also of one still to come into force."""

from chunyu.rulebooks.in_force import every_pack


def known_programmes() -> dict[str, str]:
    """Code and Chinese name of every programme in any rulebook; the newest rulebook's name counts."""
    oldest_first = reversed(every_pack())
    return {code: programme.label.zh for pack in oldest_first for code, programme in sorted(pack.programmes.items())}
