"""Bad packages and bad servers on the board mps2: the app stays byte for byte, it goes on running, and the reason is
printed: by the app's downloader where it can know, otherwise by the bootloader."""

import random
import re
import struct
import zlib

import pytest
from lib.flash import AES256, GZIP, PARTS, QUICKLZ, fnv1a, package
from lib.server import RudeServer, refusing_address
from lib.words import BANNER, confirms, starts, update

OTHER_KEY = "this-is-not-the-key-of-the-board"
XOR, HPATCHLITE = 1, 4 << 8
ROOM = PARTS["app"].size - 96


def small(part="app", **fields):
    """A package whose image is 1000 bytes that fit any partition; `fields` are the lies of its header."""
    return package(random.Random(3).randbytes(1000), part, **fields)


def corrupt(data, offset):
    return data[:offset] + bytes([data[offset] ^ 0x40]) + data[offset + 1 :]


def refused_by_app(board, flash, url):
    """What http_ota says, after which nothing has changed."""
    before = flash.read("app")
    said = board.run(f"http_ota {url}", timeout=30)
    assert "Firmware 1.0.0 goes on running." in said
    assert BANNER + "1.0.0" in board.run("version")
    assert flash.read("app") == before
    board.type("reboot\r")
    assert "OTA firmware" not in starts(board, "1.0.0")
    assert flash.read("app") == before
    return said


def refused_by_boot(board, flash):
    """The line of the bootloader that is about to start; after it, the board runs what it ran before."""
    before = flash.read("app")
    board.expect("Otter bootloader")
    said = starts(board, "1.0.0")
    assert flash.read("app") == before
    board.type("reboot\r")
    assert "OTA " not in starts(board, "1.0.0"), "a package that can never be installed is tried again"
    return said


# ---- packages that the downloader refuses ----

FOREIGN = ["bootloader", "easyflash", "download", "filesystem", "onchip_flash", "nonsense", ""]


@pytest.mark.parametrize("part", FOREIGN)
def test_download_refuses_a_package_for_another_partition(board, flash, web, part):
    said = refused_by_app(board, flash, web.put("foreign.rbl", small(part)))
    assert f"the package is for '{part}', where this board takes none" in said


LACKING = "the package needs a cipher, a compression or a hash that this board has not"
HEADERS = {
    "image_too_large": (dict(raw_size=ROOM, algo=QUICKLZ), f"image of {ROOM} bytes does not fit 'app'"),
    "body_too_large": (dict(body_size=1 << 20, algo=QUICKLZ), "the package of 1048672 bytes does not fit 'download'"),
    "sizes_of_4_GB": (dict(raw_size=0xFFFFFFFF, body_size=0xFFFFFFFF), "does not fit"),
    "empty_image": (dict(raw_size=0), "head contradicts itself"),
    "stored_body_shorter_than_image": (dict(raw_size=2000), "head contradicts itself"),
    "cipher_without_whole_blocks": (dict(algo=AES256), "head contradicts itself"),
    "unknown_cipher": (dict(algo=XOR), LACKING),
    "unknown_compression": (dict(algo=HPATCHLITE), LACKING),
    "unknown_hash": (dict(hash_kind=2), LACKING),
}


@pytest.mark.parametrize("lie", HEADERS)
def test_download_refuses_by_the_header(board, flash, web, lie):
    fields, reason = HEADERS[lie]
    assert reason in refused_by_app(board, flash, web.put("lie.rbl", small(**fields)))


def test_download_refuses_a_header_with_a_wrong_crc(board, flash, web, pack, app2):
    said = refused_by_app(board, flash, web.put("bad.rbl", corrupt(pack(app2), 30)))
    assert "not a package that this board knows, or one whose head is damaged" in said


def test_download_refuses_what_is_no_package(board, flash, web):
    assert "not a package" in refused_by_app(board, flash, web.put("page.html", b"<html>" + b" " * 5000))
    assert "not a package: it has only 5 bytes" in refused_by_app(board, flash, web.put("short", b"RBL\0\0"))
    assert "not a package: it has only 0 bytes" in refused_by_app(board, flash, web.put("empty", b""))


def test_a_refused_header_leaves_the_package_that_was_there(board, flash, web, pack, app2, power_on):
    flash.put_package(pack(app2))
    before = flash.read("download")
    board.run(f"http_ota {web.put('foreign.rbl', small('bootloader'))}")
    assert flash.read("download") == before
    starts(power_on(), "2.0.0")


