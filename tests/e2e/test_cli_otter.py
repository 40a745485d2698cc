"""Otter packages by the commands pack, sign, inspect, verify and unpack, as users run them."""

import hashlib
import json
import os
import re
import struct

import pytest
from lib import otter_package, p256
from test_cli import fails, ok, otter
from test_cli_vectors import HMAC_KEY, PRODUCT_KEY, PUBLIC, SIGNING_SECRET, VECTORS

CONTENT_KEY = "5c" * 32
TIME = 1700000000


@pytest.fixture
def keys(tmp_path):
    """The keys of the test vectors, as secret as users keep theirs; and a second one of each kind."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in "signing.pem", "signing.pem.pub", "hmac.key", "product.key":
        (folder / name).write_bytes((VECTORS / name).read_bytes())
        (folder / name).chmod(0o600)
    for kind, name in ("p256", "other.pem"), ("hmac", "other-hmac.key"), ("product", "other-product.key"):
        ok("keygen", "--type", kind, "-o", folder / name)
    return folder


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image.bin"
    path.write_bytes(b"".join(struct.pack("<II", i * 7, i % 13) for i in range(1200)))
    return path


WHAT = ["--product", "thermostat", "--hardware", "rev-b", "--version", "2.0.0", "--counter", "7", "--timestamp", TIME]


def pack(keys, package, *options, **environment):
    return ok("pack", "--key", keys / "signing.pem", *WHAT, *options, "-o", package, **environment)


def encrypted(keys):
    return ["--encrypt", "--product-key", keys / "product.key"]


def read(package, key=PUBLIC):
    return otter_package.read(package.read_bytes(), key)


# ---- pack ----


def test_otter_is_the_default_format_and_app_the_default_partition(image, keys, tmp_path):
    pack(keys, tmp_path / "a", image)
    pack(keys, tmp_path / "b", "--format", "otter", "--part", "app", image)
    pack(keys, tmp_path / "c", f"--image=app={image}", "--compress=quicklz", "--chunk", "4096")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    assert (tmp_path / "a").read_bytes().startswith(b"OTTR\1\1")


@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
@pytest.mark.parametrize("encrypt", [False, True])
@pytest.mark.parametrize("proof", ["p256", "hmac"])
def test_any_stages_and_proofs_can_be_packed_and_unpacked(compress, encrypt, proof, image, keys, tmp_path):
    sign, check = {
        "p256": (["--key", keys / "signing.pem"], ["--pubkey", keys / "signing.pem.pub"]),
        "hmac": (["--hmac-key", keys / "hmac.key"], ["--hmac-key", keys / "hmac.key"]),
    }[proof]
    cipher = encrypted(keys) if encrypt else []
    ok("pack", *sign, *WHAT, *cipher, "--compress", compress, "--chunk", 1000, image, "-o", tmp_path / "p")
    ok("unpack", *check, *cipher[1:], tmp_path / "p", "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == image.read_bytes()
    if compress in ("none", "gzip"):
        package = read(tmp_path / "p", PUBLIC if proof == "p256" else HMAC_KEY)
        assert otter_package.unpack(package, 0, PRODUCT_KEY) == image.read_bytes()


def test_several_images_have_a_body_each(image, keys, tmp_path):
    (tmp_path / "wifi=1.bin").write_bytes(b"wifi" * 100)
    pack(keys, tmp_path / "p", "--image", f"app={image}", "--image", f"wifi_image={tmp_path / 'wifi=1.bin'}")
    for part, file in ("app", image), ("wifi_image", tmp_path / "wifi=1.bin"):
        ok("unpack", "--pubkey", keys / "signing.pem.pub", "--image", part, tmp_path / "p", "-o", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == file.read_bytes()
    options = ["--pubkey", keys / "signing.pem.pub", tmp_path / "p", "-o", tmp_path / "x"]
    assert "2 images" in fails(1, "unpack", *options)
    assert "no image for 'boot'" in fails(1, "unpack", "--image", "boot", *options)
    assert not (tmp_path / "x").exists()


def test_the_same_inputs_give_the_same_bytes_but_for_a_new_content_key(image, keys, tmp_path):
    for name in "a", "b":
        pack(keys, tmp_path / name, image)
        pack(keys, tmp_path / f"fresh-{name}", *encrypted(keys), image)
        pack(keys, tmp_path / f"fixed-{name}", *encrypted(keys), "--content-key", CONTENT_KEY, image)
    content = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert content["a"] == content["b"] and content["fixed-a"] == content["fixed-b"]
    assert content["fresh-a"] != content["fresh-b"]
    bodies = [read(tmp_path / f"fresh-{name}").images[0].body for name in "ab"]
    assert bodies[0] != bodies[1]


def test_the_timestamp_is_the_option_or_source_date_epoch_or_the_newest_images_time(image, keys, tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    os.utime(tmp_path / "old", (5, 5))
    os.utime(image, (5, 1234567890))
    options = ["pack", "--key", keys / "signing.pem", *WHAT[:-2], "-o", tmp_path / "p"]
    options += ["--image", f"wifi_image={tmp_path / 'old'}", "--image", f"app={image}"]

    def timestamp():
        return int.from_bytes(read(tmp_path / "p").fields["timestamp"][0], "little")

    ok(*options)
    assert timestamp() == 1234567890
    ok(*options, SOURCE_DATE_EPOCH="1111111111")
    assert timestamp() == 1111111111
    ok(*options, "--timestamp", 42, SOURCE_DATE_EPOCH="1111111111")
    assert timestamp() == 42


def test_notes_may_have_several_lines_and_come_from_a_file(image, keys, tmp_path):
    (tmp_path / "notes").write_text("First line.\n\n\tGrüße: ünïcode\n")
    pack(keys, tmp_path / "p", "--notes-file", tmp_path / "notes", image)
    assert read(tmp_path / "p").fields["notes"] == [(tmp_path / "notes").read_bytes()]
    shown = ok("inspect", tmp_path / "p").stdout
    assert "notes        First line.\n" in shown and "Grüße: ünïcode\n" in shown
    assert json.loads(ok("inspect", "--json", tmp_path / "p").stdout)["notes"] == (tmp_path / "notes").read_text()


GOOD_VERSIONS = ["0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x-y-z.--"]
GOOD_VERSIONS += ["1.0.0+001", "1.0.0-rc.1+exp.sha.5114f85", "1.0.0-0A", "4294967295.0.1"]
BAD_VERSIONS = ["1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "v1.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b"]
BAD_VERSIONS += ["1.2.3+", "1.2.3+a+b", "1.2.3-ä", " 1.2.3", "1.2.3 ", "-1.2.3", "1.-2.3", "4294967296.0.0"]
BAD_VERSIONS += ["a.b.c", ""]


@pytest.mark.parametrize("version", GOOD_VERSIONS)
def test_a_semantic_version_is_taken(version, image, keys, tmp_path):
    options = ["--key", keys / "signing.pem", *WHAT[:4], "--version", version, *WHAT[6:]]
    ok("pack", *options, image, "-o", tmp_path / "p")
    assert read(tmp_path / "p").fields["version"] == [version.encode()]


@pytest.mark.parametrize("version", BAD_VERSIONS)
def test_any_other_version_is_refused(version, image, keys, tmp_path):
    options = ["--key", keys / "signing.pem", *WHAT[:4], "--version", version, *WHAT[6:]]
    assert "--version" in fails(2, "pack", *options, image, "-o", tmp_path / "p")
    assert not (tmp_path / "p").exists()


BAD_OPTIONS = {
    "a product of 33 bytes": (["--product", "p" * 33], "32"),
    "an empty product": (["--product", ""], "--product"),
    "a hardware with a control character": (["--hardware", "a\nb"], "control"),
    "a version of 33 bytes": (["--version", "1.0.0-" + "v" * 27], "32"),
    "a counter that is no number": (["--counter", "one"], "'one'"),
    "a negative counter": (["--counter", "-1"], "'-1'"),
    "a counter beyond 32 bits": (["--counter", "4294967296"], "4294967295"),
    "a bootloader version of two numbers": (["--min-boot", "1.0"], "1.0.0"),
    "a bootloader version beyond its field": (["--min-boot", "1.256.0"], "255"),
    "a pre-release of a bootloader": (["--min-boot", "1.0.0-rc"], "1.0.0"),
    "a chunk that is too small": (["--chunk", "255"], "256"),
    "a chunk that is too large": (["--chunk", "4097"], "4096"),
    "an unknown compression": (["--compress", "lzma"], "none, gzip, quicklz, fastlz"),
    "notes that are too long": (["--notes", "n" * 1025], "1024"),
    "notes twice": (["--notes", "n", "--notes-file", "f"], "--notes-file"),
    "a time that is no number": (["--timestamp", "now"], "'now'"),
    "encryption without a key": (["--encrypt"], "--product-key"),
    "a product key without encryption": (["--product-key", "PRODUCT"], "--encrypt"),
    "a content key without encryption": (["--content-key", "5c" * 32], "--encrypt"),
    "a short content key": (["--encrypt", "--product-key", "PRODUCT", "--content-key", "5c" * 31], "64"),
    "a revoked key that is none": (["--revoke", "12345"], "16 digits"),
    "more revoked keys than boards hold": (["--revoke", "00" * 8] * 9, "8"),
    "its own key revoked": (["--revoke", otter_package.key_id(PUBLIC).hex()], "cannot revoke"),
    "two ways to sign": (["--hmac-key", "HMAC"], "one signature"),
    "an image without its partition": (["--image", "x.bin"], "PART=FILE"),
    "an image for a name that is too long": (["--image", "seventeen-bytes-x=x.bin"], "--image"),
    "an image for no name": (["--image", "=x.bin"], "--image"),
    "two images for one partition": (["--image", "app=x.bin", "--image", "app=x.bin"], "second image"),
    "a partition for several images": (["--image", "app=x.bin", "--part", "app"], "--part"),
    "more images than there can be": ([f"--image=p{i}=x.bin" for i in range(17)], "16"),
    "an option of RBL": (["--sn", "1"], "--sn"),
    "an option given twice": (["--counter", "1"] * 2, "twice"),
    "an unknown format": (["--format", "rpm"], "otter, rbl"),
}


@pytest.mark.parametrize("what", BAD_OPTIONS)
def test_pack_refuses(what, image, keys, tmp_path):
    options, word = BAD_OPTIONS[what]
    names = {"PRODUCT": keys / "product.key", "HMAC": keys / "hmac.key"}
    base = {"--key": keys / "signing.pem", **dict(zip(WHAT[::2], WHAT[1::2]))}
    for name in options[0::2]:
        base.pop(name, None)
    operand = [] if any(str(option).startswith("--image") for option in options) else [image]
    command = [*sum(map(list, base.items()), []), *(names.get(option, option) for option in options), *operand]
    assert word in fails(2, "pack", *command, "-o", tmp_path / "p")
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("missing", ["--key", "--product", "--hardware", "--version", "--counter", "-o", "IMAGE"])
def test_pack_says_what_is_missing(missing, image, keys, tmp_path):
    parts = {"--key": keys / "signing.pem", **dict(zip(WHAT[::2], WHAT[1::2])), "-o": tmp_path / "p", "IMAGE": image}
    del parts[missing]
    operand = [parts.pop("IMAGE")] if "IMAGE" in parts else []
    assert missing in fails(2, "pack", *sum(map(list, parts.items()), []), *operand)


WRONG_KEYS = {
    "--key": ["hmac.key", "product.key", "signing.pem.pub"],
    "--hmac-key": ["product.key", "signing.pem"],
    "--for-signing": ["hmac.key"],
}


@pytest.mark.parametrize("option, name", [(option, name) for option in WRONG_KEYS for name in WRONG_KEYS[option]])
def test_a_key_of_the_wrong_kind_is_named(option, name, image, keys, tmp_path):
    error = fails(1, "pack", option, keys / name, *WHAT, image, "-o", tmp_path / "p")
    assert option in error and name in error and ("is needed" in error or "private" in error)
    assert not (tmp_path / "p").exists()


def test_a_manifest_that_is_too_long_is_refused(image, keys, tmp_path):
    options = ["--key", keys / "signing.pem", "--notes", "n" * 1000]
    options += [f"--image=p{i}={image}" for i in range(10)]
    error = fails(1, "pack", *WHAT, *options, "-o", tmp_path / "p")
    assert "2048" in error and not (tmp_path / "p").exists()


def test_a_package_that_cannot_be_written_leaves_what_was_there(image, keys, tmp_path):
    options = ["pack", "--key", keys / "signing.pem", *WHAT]
    (tmp_path / "p").write_text("before")
    assert "No such file" in fails(1, *options, tmp_path / "nothing", "-o", tmp_path / "p")
    assert "empty" in fails(1, *options, (tmp_path / "empty").touch() or tmp_path / "empty", "-o", tmp_path / "p")
    assert (tmp_path / "p").read_text() == "before"
    for target in image, keys / "signing.pem":
        before = target.read_bytes()
        assert "the input too" in fails(1, *options, image, "-o", target)
        assert target.read_bytes() == before


def test_pack_warns_of_what_deserves_it(image, keys, tmp_path):
    image.write_bytes(b"\x7fELF" + bytes(60))
    options = ["--part", "bootloader", "--allow-downgrade", *encrypted(keys), "--content-key", CONTENT_KEY]
    said = pack(keys, tmp_path / "p", *options, image).stderr
    assert all(word in said for word in ("ELF", "bootloader", "development", "command line"))


def test_no_secret_is_ever_printed(image, keys, tmp_path):
    def said(*args):
        done = otter(*args)
        return done.stdout + done.stderr

    options = ["--pubkey", keys / "signing.pem", "--product-key", keys / "product.key"]
    content = ["--content-key", CONTENT_KEY]
    for text in (
        said("pack", "--key", keys / "signing.pem", *WHAT, *encrypted(keys), *content, image, "-o", tmp_path / "p"),
        said("pack", "--key", keys / "signing.pem", *WHAT, *encrypted(keys), "--content-key", CONTENT_KEY[1:], image),
        said("inspect", tmp_path / "p"),
        said("inspect", "--json", *options, tmp_path / "p"),
        said("verify", *options, tmp_path / "p"),
        said("verify", "--pubkey", keys / "product.key", tmp_path / "p"),
    ):
        assert not any(secret in text for secret in (CONTENT_KEY[1:], PRODUCT_KEY.hex(), SIGNING_SECRET.hex()))


# ---- a key that is kept elsewhere ----


def der(signature):
    def integer(number):
        number = number.lstrip(b"\0")
        return bytes([2, len(number) + (number[0] >> 7)]) + b"\0" * (number[0] >> 7) + number

    content = integer(signature[:32]) + integer(signature[32:])
    return bytes([0x30, len(content)]) + content


@pytest.fixture
def unsigned(image, keys, tmp_path):
    path = tmp_path / "unsigned"
    ok("pack", "--for-signing", keys / "signing.pem.pub", *WHAT, image, "-o", path)
    return path


def put_in(unsigned, keys, signature, tmp_path):
    (tmp_path / "sig").write_bytes(signature)
    key = ["--pubkey", keys / "signing.pem.pub"]
    return ["sign", unsigned, "--signature", tmp_path / "sig", *key, "-o", tmp_path / "signed"]


@pytest.mark.parametrize("encode", [bytes, der])
def test_a_signature_that_was_made_elsewhere_gives_the_same_package(encode, image, unsigned, keys, tmp_path):
    said = ok("sign", unsigned, "--manifest-out", tmp_path / "manifest").stdout
    manifest = (tmp_path / "manifest").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() in said and unsigned.read_bytes().startswith(manifest)
    ok(*put_in(unsigned, keys, encode(p256.sign(SIGNING_SECRET, manifest)), tmp_path))
    pack(keys, tmp_path / "direct", image)
    assert (tmp_path / "signed").read_bytes() == (tmp_path / "direct").read_bytes()


def test_a_short_number_in_der_is_read(image, keys, tmp_path):
    """About one signature in 128 has an r or s of at most 31 bytes: this counter's, by trying."""
    options = [*WHAT[:6], "--counter", 242, *WHAT[8:]]
    ok("pack", "--for-signing", keys / "signing.pem.pub", *options, image, "-o", tmp_path / "unsigned")
    ok("sign", tmp_path / "unsigned", "--manifest-out", tmp_path / "manifest")
    signature = p256.sign(SIGNING_SECRET, (tmp_path / "manifest").read_bytes())
    assert 0 in (signature[0], signature[32])
    ok(*put_in(tmp_path / "unsigned", keys, der(signature), tmp_path))
    ok("verify", "--pubkey", keys / "signing.pem.pub", tmp_path / "signed")


