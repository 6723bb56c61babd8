"""Row keys that exist before the row does: a seal is bound to its row, so the key is made in the program."""

import secrets
import time
import uuid


def row_key() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): milliseconds first, so that rows made together lie together on disk."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def row_keys(count: int) -> list[str]:
    """Many keys at once, written as text."""
    head = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{head[:8]}-{head[8:]}-7"
    tails = secrets.token_hex(10 * count)
    return [
        f"{head}{tail[:3]}-{'89ab'[int(tail[3], 16) & 3]}{tail[4:7]}-{tail[7:19]}"
        for tail in (tails[at : at + 20] for at in range(0, 20 * count, 20))
    ]
