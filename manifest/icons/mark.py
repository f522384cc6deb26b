"""The mark, a screen with somebody else's pointer on it, and the two icons that Teams asks for.

Microsoft's rules (Teams app package, App icons): colour 192 x 192 on a solid square, the mark in its middle 96 x 96,
because Teams rounds or cuts the corners; outline 32 x 32, pure white on nothing, without padding.
"""

from functools import cache

from manifest.brand import COLOR
from manifest.icons.png import png
from manifest.icons.shapes import Shape, box, grown, outlined, polygon, together, without

Paint = tuple[int, ...]
"""Red, green and blue, from 0 to 255."""
COLOR_SIZE = 192
OUTLINE_SIZE = 32
GRID = 32.0
"""The mark is drawn on a square of this side."""
MARK_SIZE = 96
"""The part of the colour icon that no crop touches."""
_BACKGROUND = tuple(bytes.fromhex(COLOR.removeprefix("#")))
_WHITE = (255, 255, 255)
_POINTER = (0xFF, 0xD1, 0x4A)

_pointer = polygon((15.6, 13.6), (29.6, 18.6), (23.2, 21.9), (20.2, 28.6), radius=1.5)
_around_the_pointer = together(grown(_pointer, 2), box(21, 20, GRID, GRID, radius=0))
"""Kept clear, so that the pointer stands out; with the corner of the screen, of which too little would be left."""
_screen = without(
    together(
        outlined(box(0, 3, 30, 24, radius=4), 2.5),
        box(7, 27, 23, 29.5, radius=1.25),
    ),
    _around_the_pointer,
)


@cache
def outline() -> bytes:
    """Return the outline icon as PNG."""
    mark = together(_screen, _pointer)
    scale = OUTLINE_SIZE / GRID
    pixels = bytearray()
    for row in range(OUTLINE_SIZE):
        for column in range(OUTLINE_SIZE):
            pixels += bytes((*_WHITE, round(255 * _coverage(mark, column, row, scale))))
    return png(OUTLINE_SIZE, OUTLINE_SIZE, bytes(pixels))


@cache
def color() -> bytes:
    """Return the colour icon as PNG."""
    scale = MARK_SIZE / GRID
    edge = (COLOR_SIZE - MARK_SIZE) // 2
    pixels = bytearray(bytes((*_BACKGROUND, 255)) * COLOR_SIZE**2)
    for row in range(MARK_SIZE):
        for column in range(MARK_SIZE):
            painted = _BACKGROUND
            for shape, paint in ((_screen, _WHITE), (_pointer, _POINTER)):
                painted = _mixed(painted, paint, _coverage(shape, column, row, scale))
            at = 4 * ((row + edge) * COLOR_SIZE + column + edge)
            pixels[at : at + 3] = bytes(painted)
    return png(COLOR_SIZE, COLOR_SIZE, bytes(pixels))


def _coverage(shape: Shape, column: int, row: int, scale: float) -> float:
    """How much of a pixel a shape covers, from 0 to 1: near an edge, its distance in pixels tells."""
    distance = shape((column + 0.5) / scale, (row + 0.5) / scale) * scale
    return min(max(0.5 - distance, 0), 1)


def _mixed(under: Paint, over: Paint, share: float) -> Paint:
    return tuple(round(a + (b - a) * share) for a, b in zip(under, over, strict=True))
