"""Otter's own packages as the board mps2 takes them: made by the real packer, taken apart anew (docs/SPEC.md)."""

import struct
import zlib

from lib import p256
from lib.flash import PARTS
from lib.paths import KEYS

PRODUCT_KEY = KEYS / "product.key"
HEAD_MAX, PROOF, FOOTER = 2048 + 64, 64, 32
REVOKE = 0x8009


def key_file(name):
    return KEYS / f"{name}.pem"


class Packer:
    """Makes packages; the same call gives the same bytes, but for encrypted ones."""

    def __init__(self, otter_run, folder):
        self._run, self._folder = otter_run, folder

    def keygen(self, name):
        path = self._folder / f"{name}.pem"
        self._run("keygen", "-o", path)
        return path

    def __call__(self, images, version="2.0.0", counter=1, key="demo-1", encrypt=True, **options):
        """`images` is the app's, or a dict by partition; `key` one of the board's, or a path."""
        images = images if isinstance(images, dict) else {"app": images}
        options = {"product": "otter-demo", "hardware": "mps2", "timestamp": 1700000000, **options}
        command = ["--key", key if not isinstance(key, str) else key_file(key), "--version", version]
        command += ["--counter", str(counter)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        for part, image in images.items():
            path = self._folder / f"{part}.bin"
            path.write_bytes(image)
            command += ["--image", f"{part}={path}"]
        if encrypt:
            command += ["--encrypt", "--product-key", PRODUCT_KEY]
        package = self._folder / "package.otter"
        package.unlink(missing_ok=True)
        self._run("pack", *command, "-o", package)
        return package.read_bytes()


def manifest_size(package):
    return struct.unpack_from("<H", package, 6)[0]


def head_size(package):
    return manifest_size(package) + PROOF


def with_proof(package, proof):
    size = manifest_size(package)
    assert len(proof) == PROOF
    return package[:size] + proof + package[size + PROOF :]


def with_number(package, r, s):
    """With that pair as its signature."""
    return with_proof(package, (r % 2**256).to_bytes(32, "big") + (s % 2**256).to_bytes(32, "big"))


ORDER, FIELD = p256.N, p256.P


def trailer_area(part):
    block = PARTS[part].block
    return -(-(HEAD_MAX + FOOTER) // block) * block


def footer(flash, part):
    """Image number, size of the head and nonce that the partition's footer tells of, or None."""
    data = flash.read(part, PARTS[part].size - FOOTER)
    magic, version, image, size, nonce = struct.unpack_from("<4sBBH8s", data)
    if magic != b"OTFT" or version != 1 or zlib.crc32(data[:28]) != struct.unpack_from("<I", data, 28)[0]:
        return None
    return image, size, nonce


def holds(flash, part, image, package, number=0):
    """Whether it holds the image, whole, with the head of the package that it came in."""
    found = footer(flash, part)
    size = head_size(package)
    return (
        found is not None
        and found[:2] == (number, size)
        and flash.read(part, PARTS[part].size - trailer_area(part), size) == package[:size]
        and flash.read(part, 0, len(image)) == image
    )
