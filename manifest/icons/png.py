"""Writes pixels as a PNG file."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTH = 8
_RGBA = 6
"""PNG's name for colour with alpha (PNG specification, 11.2.1)."""


def png(width: int, height: int, pixels: bytes) -> bytes:
    """Return a PNG file of pixels given row by row, four bytes each: red, green, blue, alpha."""
    header = struct.pack(">IIBBBBB", width, height, _DEPTH, _RGBA, 0, 0, 0)
    row = width * 4
    unfiltered = b"".join(b"\x00" + pixels[start : start + row] for start in range(0, row * height, row))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(unfiltered, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
