"""Otter packages: the commands, the specification and a reader that was written from it alone agree."""

import base64
import json
import pathlib
import re
import shlex
import subprocess

import pytest
from lib import aes, otter_package, p256
from test_cli import OTTER, TOP, ok

VECTORS = TOP / "tests" / "vectors" / "otter"
COMMANDS = dict(
    line.split(": ", 1) for line in (VECTORS / "COMMANDS").read_text().splitlines() if not line.startswith("#")
)
SIGNING_SECRET, PRODUCT_KEY, HMAC_KEY = bytes(range(0x60, 0x80)), bytes(range(0x20)), bytes(range(0x20, 0x40))
PUBLIC = p256.public_half(SIGNING_SECRET)


def key_of(name):
    return HMAC_KEY if "--hmac-key" in COMMANDS[name] else PUBLIC


@pytest.mark.parametrize("name", COMMANDS)
def test_pack_gives_each_vector_byte_for_byte(name, tmp_path):
    command = [OTTER, "pack", *shlex.split(COMMANDS[name]), "-o", tmp_path / name]
    subprocess.run(command, cwd=VECTORS, check=True, capture_output=True, timeout=60)
    assert (tmp_path / name).read_bytes() == (VECTORS / name).read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_inspect_says_of_a_vector_is_what_the_specification_makes_of_its_bytes(name):
    package = otter_package.read((VECTORS / name).read_bytes(), key_of(name))
    shown = json.loads(ok("inspect", "--json", VECTORS / name).stdout)
    fields = {k: [int.from_bytes(v, "little") for v in vs] for k, vs in package.fields.items()}
    texts = {k: [v.decode(errors="replace") for v in vs] for k, vs in package.fields.items()}
    assert shown["key"] == package.key_id.hex() and shown["format"] == "otter"
    assert [shown["product"]] == texts["product"] and shown["hardware"] == texts["hardware"]
    assert [shown["version"]] == texts["version"] and [shown["notes"]] == texts.get("notes", [None])
    assert [shown["counter"]] == fields["counter"] and [shown["timestamp"]] == fields["timestamp"]
    major, minor, patch = map(int, shown.get("min_boot", "0.0.0").split("."))
    assert [major << 16 | minor << 8 | patch] == fields.get("boot", [0])
    assert "".join(shown["revokes"]) == b"".join(package.fields.get("revoke", [])).hex()
    assert shown["allow_downgrade"] == ("downgrade" in fields)
    for image, there in zip(package.images, shown["images"], strict=True):
        assert (there["part"], there["raw_size"], there["sha256"]) == (image.part, image.raw_size, image.sha256.hex())
        assert (there["body_size"], there["chunk_size"]) == (image.body_size, image.chunk_size)


def test_the_specification_unpacks_the_example():
    package = otter_package.read((VECTORS / "example.otter").read_bytes(), PUBLIC)
    assert otter_package.unpack(package, 0, PRODUCT_KEY) == (VECTORS / "image.bin").read_bytes()


def test_the_example_in_the_specification_has_the_bytes_of_its_vector():
    section = (TOP / "docs" / "SPEC.md").read_text().split("### An example")[1].split("\n## ")[0]
    rows = re.findall(r"^    ([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+?)(?:  .*)?$", section, re.M)
    content = b""
    for offset, digits in rows:
        assert int(offset, 16) == len(content)
        content += bytes.fromhex(digits)
    assert content == (VECTORS / "example.otter").read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_verify_finds_each_vector_good(name):
    is_shared = key_of(name) == HMAC_KEY
    key = ["--hmac-key", VECTORS / "hmac.key"] if is_shared else ["--pubkey", VECTORS / "signing.pem.pub"]
    product = ["--product-key", VECTORS / "product.key"] if "--product-key" in COMMANDS[name] else []
    assert "good" in ok("verify", *key, *product, VECTORS / name).stdout


# ---- the reader is right, too ----


def test_the_other_implementation_of_p256_has_the_answer_of_rfc_6979():
    secret = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    signature = p256.sign(secret, b"sample")
    assert signature.hex().startswith("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c94")
    assert p256.verify(p256.public_half(secret), b"sample", signature)
    assert not p256.verify(p256.public_half(secret), b"simple", signature)


def test_the_other_implementation_of_aes_has_the_answers_of_fips_197_and_rfc_3394():
    key, block = bytes(range(32)), bytes.fromhex("00112233445566778899aabbccddeeff")
    assert aes.encrypt_block(key, block).hex() == "8ea2b7ca516745bfeafc49904b496089"
    assert aes.decrypt_block(key, aes.encrypt_block(key, block)) == block
    wrapped = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
    assert aes.unwrap(key, wrapped) == block + bytes(range(16))
    assert aes.unwrap(key, wrapped[:-1] + b"\0") is None


def test_the_vectors_keys_are_what_the_readme_says():
    assert (VECTORS / "signing.pem.pub").read_text() == pem_of(PUBLIC)
    assert HMAC_KEY.hex() in (VECTORS / "hmac.key").read_text()
    assert PRODUCT_KEY.hex() in (VECTORS / "product.key").read_text()


def pem_of(public):
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + public
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