def test_download_refuses_a_damaged_body(board, flash, web, pack, app2):
    said = refused_by_app(board, flash, web.put("damaged.rbl", corrupt(pack(app2), 20_000)))
    assert "the package is damaged, within its first " in said


@pytest.mark.parametrize("size", [97, 4096, -1])
def test_download_refuses_a_truncated_file(board, flash, web, pack, app2, size):
    said = refused_by_app(board, flash, web.put("truncated.rbl", pack(app2)[:size]))
    assert "the package's head tells of" in said


def test_download_refuses_bytes_after_the_package(board, flash, web, pack, app2):
    said = refused_by_app(board, flash, web.put("longer.rbl", pack(app2) + b"\0"))
    assert "the package's head tells of" in said


# ---- servers that fail ----


def test_a_missing_file_leaves_the_board_running(board, flash, web):
    assert "the server has no such file (HTTP status 404)" in refused_by_app(board, flash, web.address("missing.rbl"))


def test_a_refused_connection_leaves_the_board_running(board, flash):
    assert "Download failed: " in refused_by_app(board, flash, refusing_address())


@pytest.mark.parametrize("promise", ["Content-Length: {}\r\n", "", "Transfer-Encoding: chunked\r\n"])
def test_a_server_that_closes_midway_leaves_the_board_running(board, flash, web, pack, app2, promise):
    body = pack(app2)
    piece = body[:20_000]
    if "chunked" in promise:
        piece = b"%x\r\n%s" % (len(body), piece)
    head = f"HTTP/1.1 200 OK\r\n{promise.format(len(body))}Connection: close\r\n\r\n"
    with RudeServer(head.encode() + piece) as rude:
        said = refused_by_app(board, flash, rude.address("app.rbl"))
    assert "after 20000 of" in said
    update(board, web.put("app-2.0.0.rbl", body))
    starts(board, "2.0.0")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"])
def test_a_server_that_talks_nonsense_leaves_the_board_running(board, flash, answer):
    with RudeServer(answer) as rude:
        assert "Download failed: " in refused_by_app(board, flash, rude.address("app.rbl"))


@pytest.mark.parametrize("url", ["ftp://10.0.2.2/app.rbl", "10.0.2.2/app.rbl", "http://", "https://10.0.2.2/app.rbl"])
def test_an_unusable_address_leaves_the_board_running(board, flash, url):
    assert "Download failed: " in refused_by_app(board, flash, url)


# ---- packages that only a whole decode can judge: the downloader takes them, the bootloader does not ----


def refused_after_download(board, flash, url):
    before = flash.read("app")
    update(board, url)
    said = starts(board, "1.0.0")
    assert flash.read("app") == before
    board.type("reboot\r")
    assert "OTA " not in starts(board, "1.0.0"), "a package that can never be installed is tried again"
    return said


@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
def test_boot_refuses_a_package_with_another_key(board, flash, web, pack, app2, compress):
    url = web.put("other-key.rbl", pack(app2, compress=compress, key=OTHER_KEY))
    assert "OTA package 2.0.0 refused: " in refused_after_download(board, flash, url)


def test_boot_refuses_an_image_with_another_hash(board, flash, web, app2):
    url = web.put("hash.rbl", package(app2, raw_hash=fnv1a(app2) ^ 1))
    assert "OTA package 2.0.0 refused: wrong image hash (-36)." in refused_after_download(board, flash, url)


def test_boot_refuses_an_image_linked_for_another_address(board, flash, web, pack, app2):
    elsewhere = struct.pack("<II", 0x20020000, 0x08010101) + app2[8:]
    url = web.put("elsewhere.rbl", pack(elsewhere))
    said = refused_after_download(board, flash, url)
    assert "OTA package 2.0.0 refused: linked for another address (-40)." in said


# ---- packages that lie in `download` whatever brought them: the bootloader trusts nobody ----

