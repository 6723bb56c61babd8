"""The icons of the installed page, drawn as PNG from the project's own mark (static/ui/rain.svg).

The mark is a rounded square with a few round-capped strokes, so no library of drawing is needed: each pixel's distance
to the strokes says how much of it is covered.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np

DRAWING = Path(__file__).resolve().parent / "static" / "ui" / "rain.svg"
FILES = {
    "icon-any-192.png": (192, False),
    "icon-any-512.png": (512, False),
    "icon-maskable-512.png": (512, True),
}
# A maskable icon is cut to any shape by the phone: the ground fills it all and the mark keeps to its middle.
SAFE = 0.72
Colour = tuple[int, int, int]


def draw_into(folder: Path) -> None:
    for name, (size, maskable) in FILES.items():
        (folder / name).write_bytes(_png(_drawn(size, maskable)))


def _drawn(size: int, maskable: bool) -> np.ndarray:
    """Red, green, blue and alpha for each pixel."""
    side, corner, ground, ink, width, strokes = _mark(DRAWING.read_text(encoding="utf-8"))
    scale = side / size
    axis = (np.arange(size) + 0.5) * scale
    x, y = np.meshgrid(axis, axis)
    square = np.ones((size, size)) if maskable else _covered(_to_square(x, y, side, corner), scale)
    if maskable:
        x, y = ((each - side / 2) / SAFE + side / 2 for each in (x, y))
    away = np.min([_to_stroke(x, y, *stroke) for stroke in strokes], axis=0) - width / 2
    marked = _covered(away, scale / SAFE if maskable else scale)[..., None]
    colours = np.array(ground) * (1 - marked) + np.array(ink) * marked
    return np.dstack([colours, square * 255]).round().astype(np.uint8)


def _mark(svg: str) -> tuple[float, float, Colour, Colour, float, list[tuple[float, float, float, float]]]:
    """Side, corner radius, colours, stroke width, and each stroke as x1, y1, x2, y2; in the drawing's own units."""
    side, corner, ground = re.search(r'<rect width="([\d.]+)"[^>]* rx="([\d.]+)" fill="(#\w+)"', svg).groups()
    ink, width = re.search(r'stroke="(#\w+)" stroke-width="([\d.]+)"', svg).groups()
    strokes, (x, y) = [], (0.0, 0.0)
    for letter, numbers in re.findall(r"([Mvl])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        given = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        if letter == "M":
            x, y = given
            continue
        dx, dy = (0.0, given[0]) if letter == "v" else given
        strokes.append((x, y, x + dx, y + dy))
        x, y = x + dx, y + dy
    return float(side), float(corner), _colour(ground), _colour(ink), float(width), strokes


def _colour(text: str) -> Colour:
    digits = text[1:] if len(text) == 7 else "".join(2 * each for each in text[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _to_square(x: np.ndarray, y: np.ndarray, side: float, corner: float) -> np.ndarray:
    reach = side / 2 - corner
    dx, dy = np.abs(x - side / 2) - reach, np.abs(y - side / 2) - reach
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return outside + np.minimum(np.maximum(dx, dy), 0) - corner


def _to_stroke(x: np.ndarray, y: np.ndarray, x1: float, y1: float, x2: float, y2: float) -> np.ndarray:
    dx, dy = x2 - x1, y2 - y1
    along = np.clip(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - x1 - along * dx, y - y1 - along * dy)


def _covered(distance: np.ndarray, pixel: float) -> np.ndarray:
    """How much of a pixel lies inside, from its middle's distance to the edge."""
    return np.clip(0.5 - distance / pixel, 0, 1)


def _png(pixels: np.ndarray) -> bytes:
    height, width, _channels = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
