"""A reader of Otter packages, written from docs/SPEC.md alone: what it makes of a package is what the page says."""

import dataclasses
import hashlib
import hmac
import struct
import zlib

from lib import aes, p256

CTR, GZIP = 2, 16
NAMES = {1: "product", 2: "hardware", 3: "version", 4: "counter", 5: "boot", 6: "timestamp", 7: "notes", 8: "key"}
NAMES |= {9: "revoke", 10: "downgrade", 16: "image"}


class Refused(Exception):
    pass


@dataclasses.dataclass
class Image:
    part: str
    raw_size: int
    sha256: bytes
    body_size: int
    chunk_size: int
    first_chunk: bytes
    stages: list
    body: bytes = b""  # what its chunks carry


@dataclasses.dataclass
class Package:
    key_id: bytes
    fields: dict  # by name: the values, as they lie there
    images: list


def key_id(key):
    return hashlib.sha256(key).digest()[:8]


def check_proof(kind, manifest, proof, key):
    good = p256.verify(key, manifest, proof) if kind == 1 else hmac.digest(key, manifest, "sha256") == proof
    if not good:
        raise Refused("signature")


def fields_of(manifest):
    at, found = 16, []
    while at < len(manifest):
        tag, size = struct.unpack_from("<HH", manifest, at)
        found.append((tag & 0x7FFF, manifest[at + 4 : at + 4 + size]))
        at += 4 + size
    if at != len(manifest) or [tag for tag, _ in found] != sorted(tag for tag, _ in found):
        raise Refused("fields")
    return found


def image_of(value):
    part, raw_size, sha, body_size, chunk_size, count, zero, first = struct.unpack_from("<16sI32sIHBB32s", value)
    at, stages = 92, []
    for _ in range(count):
        stages.append(value[at])
        at += 2 + value[at + 1]
    if at != len(value) or zero:
        raise Refused("image")
    return Image(part.rstrip(b"\0").decode(), raw_size, sha, body_size, chunk_size, first, stages)


def unchain(image, body):
    expected, data = image.first_chunk, b""
    for at in range(0, len(body), image.chunk_size):
        chunk = body[at : at + image.chunk_size]
        if hashlib.sha256(chunk).digest() != expected:
            raise Refused("chunk")
        is_last = at + image.chunk_size >= len(body)
        expected = chunk[:32]
        data += chunk if is_last else chunk[32:]
    return data


def read(data, key):
    """Proves the package with the 64 bytes of a public key, or the 32 of a shared one."""
    magic, version, kind, size, signer = struct.unpack_from("<4sBBH8s", data)
    if (magic, version, kind) != (b"OTTR", 1, 1 if len(key) == 64 else 2) or signer != key_id(key):
        raise Refused("head")
    at = size + (64 if kind == 1 else 32)
    check_proof(kind, data[:size], data[size:at], key)
    package = Package(signer, {}, [])
    for tag, value in fields_of(data[:size]):
        package.fields.setdefault(NAMES[tag], []).append(value)
    for value in package.fields["image"]:
        image = image_of(value)
        image.body = unchain(image, data[at : at + image.body_size])
        at += image.body_size
        package.images.append(image)
    if at != len(data):
        raise Refused("size")
    return package


def unpack(package, index, product_key=None):
    """The raw image of a package whose only compression is gzip."""
    image = package.images[index]
    data = image.body
    for stage in image.stages:
        if stage == CTR:
            value = package.fields["key"][0]
            if value[:8] != key_id(product_key):
                raise Refused("product key")
            content_key = aes.unwrap(product_key, value[16:])
            counter = value[8:16] + index.to_bytes(4, "big") + bytes(4)
            data = aes.ctr(content_key, counter, data)
        elif stage == GZIP:
            data = zlib.decompress(data, 31)
        else:
            raise Refused(f"stage {stage}")
    if len(data) != image.raw_size or hashlib.sha256(data).digest() != image.sha256:
        raise Refused("image")
    return data
