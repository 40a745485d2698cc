"""The file that keeps the flash of the board mps2, and what an RBL package's header says (docs/SPEC.md).

    0x000000  onchip_flash  bootloader 56K, journal 8K, app 448K
    0x080000  nor_flash     easyflash 512K, download 1M, wifi_image 512K, filesystem, recovery 1M, factory 1M

`recovery` begins with the copy of app, which is 448K, and goes on with that of wifi_image.

boards/mps2/layout.h is the firmware's own copy of this; this one is written anew, to disagree where that is wrong.
"""

import dataclasses
import pathlib
import struct
import zlib

KB = 1024
FLASH_SIZE = 16 * KB * KB
FLASH_ADDR = 0x21000000

HEADER_SIZE = 96
_HEADER = struct.Struct("<4sHHI16s24s24sIIIII")
FNV1A = 0
AES256, GZIP, QUICKLZ, FASTLZ = 2, 1 << 8, 2 << 8, 3 << 8  # in the field algo


@dataclasses.dataclass(frozen=True)
class Part:
    offset: int  # in the file
    size: int
    block: int  # bytes per erase

    @property
    def addr(self):
        return FLASH_ADDR + self.offset


PARTS = {
    "bootloader": Part(0, 56 * KB, 2 * KB),
    "journal": Part(56 * KB, 8 * KB, 2 * KB),
    "app": Part(64 * KB, 448 * KB, 2 * KB),
    "easyflash": Part(512 * KB, 512 * KB, 4 * KB),
    "download": Part(1024 * KB, 1024 * KB, 4 * KB),
    "wifi_image": Part(2048 * KB, 512 * KB, 4 * KB),
    "filesystem": Part(2560 * KB, 11776 * KB, 4 * KB),
    "recovery": Part(14336 * KB, 1024 * KB, 4 * KB),
    "factory": Part(15360 * KB, 1024 * KB, 4 * KB),
}

# boards/posix/layout.h
POSIX_PARTS = {
    "bootloader": Part(0, 128 * KB, 2 * KB),
    "app": Part(128 * KB, 896 * KB, 2 * KB),
    "easyflash": Part(1024 * KB, 512 * KB, 4 * KB),
    "download": Part(1536 * KB, 1024 * KB, 4 * KB),
    "wifi_image": Part(2560 * KB, 512 * KB, 4 * KB),
    "filesystem": Part(3072 * KB, 10864 * KB, 4 * KB),
    "journal": Part(13936 * KB, 16 * KB, 4 * KB),
    "recovery": Part(13952 * KB, 1408 * KB, 4 * KB),
    "factory": Part(15360 * KB, 1024 * KB, 4 * KB),
}


def fnv1a(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


@dataclasses.dataclass
class Header:
    """Fields as they stand in the 96 bytes."""

    part: bytes
    version: bytes
    raw_size: int
    raw_hash: int
    body_size: int
    body_crc: int
    algo: int = 0
    hash_kind: int = FNV1A
    timestamp: int = 1700000000
    sn: bytes = b"00010203040506070809"

    @classmethod
    def decode(cls, data):
        """None where magic or CRC are wrong."""
        magic, algo, kind, timestamp, *texts, body_crc, raw_hash, raw_size, body_size, crc = _HEADER.unpack(data)
        if magic != b"RBL\0" or crc != zlib.crc32(data[:-4]):
            return None
        part, version, sn = (text.split(b"\0")[0] for text in texts)
        return cls(part, version, raw_size, raw_hash, body_size, body_crc, algo, kind, timestamp, sn)

    def encode(self):
        fields = (self.body_crc, self.raw_hash, self.raw_size, self.body_size)
        texts = (self.part, self.version, self.sn)
        data = _HEADER.pack(b"RBL\0", self.algo, self.hash_kind, self.timestamp, *texts, *fields, 0)[:-4]
        return data + struct.pack("<I", zlib.crc32(data))


def package(image, part="app", version="2.0.0", **fields):
    """A package with the image as it is for its body; `fields` replace what its header says, true or not."""
    true = Header(part.encode(), version.encode(), len(image), fnv1a(image), len(image), zlib.crc32(image))
    return dataclasses.replace(true, **fields).encode() + image


class FlashFile:
    def __init__(self, path, parts=PARTS):
        self.path = pathlib.Path(path)
        self.parts = parts

    def __fspath__(self):
        return str(self.path)

    def __str__(self):
        return str(self.path)

    def read(self, part, offset=0, size=None):
        place = self.parts[part]
        size = place.size - offset if size is None else size
        assert 0 <= offset and offset + size <= place.size
        with self.path.open("rb") as file:
            file.seek(place.offset + offset)
            return file.read(size)

    def write(self, part, data, offset=0):
        """What stood there before does not matter: this is no flash driver."""
        place = self.parts[part]
        assert 0 <= offset and offset + len(data) <= place.size
        with self.path.open("r+b") as file:
            file.seek(place.offset + offset)
            file.write(data)

    def flip_bit(self, part, offset, bit=0):
        byte = self.read(part, offset, 1)[0]
        self.write(part, bytes([byte ^ 1 << bit]), offset)

    def put_package(self, data):
        """Into `download`, as if an app had stored it."""
        self.write("download", data + b"\xff" * (-len(data) % self.parts["download"].block))

    def header(self, part):
        """The one that an install left at the end of a partition, or None."""
        return Header.decode(self.read(part, self.parts[part].size - HEADER_SIZE))

    def holds(self, part, image, version):
        """Whether it holds that image, whole, with that version's header."""
        header = self.header(part)
        return (
            header is not None
            and header.version == version.encode()
            and header.raw_size == len(image)
            and header.raw_hash == fnv1a(image)
            and self.read(part, 0, len(image)) == image
        )
