"""gzip of a text that is put together from parts, of which most were compressed before (RFC 1951 and 1952).

Each part is compressed by itself, so what a visitor may have a hand in says nothing about the length of another part.
"""

import struct
import zlib
from collections.abc import Iterable

HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"  # gzip, deflate, no name, no time, compressed well, on any system
LAST = zlib.compressobj(wbits=-15).flush()  # an empty block, which says that none follows


def compressed(part: bytes, *, level: int = 6) -> bytes:
    """The part as blocks of a stream, whatever stands before and behind it."""
    stream = zlib.compressobj(level, wbits=-15)
    return stream.compress(part) + stream.flush(zlib.Z_FULL_FLUSH)


def gzipped(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """One gzip file of parts, each given as it is and as `compressed` made it."""
    blocks, checksum, size = [HEAD], 0, 0
    for plain, block in parts:
        blocks.append(block)
        checksum = zlib.crc32(plain, checksum)
        size += len(plain)
    return b"".join([*blocks, LAST, struct.pack("<LL", checksum, size & 0xFFFFFFFF)])
