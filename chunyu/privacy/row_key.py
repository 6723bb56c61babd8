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