def test_a_package_that_is_not_signed_yet_says_so(unsigned, keys):
    assert "not signed yet" in fails(1, "verify", "--pubkey", keys / "signing.pem.pub", unsigned)
    assert "not signed yet" in ok("inspect", unsigned).stdout
    assert json.loads(ok("inspect", "--json", unsigned).stdout)["signed"] is False


def test_a_wrong_signature_is_refused_and_nothing_written(unsigned, keys, tmp_path):
    ok("sign", unsigned, "--manifest-out", tmp_path / "manifest")
    good = p256.sign(SIGNING_SECRET, (tmp_path / "manifest").read_bytes())
    other = p256.sign(SIGNING_SECRET, b"something else")
    wrong = [b"", bytes(64), b"\xff" * 64, good[:63], good + b"\0", good[32:] + good[:32], good * 2, other, der(other)]
    wrong += [der(good)[:-1], der(good) + b"\0", b"\x30\x06\x02\x01\x01\x02\x01\x01", b"\x30\x80" + der(good)[2:]]
    for signature in wrong:
        assert "is not the signature" in fails(1, *put_in(unsigned, keys, signature, tmp_path))
    assert "128" in fails(1, *put_in(unsigned, keys, bytes(200), tmp_path))
    assert not (tmp_path / "signed").exists()