BODY = random.Random(3).randbytes(1000)
STORED = {
    "for_the_bootloader": (small("bootloader"), "not a partition for packages (-39)"),
    "for_a_partition_without_the_flag": (small("easyflash"), "not a partition for packages (-39)"),
    "for_an_unknown_partition": (small("nonsense"), "not a partition for packages (-39)"),
    "image_too_large": (small(raw_size=ROOM, algo=QUICKLZ), "too large (-38)"),
    "body_too_large": (small(body_size=1 << 20, algo=QUICKLZ), "too large (-38)"),
    "sizes_of_4_GB": (small(raw_size=0xFFFFFFFF, body_size=0xFFFFFFFF), "too large (-38)"),
    "empty_image": (small(raw_size=0), "damaged package (-33)"),
    "unknown_cipher": (small(algo=XOR), "stage not on this board (-34)"),
    "unknown_compression": (small(algo=HPATCHLITE), "stage not on this board (-34)"),
    "unknown_hash": (small(hash_kind=2), "stage not on this board (-34)"),
    "corrupted_body": (corrupt(small(), 500), "wrong checksum (-35)"),
    "truncated_body": (small(algo=QUICKLZ)[:-1] + b"\xff", "wrong checksum (-35)"),
    "body_that_is_no_quicklz": (small(algo=QUICKLZ), "refused: "),
    "body_that_is_no_gzip": (small(algo=GZIP), "damaged package (-33)"),
    "image_hash": (small("wifi_image", raw_hash=1), "wrong image hash (-36)"),
    "linked_for_another_address": (small(), "linked for another address (-40)"),
    "piece_larger_than_any_buffer": (
        small(algo=QUICKLZ, body_crc=zlib.crc32(b"\xff" * 4 + BODY[4:]))[:96] + b"\xff" * 4 + BODY[4:],
        "refused: ",
    ),
}


@pytest.mark.parametrize("fault", STORED)
def test_boot_refuses(power_on, flash, fault):
    data, reason = STORED[fault]
    flash.put_package(data)
    said = refused_by_boot(power_on(), flash)
    assert "refused: " in said and reason in said


def test_boot_takes_a_header_with_a_wrong_crc_for_no_package(power_on, flash, pack, app2):
    flash.put_package(corrupt(pack(app2), 30))
    assert "OTA " not in refused_by_boot(power_on(), flash)


# ---- apps that are damaged ----


def waits(board):
    """The bootloader has started nothing: it answers to its own key."""
    board.expect("No valid application: ")
    board.expect("press r to restart.")
    board.type("help\r\x03\x1b[A")  # no key but its own
    board.type("r")
    board.expect("press r to restart.")
    assert board.log.count("Otter bootloader") == 2
    assert BANNER not in board.log


def test_without_app_and_package_the_bootloader_says_so_and_waits(power_on, flash):
    flash.write("app", b"\xff" * PARTS["app"].size)
    board = power_on()
    waits(board)
    assert "No valid application: no package (-32)" in board.log


IMAGE_BITS = [(0, 0), (4, 1), (7, 5), (1000, 7), (30_000, 3), (-1, 0)]


@pytest.mark.parametrize("offset, bit", IMAGE_BITS)
def test_an_app_with_one_bit_flipped_never_boots(power_on, flash, app1, offset, bit):
    flash.flip_bit("app", offset % len(app1), bit)
    waits(power_on())


HEADER_BYTES = [0, 3, 4, 12, 28, 80, 84, 92, 95]


@pytest.mark.parametrize("offset", HEADER_BYTES)
def test_an_app_with_a_damaged_header_never_boots(power_on, flash, offset):
    flash.flip_bit("app", PARTS["app"].size - 96 + offset)
    waits(power_on())


@pytest.mark.parametrize("offset", [0, 4095, 30_000, PARTS["app"].size - 50])
def test_a_damaged_app_is_repaired_from_the_package_in_download(board, flash, power_on, web, pack, app2, offset):
    update(board, web.put("app-2.0.0.rbl", pack(app2)))
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    board.kill()
    flash.flip_bit("app", offset)
    repaired = power_on()
    repaired.expect(re.compile(rb"OTA firmware\(app\) upgrade\((none|2\.0\.0)->2\.0\.0\) startup\."))
    repaired.expect("OTA firmware(app) upgrade success.", 30)
    starts(repaired, "2.0.0")
    assert flash.holds("app", app2, "2.0.0")


def test_a_damaged_app_and_a_bad_package_wait_for_a_person(power_on, flash):
    flash.flip_bit("app", 1000)
    flash.put_package(corrupt(small(), 500))
    board = power_on()
    waits(board)
    assert "refused: wrong checksum (-35)" in board.log
