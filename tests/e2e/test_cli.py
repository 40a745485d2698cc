"""The commands pack, inspect, verify and unpack, as users run them."""

import csv
import hashlib
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import zlib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
OTTER = os.environ.get("OTTER", str(TOP / "build" / "otter"))
VECTORS = TOP / "tests" / "vectors" / "rbl"
PUBLIC_KEY, PUBLIC_IV = "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF"
KEY, IV = "otter-test-key-not-for-products!", "otter-test-iv-16"
TIME = 1700000000

with open(VECTORS / "MANIFEST.tsv", newline="") as manifest:
    ROWS = list(csv.DictReader(manifest, delimiter="\t"))
ROW = {row["file"]: row for row in ROWS}


def otter(*args, **environment):
    """Runs one command, without the colours and times that the environment might bring in."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "SOURCE_DATE_EPOCH")}
    env.update(environment)
    return subprocess.run(
        [OTTER, *map(str, args)], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def ok(*args, **environment):
    done = otter(*args, **environment)
    assert done.returncode == 0, done.stderr
    return done


def fails(status, *args, **environment):
    """The command ends with that status, and says why: its error."""
    done = otter(*args, **environment)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert "error: " in done.stderr
    return done.stderr


def key_options(row):
    return [] if row["key"] == "-" else ["--key", row["key"], "--iv", row["iv"]]


def pack_options(row):
    options = ["--format", "rbl", "--part", row["part"], "--version", row["version"], "--timestamp", TIME]
    options += ["--compress", row["compression"], "--hash", "crc32" if row["algo2"] == "1" else "fnv1a"]
    if row["cipher"] != "none":
        options += ["--encrypt", row["cipher"], *key_options(row)]
    if row["file"] == "name-without-nul.rbl":
        options += ["--sn", "a-serial-number-of-24-by"]
    return options


def pack(image, package, *options, **environment):
    fixed = ["--format", "rbl", "--part", "app", "--version", "1.0"]
    return ok("pack", *fixed, *options, image, "-o", package, **environment)


def header_of(path):
    names = "magic algo algo2 timestamp part version sn body_crc raw_hash raw_size body_size header_crc".split()
    return dict(zip(names, struct.unpack("<4sHHI16s24s24sIIIII", path.read_bytes()[:96])))


def make_package(path, body, **changes):
    """A package by hand, so that it may be wrong; its sums are right unless they are given."""
    h = dict(magic=b"RBL\0", algo=0, algo2=1, timestamp=TIME, part=b"app", version=b"1", sn=b"", raw_size=len(body))
    h.update(body_crc=zlib.crc32(body), raw_hash=zlib.crc32(body), body_size=len(body))
    h.update(changes)
    order = "magic algo algo2 timestamp part version sn body_crc raw_hash raw_size body_size".split()
    header = struct.pack("<4sHHI16s24s24sIIII", *(h[name] for name in order))
    path.write_bytes(header + struct.pack("<I", h.get("header_crc", zlib.crc32(header))) + body)
    return path


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image.bin"
    path.write_bytes(b"".join(struct.pack("<II", i * 7, i % 13) for i in range(1200)))
    return path


# ---- interop ----


@pytest.mark.parametrize("name", ROW)
def test_unpack_gives_every_interop_package_its_image(name, tmp_path):
    out = tmp_path / "image"
    ok("unpack", *key_options(ROW[name]), VECTORS / name, "-o", out)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == ROW[name]["raw_sha256"]
    assert out.stat().st_size == int(ROW[name]["raw_size"])


@pytest.mark.parametrize("name", ROW)
def test_verify_finds_every_interop_package_good(name):
    assert f"{ROW[name]['part']} {ROW[name]['version']}" in ok("verify", *key_options(ROW[name]), VECTORS / name).stdout


@pytest.mark.parametrize("name", [name for name in ROW if ROW[name]["compression"] in ("none", "quicklz")])
def test_pack_gives_the_bytes_of_the_official_packager(name, tmp_path):
    image, package = tmp_path / "image", tmp_path / "package"
    ok("unpack", *key_options(ROW[name]), VECTORS / name, "-o", image)
    ok("pack", *pack_options(ROW[name]), image, "-o", package)
    assert package.read_bytes() == (VECTORS / name).read_bytes()


@pytest.mark.parametrize("name", [name for name in ROW if ROW[name]["compression"] in ("gzip", "fastlz")])
def test_pack_compresses_as_well_as_others_do(name, tmp_path):
    image, package = tmp_path / "image", tmp_path / "package"
    ok("unpack", *key_options(ROW[name]), VECTORS / name, "-o", image)
    ok("pack", *pack_options(ROW[name]), image, "-o", package)
    assert package.stat().st_size <= (VECTORS / name).stat().st_size
    back = tmp_path / "back"
    ok("unpack", *key_options(ROW[name]), package, "-o", back)
    assert back.read_bytes() == image.read_bytes()


# ---- pack ----


@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
@pytest.mark.parametrize("encrypt", [False, True])
@pytest.mark.parametrize("hash_kind", ["fnv1a", "crc32"])
def test_any_combination_of_stages_can_be_packed_and_unpacked(compress, encrypt, hash_kind, image, tmp_path):
    key = ["--key", KEY, "--iv", IV] if encrypt else []
    cipher = ["--encrypt", "aes256", *key] if encrypt else []
    pack(image, tmp_path / "p", "--compress", compress, "--hash", hash_kind, *cipher)
    ok("unpack", *key, tmp_path / "p", "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == image.read_bytes()
    shown = json.loads(ok("inspect", "--json", tmp_path / "p").stdout)
    assert (shown["compression"], shown["hash"]) == (compress, hash_kind)
    assert shown["cipher"] == ("aes256" if encrypt else "none")


def test_the_same_inputs_give_the_same_bytes(image, tmp_path):
    for name in "a", "b":
        pack(image, tmp_path / name, "--compress", "gzip")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_timestamp_is_the_option_or_source_date_epoch_or_the_images_time(image, tmp_path):
    os.utime(image, (5, 1234567890))
    pack(image, tmp_path / "p")
    assert header_of(tmp_path / "p")["timestamp"] == 1234567890
    pack(image, tmp_path / "p", SOURCE_DATE_EPOCH="1111111111")
    assert header_of(tmp_path / "p")["timestamp"] == 1111111111
    pack(image, tmp_path / "p", "--timestamp", "4294967295", SOURCE_DATE_EPOCH="1111111111")
    assert header_of(tmp_path / "p")["timestamp"] == 4294967295


def test_quicklz_is_the_default_and_the_official_serial(image, tmp_path):
    pack(image, tmp_path / "p")
    header = header_of(tmp_path / "p")
    assert header["algo"] == 0x200 and header["algo2"] == 0
    assert header["sn"].rstrip(b"\0") == b"00010203040506070809"


def test_padding_is_added_only_for_the_cipher(tmp_path):
    (tmp_path / "i").write_bytes(b"x" * 33)
    pack(tmp_path / "i", tmp_path / "p", "--compress", "none")
    assert header_of(tmp_path / "p")["body_size"] == 33
    pack(tmp_path / "i", tmp_path / "p", "--compress", "none", "--encrypt", "aes256", "--key", KEY, "--iv", IV)
    assert header_of(tmp_path / "p")["body_size"] == 48


BAD_VALUES = {
    "a name of 17 bytes": (["--part", "seventeen-bytes-x"], "--part"),
    "an empty name": (["--part", ""], "--part"),
    "a name with a control character": (["--part", "a\nb"], "control"),
    "a version of 25 bytes": (["--version", "v" * 25], "24"),
    "a serial of 25 bytes": (["--sn", "s" * 25], "24"),
    "an unknown compression": (["--compress", "gzp"], "did you mean 'gzip'"),
    "an unknown cipher": (["--encrypt", "aes128"], "did you mean 'aes256'"),
    "an unknown hash": (["--hash", "md5"], "fnv1a, crc32"),
    "an unknown format": (["--format", "zip"], "rbl"),
    "a time that is no number": (["--timestamp", "now"], "'now'"),
    "a negative time": (["--timestamp", "-1"], "'-1'"),
    "a time beyond 32 bits": (["--timestamp", "4294967296"], "4294967295"),
    "an empty time": (["--timestamp", ""], "''"),
    "encryption without a key": (["--encrypt", "aes256"], "--key-file"),
    "a key without encryption": (["--key", KEY, "--iv", IV], "--encrypt"),
    "a key without an iv": (["--encrypt", "aes256", "--key", KEY], "--iv"),
    "a key of 31 characters": (["--encrypt", "aes256", "--key", KEY[1:], "--iv", IV], "31"),
    "an iv of 17 characters": (["--encrypt", "aes256", "--key", KEY, "--iv", IV + "x"], "17"),
    "hexadecimal digits that are none": (["--encrypt", "aes256", "--key", "hex:" + "xy" * 32, "--iv", IV], "64"),
    "too few hexadecimal digits": (["--encrypt", "aes256", "--key", "hex:00", "--iv", IV], "64"),
    "two sources of the key": (["--encrypt", "aes256", "--key", KEY, "--key-file", "f"], "--key-file"),
    "an option given twice": (["--sn", "1", "--sn", "2"], "twice"),
    "an unknown option": (["--comprss", "none"], "did you mean '--compress'"),
    "an option without its value": (["--hash"], "needs a value"),
    "one image too many": (["extra.bin"], "extra.bin"),
}


@pytest.mark.parametrize("what", BAD_VALUES)
def test_pack_refuses(what, image, tmp_path):
    options, word = BAD_VALUES[what]
    package = tmp_path / "p"
    base = {"--format": "rbl", "--part": "app", "--version": "1"}
    for name in options[0::2]:
        base.pop(name, None)
    command = ["pack", *sum(map(list, base.items()), []), image, "-o", package, *options]
    assert word in fails(2, *command)
    assert not package.exists()


@pytest.mark.parametrize("missing", ["--part", "--version", "-o", "IMAGE"])
def test_pack_says_what_is_missing(missing, image, tmp_path):
    parts = {"--format": "rbl", "--part": "app", "--version": "1", "-o": str(tmp_path / "p"), "IMAGE": str(image)}
    del parts[missing]
    operand = [parts.pop("IMAGE")] if "IMAGE" in parts else []
    assert missing in fails(2, "pack", *sum(map(list, parts.items()), []), *operand)


def test_pack_refuses_an_empty_image_and_one_beyond_the_format(image, tmp_path):
    options = ["pack", "--format", "rbl", "--part", "app", "--version", "1", "-o", tmp_path / "p"]
    image.write_bytes(b"")
    assert "empty" in fails(1, *options, image)
    with open(image, "wb") as f:
        f.truncate(2**32 - 97)
    assert "4294967199" in fails(1, *options, image)
    assert "No such file" in fails(1, *options, tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == [image]


def test_a_package_that_cannot_be_written_leaves_what_was_there(image, tmp_path):
    package = tmp_path / "p"
    package.write_text("before")
    fails(1, "pack", "--format", "rbl", "--part", "app", "--version", "1", tmp_path / "nothing", "-o", package)
    assert package.read_text() == "before"
    assert "not a plain file" in fails(
        1, "pack", "--format", "rbl", "--part", "app", "--version", "1", image, "-o", "/dev/null"
    )
    assert "input" in fails(1, "pack", "--format", "rbl", "--part", "app", "--version", "1", image, "-o", image)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["image.bin", "p"]


def test_an_output_gets_the_rights_of_any_new_file_and_replaces_what_a_link_points_to(image, tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    mask = os.umask(0o027)
    try:
        pack(image, tmp_path / "link")
    finally:
        os.umask(mask)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes()[:3] == b"RBL"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


def test_pack_warns_of_what_no_device_would_take(tmp_path):
    (tmp_path / "i").write_bytes(b"\x7fELF" + bytes(60))
    done = ok("pack", "--format", "rbl", "--part", "bootloader", "--version", "1", tmp_path / "i", "-o", tmp_path / "p")
    assert "bootloader" in done.stderr and "ELF" in done.stderr


# ---- keys ----


def test_keys_may_be_hexadecimal_and_come_from_a_file(image, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_bytes(b"# for tests\r\n\r\n  key = hex:" + KEY.encode().hex().encode() + b"\r\niv=" + IV.encode())
    key_file.chmod(0o600)
    done = pack(image, tmp_path / "a", "--encrypt", "aes256", "--key-file", key_file)
    assert done.stderr == ""
    pack(image, tmp_path / "b", "--encrypt", "aes256", "--key", KEY, "--iv", "hex:" + IV.encode().hex().upper())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    ok("verify", "--key-file", key_file, tmp_path / "b")


BAD_KEY_FILES = {
    "without a line for the iv": (f"key = {KEY}\n", "iv"),
    "without a line for the key": (f"iv = {IV}\n", "key"),
    "with a short key": (f"key = {KEY[1:]}\niv = {IV}\n", ":1: "),
    "with a second key": (f"key = {KEY}\nkey = {KEY}\n", ":2: "),
    "with an unknown line": (f"key = {KEY}\niv = {IV}\nsalt = {KEY}\n", ":3: "),
    "with the bare key": (KEY + "\n", ":1: "),
    "with a NUL": (f"key = {KEY}\niv = {IV}\n\0", "text"),
    "that is huge": ("#" * 5000, "4096"),
}


@pytest.mark.parametrize("what", BAD_KEY_FILES)
def test_a_key_file_is_refused(what, image, tmp_path):
    text, word = BAD_KEY_FILES[what]
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    options = ["--format", "rbl", "--part", "app", "--version", "1", "--encrypt", "aes256"]
    error = fails(1, "pack", *options, "--key-file", tmp_path / "key", image, "-o", tmp_path / "p")
    assert word in error and KEY[1:] not in error


def test_the_user_is_warned_of_keys_that_others_can_see(image, tmp_path):
    assert "command line" in pack(image, tmp_path / "p", "--encrypt", "aes256", "--key", KEY, "--iv", IV).stderr
    key_file = tmp_path / "key"
    key_file.write_text(f"key = {PUBLIC_KEY}\niv = {PUBLIC_IV}\n")
    key_file.chmod(0o644)
    warnings = pack(image, tmp_path / "p", "--encrypt", "aes256", "--key-file", key_file).stderr
    assert "public default" in warnings and "chmod 600" in warnings


def test_a_key_is_never_printed(image, tmp_path):
    pack(image, tmp_path / "p", "--encrypt", "aes256", "--key", KEY, "--iv", IV)
    for args in (
        ["inspect", tmp_path / "p"],
        ["verify", "--key", KEY, "--iv", IV, tmp_path / "p"],
        ["verify", "--key", KEY[:-1], "--iv", IV, tmp_path / "p"],
        ["verify", "--keyy=" + KEY, tmp_path / "p"],
        ["verify", "--key=" + KEY, "--key=" + KEY, tmp_path / "p"],
    ):
        done = otter(*args)
        assert KEY[:-1] not in done.stdout + done.stderr and IV not in done.stdout + done.stderr


def test_an_encrypted_package_needs_its_key(image, tmp_path):
    pack(image, tmp_path / "p", "--encrypt", "aes256", "--key", KEY, "--iv", IV)
    assert "--key-file" in fails(1, "verify", tmp_path / "p")
    assert "wrong key" in fails(1, "verify", "--key", KEY[::-1], "--iv", IV, tmp_path / "p")
    assert "wrong key" in fails(1, "unpack", "--key", KEY, "--iv", IV[::-1], tmp_path / "p", "-o", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_key_for_a_package_that_is_not_encrypted_is_not_used_and_that_is_said():
    assert "not encrypted" in ok("verify", "--key", KEY, "--iv", IV, VECTORS / "tiny-1.rbl").stderr


# ---- bad packages ----


def refused(path, tmp_path, word):
    """verify and unpack say why, and nothing is written."""
    assert word in fails(1, "verify", path)
    assert word in fails(1, "unpack", path, "-o", tmp_path / "out")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("out")]


@pytest.mark.parametrize("cut", [0, 1, 95, 96, 97, 100, 1000, 2795])
def test_a_package_that_is_cut_is_refused(cut, tmp_path):
    package = tmp_path / "p"
    package.write_bytes((VECTORS / "name-without-nul.rbl").read_bytes()[:cut])
    refused(package, tmp_path, "ends early" if cut >= 96 else "no package")
    fails(1, "inspect", package)


def test_bytes_after_a_package_are_refused(tmp_path):
    package = tmp_path / "p"
    package.write_bytes((VECTORS / "tiny-1.rbl").read_bytes() + b"\n")
    refused(package, tmp_path, "head -c 112")


@pytest.mark.parametrize("byte", range(0, 96, 5))
def test_a_flipped_bit_in_the_header_is_found(byte, tmp_path):
    package = tmp_path / "p"
    content = bytearray((VECTORS / "tiny-216.rbl").read_bytes())
    content[byte] ^= 0x10
    package.write_bytes(content)
    refused(package, tmp_path, "no RBL package" if byte < 4 else "header is damaged")
    fails(1, "inspect", package)


def test_a_flipped_bit_in_the_body_is_found(tmp_path):
    package = tmp_path / "p"
    content = bytearray((VECTORS / "app-quicklz.rbl").read_bytes())
    content[20000] ^= 0x10
    package.write_bytes(content)
    refused(package, tmp_path, "body is damaged")
    assert "body is damaged" in fails(1, "inspect", package)


IMAGE = b"This is an image." * 10
PIECE = b"\0\0\0\x0c\x4d\x0c\x01\0\0\0\x80n\0\0\0\0"

BAD_PACKAGES = {
    "with the reserved cipher": (IMAGE, dict(algo=1), "xor"),
    "with an unknown cipher": (IMAGE, dict(algo=7), "cipher 7"),
    "with an unknown compression": (IMAGE, dict(algo=0x400), "compression 4"),
    "with an unknown hash": (IMAGE, dict(algo2=2), "hash 2"),
    "without an image": (b"", dict(), "no sense"),
    "with more padding than there can be": (IMAGE + bytes(17), dict(raw_size=len(IMAGE)), "no sense"),
    "whose stored body is shorter than its image": (IMAGE, dict(raw_size=len(IMAGE) + 1), "no sense"),
    "whose hash is another image's": (IMAGE, dict(raw_hash=1), "0x00000001"),
    "whose image no device could hold": (PIECE, dict(algo=0x200, raw_size=2**32 - 1), "too large"),
    "whose last piece is missing": (PIECE, dict(algo=0x200, raw_size=2), "ends before"),
    "whose piece is longer than its body": (b"\x7f\xff\xff\xff" + PIECE[4:], dict(algo=0x200, raw_size=1), "malformed"),
    "whose piece is longer than a piece can be": (
        b"\0\0\0\x0c\x4f" + struct.pack("<II", 12, 4097) + b"\0\0\0", dict(algo=0x200, raw_size=4097), "malformed"),
    "whose compressed data is none": (IMAGE, dict(algo=0x100, raw_size=10), "gzip data is malformed"),
    "whose data goes on after the image": (PIECE + PIECE, dict(algo=0x200, raw_size=1), "0x"),
}


@pytest.mark.parametrize("what", BAD_PACKAGES)
def test_a_package_is_refused(what, tmp_path):
    body, changes, word = BAD_PACKAGES[what]
    refused(make_package(tmp_path / "p", body, **changes), tmp_path, word)


def test_a_packages_padding_is_no_part_of_its_image(tmp_path):
    image = zlib.crc32(IMAGE)
    make_package(tmp_path / "p", IMAGE + bytes(16), raw_size=len(IMAGE), raw_hash=image)
    ok("unpack", tmp_path / "p", "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == IMAGE


# ---- inspect ----


def test_inspect_shows_every_field():
    shown = ok("inspect", VECTORS / "app-gzip-crc.rbl").stdout
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in shown.splitlines())
    assert lines["partition"] == "app" and lines["version"] == "2.0.2"
    assert lines["serial"] == "00010203040506070809"
    assert lines["timestamp"] == "1700000000  2023-11-14T22:13:20Z"
    assert lines["cipher"] == "none (0)" and lines["compression"] == "gzip (1)"
    assert lines["image size"] == "65699" and lines["image hash"] == "0xc6b92a90  crc32 (1)"
    assert lines["body size"] == "30128" and lines["body CRC"] == "0x44fc50ff"
    assert lines["header CRC"] == "0x279bade9" and lines["file size"] == "30224"


def test_inspect_json_has_every_field():
    path = VECTORS / "name-without-nul.rbl"
    shown = json.loads(ok("inspect", "--json", path).stdout)
    header = header_of(path)
    assert shown["part"] == "sixteen-bytes-ab" and shown["version"] == "a-version-of-24-bytes-xx"
    assert shown["sn"] == "a-serial-number-of-24-by" and shown["ok"] is True and shown["problems"] == []
    for name in "timestamp", "raw_size", "raw_hash", "body_size", "body_crc", "header_crc":
        assert shown[name] == header[name]
    assert bytes.fromhex(shown["header"]) == path.read_bytes()[:96]


def test_inspect_shows_what_a_damaged_header_says_and_fails(tmp_path):
    package = make_package(tmp_path / "p", IMAGE, header_crc=1)
    done = otter("inspect", package)
    assert done.returncode == 1 and "partition    app" in done.stdout and "header is damaged" in done.stderr
    shown = json.loads(otter("inspect", "--json", package).stdout)
    assert shown["ok"] is False and "damaged" in shown["problems"][0]


def test_hostile_texts_neither_steer_the_terminal_nor_break_json(tmp_path):
    package = make_package(
        tmp_path / 'p"\n\033[2J', IMAGE, part=b'\033]0;x\x07"\\,\xff\xc3(', version="é\u202e".encode(), sn=b"a\0b")
    done = ok("inspect", package)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.stdout)
    assert r'partition    \x1b]0;x\x07"\,\xff\xc3(' in done.stdout
    shown = json.loads(ok("inspect", "--json", package).stdout)
    assert shown["part"] == '\033]0;x\x07"\\,\ufffd\ufffd(' and shown["version"] == "é\u202e" and shown["sn"] == "a"
    assert shown["file"] == str(package)
    make_package(package, IMAGE, part=b"\033[2J", raw_hash=1)
    assert "\033" not in fails(1, "verify", package)


# ---- the program ----

COMMANDS = ["keygen", "pack", "sign", "inspect", "verify", "unpack", "image", "serve"]


def test_help_lists_the_commands_and_the_exit_codes():
    shown = ok("--help").stdout
    assert all(re.search(rf"^  {command} ", shown, re.M) for command in COMMANDS)
    assert all(re.search(rf"^  {status}  ", shown, re.M) for status in (0, 1, 2))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    done = ok(command, "--help")
    assert done.stdout.startswith(f"Usage: otter {command} ") and done.stderr == ""
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_the_version_is_told():
    assert re.fullmatch(r"otter \d+\.\d+\.\d+\n", ok("--version").stdout)


def test_unknown_words_are_named_with_the_nearest_right_one():
    assert "'pakc'; did you mean 'pack'?" in fails(2, "pakc")
    assert "'--hlep'; did you mean '--help'?" in fails(2, "--hlep")
    assert "'install'" in fails(2, "install")
    assert "'--jsn'; did you mean '--json'?" in fails(2, "inspect", "--jsn", "x")
    assert "PKG" in fails(2, "inspect")
    assert otter().returncode == 2


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        done = subprocess.run([OTTER, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write" in done.stderr


def on_a_terminal(*args, **environment):
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", **environment}
    process = subprocess.Popen([OTTER, *args], env=env, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # a terminal that nobody has open any more
        pass
    os.close(ours)
    process.wait()
    return shown


def test_colour_is_for_terminals_that_want_it():
    assert b"\033[1;31merror:\033[0m" in on_a_terminal("pakc")
    assert b"\033" not in on_a_terminal("pakc", NO_COLOR="1")
    assert b"\033" not in on_a_terminal("pakc", TERM="dumb")
    assert "\033" not in otter("pakc").stderr