def test_sign_refuses_another_key_and_what_is_no_package(image, unsigned, keys, tmp_path):
    (tmp_path / "sig").write_bytes(bytes(64))
    options = ["--signature", tmp_path / "sig", "-o", tmp_path / "signed", "--pubkey"]
    assert "another key" in fails(1, "sign", unsigned, *options, keys / "other.pem.pub")
    assert "no Otter package" in fails(1, "sign", image, *options, keys / "signing.pem.pub")
    ok("pack", "--hmac-key", keys / "hmac.key", *WHAT, image, "-o", tmp_path / "h")
    assert "--for-signing" in fails(1, "sign", tmp_path / "h", *options, keys / "signing.pem.pub")
    unsigned.write_bytes(unsigned.read_bytes()[:-1])
    fails(1, "sign", unsigned, "--manifest-out", tmp_path / "m")
    assert not (tmp_path / "signed").exists() and not (tmp_path / "m").exists()


NO_STEPS = [[], ["-o", "x"], ["--signature", "s", "-o", "x"], ["--manifest-out", "m", "-o", "x"]]


@pytest.mark.parametrize("options", NO_STEPS)
def test_sign_is_one_step_or_the_other(options, unsigned):
    assert "--manifest-out alone" in fails(2, "sign", unsigned, *options)


# ---- inspect, verify, unpack ----


def test_inspect_shows_everything_and_that_the_signature_was_not_checked():
    shown = ok("inspect", VECTORS / "everything.otter").stdout
    for line in (
        "signature    HMAC-SHA-256, key 72dbb7336c767800, not checked: no key was given",
        "product      thermostat",
        "hardware     rev-a",
        "version      3.0.0-rc.1+build.5",
        "counter      4294967295",
        "bootloader   65535.255.255 or newer",
        "timestamp    4294967295  2106-02-07T06:28:15Z",
        "notes        Two images.",
        "encrypted    under product key 630dcd2966c43366",
        "revokes key  66a8c82d63c5fec8",
        "revokes key  0123456789abcdef",
        "downgrade    allowed, where the key is for development",
        "image 0      for 'app', 1500 bytes",
        "  stages     aes256-ctr, quicklz",
        "  body       116 bytes (38.7 %) in 1 chunk of at most 300",
        "checked      all is whole; signature not checked",
    ):
        assert line + "\n" in shown


def test_inspect_compares_the_signature_with_the_key_given(keys):
    package = VECTORS / "example.otter"
    assert "and the signature right" in ok("inspect", "--pubkey", keys / "signing.pem.pub", package).stdout
    assert json.loads(ok("inspect", "--json", package).stdout)["signature_checked"] is False
    shown = json.loads(ok("inspect", "--json", "--pubkey", keys / "signing.pem.pub", package).stdout)
    assert shown["signature_checked"] is True and shown["ok"] is True
    done = otter("inspect", "--pubkey", keys / "other.pem.pub", package)
    assert done.returncode == 1 and "product      thermostat" in done.stdout and "66a8c82d63c5fec8" in done.stderr


def test_verify_and_unpack_want_the_keys_that_prove_and_decrypt(keys, tmp_path):
    package, pub, product = VECTORS / "example.otter", keys / "signing.pem.pub", keys / "product.key"
    for command, end in ("verify", []), ("unpack", ["-o", tmp_path / "x"]):
        assert "give --pubkey" in fails(1, command, package, *end)
        assert "give --hmac-key" in fails(1, command, VECTORS / "everything.otter", *end)
        assert "give --product-key" in fails(1, command, "--pubkey", pub, package, *end)
        assert "needs --pubkey" in fails(1, command, "--hmac-key", keys / "hmac.key", package, *end)
        assert "and the key given is" in fails(1, command, "--pubkey", keys / "other.pem.pub", package, *end)
        error = fails(1, command, "--pubkey", pub, "--product-key", keys / "other-product.key", package, *end)
        assert "under product key 630dcd2966c43366, and the key given is" in error
        assert "P-256 key is needed" in fails(1, command, "--pubkey", product, package, *end)
        assert "one signature" in fails(2, command, "--pubkey", pub, "--hmac-key", keys / "hmac.key", package, *end)
    assert not (tmp_path / "x").exists()


def test_unpack_never_overwrites_a_key(keys, tmp_path):
    for name in "signing.pem.pub", "product.key":
        options = ["--pubkey", keys / "signing.pem.pub", "--product-key", keys / "product.key"]
        assert "the input too" in fails(1, "unpack", *options, VECTORS / "example.otter", "-o", keys / name)


def test_keys_that_are_not_needed_are_told(keys):
    options = ["--pubkey", keys / "signing.pem.pub", "--product-key", keys / "product.key"]
    assert "not encrypted" in ok("verify", *options, VECTORS / "plain.otter").stderr
    assert "RBL" in ok("verify", *options, VECTORS.parent / "rbl" / "tiny-1.rbl").stderr


def refused(path, keys, tmp_path, word):
    """verify and unpack say why, and nothing is written."""
    options = ["--pubkey", keys / "signing.pem.pub", "--product-key", keys / "product.key", path]
    assert word in fails(1, "verify", *options)
    assert word in fails(1, "unpack", *options, "-o", tmp_path / "out")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("out")]


CUTS = {0: "no package", 3: "no package", 15: "no package", 16: "ends early", 260: "ends early", 324: "ends early"}
CUTS |= {325: "ends before", 400: "ends before", 656: "ends before"}


@pytest.mark.parametrize("cut", CUTS)
def test_a_package_that_is_cut_is_refused(cut, keys, tmp_path):
    (tmp_path / "p").write_bytes((VECTORS / "example.otter").read_bytes()[:cut])
    refused(tmp_path / "p", keys, tmp_path, CUTS[cut])
    fails(1, "inspect", tmp_path / "p")


def test_bytes_after_a_package_are_refused(keys, tmp_path):
    (tmp_path / "p").write_bytes((VECTORS / "example.otter").read_bytes() + b"\n")
    refused(tmp_path / "p", keys, tmp_path, "head -c 657")


FLIPS = {0: "no Otter package", 4: "version", 5: "makes no sense", 6: "signature", 7: "makes no sense", 8: "key given"}
FLIPS |= {20: "signature", 100: "signature", 0x105: "signature", 0x144: "signature", 0x145: "chunk 0", 0x290: "chunk 1"}


@pytest.mark.parametrize("byte", FLIPS)
def test_a_flipped_bit_is_found_where_it_is(byte, keys, tmp_path):
    content = bytearray((VECTORS / "example.otter").read_bytes())
    content[byte] ^= 0x20
    (tmp_path / "p").write_bytes(content)
    refused(tmp_path / "p", keys, tmp_path, FLIPS[byte])


@pytest.mark.parametrize("byte", range(0, 657, 7))
def test_inspect_survives_any_damage(byte, tmp_path):
    content = bytearray((VECTORS / "example.otter").read_bytes())
    for value in 0x00, 0x80, 0xFF:
        content[byte] = value
        (tmp_path / "p").write_bytes(content)
        done = otter("inspect", "--json", tmp_path / "p")
        assert done.returncode in (0, 1) and json.loads(done.stdout)["file_size"] == 657


def test_hostile_texts_neither_steer_the_terminal_nor_break_json(tmp_path):
    """inspect shows what nobody has proven."""
    content = (VECTORS / "everything.otter").read_bytes()
    content = content.replace(b"thermostat", b'\033]0;x\x07"\\\xff\x9b')
    content = content.replace(b"Two images.", "\u202e\n\033[2J\0xy".encode())
    (tmp_path / "p").write_bytes(content)
    assert len(content) == 897
    shown = otter("inspect", tmp_path / "p").stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert r'product      \x1b]0;x\x07"\\xff\x9b' in shown
    assert json.loads(otter("inspect", "--json", tmp_path / "p").stdout)["product"] == '\033]0;x\x07"\\\ufffd\ufffd'
