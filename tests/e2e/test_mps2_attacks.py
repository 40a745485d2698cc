"""Attacks on signed packages, on the real ARM binary: whatever arrives, the app stays byte for byte, the board goes on
running, and the reason is printed. OTTER_SEED repeats the bits that are flipped."""

import os
import random

import pytest
from lib import rsp, signed
from lib.paths import BOOT_ELF
from lib.words import BANNER, confirms, rolls_back, starts, update

SEED = int(os.environ.get("OTTER_SEED") or random.SystemRandom().randrange(1 << 32))
FLIPS = 12  # bits each of manifest, signature and payload

CONTENT_KEY = "00112233445566778899aabbccddeeff" * 2


def flip(data, bit):
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def swap_chunk(good, other):
    """The third chunk of the other, in the place of the first's."""
    start = signed.head_size(good) + 2 * 4096
    return good[:start] + other[start : start + 4096] + good[start + 4096 :]


@pytest.fixture(scope="module")
def good(sign, app2):
    """Its chunks stand where those of `other` do."""
    return sign(app2, "2.0.0", compress="none", content_key=CONTENT_KEY)


@pytest.fixture(scope="module")
def other(sign, app2):
    return sign(bytes(app2[:8]) + bytes(byte ^ 1 for byte in app2[8:]), "2.0.1", compress="none", content_key=CONTENT_KEY)


@pytest.fixture(scope="module")
def stranger(sign):
    return sign.keygen("stranger")


HEAD_FAULTS = {
    "another product's": (lambda s: s.sign(s.image, product="toaster"), "for another product or hardware (-43)"),
    "another hardware's": (lambda s: s.sign(s.image, hardware="mps3"), "for another product or hardware (-43)"),
    "a newer bootloader's": (lambda s: s.sign(s.image, min_boot="99.0.0"), "needs a newer bootloader (-45)"),
    "an unknown key's": (lambda s: s.sign(s.image, key=s.stranger), "unknown or revoked key (-41)"),
    "the signature of another package": (
        lambda s: signed.with_proof(s.good, s.other[signed.manifest_size(s.other) :][: signed.PROOF]),
        "wrong signature (-42)",
    ),
    "r = 0": (lambda s: signed.with_number(s.good, 0, 1), "wrong signature (-42)"),
    "s = 0": (lambda s: signed.with_number(s.good, 1, 0), "wrong signature (-42)"),
    "r = n": (lambda s: signed.with_number(s.good, signed.ORDER, 1), "wrong signature (-42)"),
    "s = n": (lambda s: signed.with_number(s.good, 1, signed.ORDER), "wrong signature (-42)"),
    "r = s = p": (lambda s: signed.with_number(s.good, signed.FIELD, signed.FIELD), "wrong signature (-42)"),
    "a destination that takes none": (
        lambda s: s.sign({"bootloader": s.image[:1000]}),
        "not a partition for packages",
    ),
}

BODY_FAULTS = {
    "a chunk of another package": lambda s: swap_chunk(s.good, s.other),
    "the payload of another version": lambda s: s.good[: signed.head_size(s.good)] + s.other[signed.head_size(s.other) :],
    "the last byte changed": lambda s: flip(s.good, 8 * len(s.good) - 1),
}


class Sources:
    """What the faults are made from."""

    def __init__(self, sign, image, good, other, stranger):
        self.sign, self.image, self.good, self.other, self.stranger = sign, image, good, other, stranger


@pytest.fixture(scope="module")
def sources(sign, app2, good, other, stranger):
    return Sources(sign, app2, good, other, stranger)


def refused_download(board, flash, url, reason, erases=False):
    """What http_ota says, after which nothing has changed, but for `download` if it `erases`."""
    before = flash.read("app"), flash.read("download")
    said = board.run(f"http_ota {url}", timeout=30)
    assert "Download failed: " in said and reason in said
    assert "Firmware 1.0.0 goes on running." in said
    assert flash.read("app") == before[0]
    if not erases:
        assert flash.read("download") == before[1]
    return said


def refused_start(flash, power_on, data, reason):
    """Puts it into `download`, as if an app that was taken over had: the bootloader refuses it, and only once."""
    flash.put_package(data)
    before = flash.read("app")
    board = power_on()
    said = starts(board, "1.0.0")
    assert f"refused: {reason}" in said
    assert BANNER + "1.0.0" in board.run("version")
    board.type("reboot\r")
    board.expect("System now will restart...")
    assert "OTA " not in starts(board, "1.0.0")
    assert flash.read("app") == before


# ---- the downloader ----


@pytest.mark.parametrize("fault", HEAD_FAULTS)
def test_the_downloader_refuses_before_it_erases(signed_board, signed_flash, web, sources, good, fault):
    make, reason = HEAD_FAULTS[fault]
    signed_flash.put_package(good)
    reason = reason.split(" (")[0] if "destination" not in fault else "where this board takes none"
    refused_download(signed_board, signed_flash, web.put("fault.otter", make(sources)), reason)


@pytest.mark.parametrize("fault", BODY_FAULTS)
def test_the_downloader_refuses_a_chunk_that_is_not_the_one_that_was_signed(
    signed_board, signed_flash, web, sources, fault
):
    url = web.put("fault.otter", BODY_FAULTS[fault](sources))
    refused_download(signed_board, signed_flash, url, "the package is damaged, within its first ", erases=True)
    signed_board.type("reboot\r")
    assert "OTA " not in starts(signed_board, "1.0.0")


def test_the_downloader_refuses_a_single_changed_bit_of_the_head(signed_board, signed_flash, web, good):
    rng, size = random.Random(SEED), signed.manifest_size(good)
    bits = rng.sample(range(8 * size), FLIPS) + rng.sample(range(8 * size, 8 * (size + signed.PROOF)), FLIPS)
    print(f"seed {SEED}: bits {bits}")
    for bit in bits:
        refused_download(signed_board, signed_flash, web.put("flip.otter", flip(good, bit)), "Download failed: ")


def test_the_downloader_refuses_a_single_changed_bit_of_the_payload(signed_board, signed_flash, web, good):
    bits = random.Random(SEED).sample(range(8 * signed.head_size(good), 8 * len(good)), FLIPS)
    print(f"seed {SEED}: bits {bits}")
    for bit in bits:
        url = web.put("flip.otter", flip(good, bit))
        refused_download(signed_board, signed_flash, url, "the package is damaged", erases=True)


@pytest.mark.parametrize("size", [0, 15, 16, 100, 5000, -1])
def test_the_downloader_refuses_a_truncated_package(signed_board, signed_flash, web, good, size):
    refused_download(signed_board, signed_flash, web.put("short.otter", good[:size]), "")


# ---- the bootloader: it trusts nobody, not even the app ----


@pytest.mark.parametrize("fault", HEAD_FAULTS)
def test_the_bootloader_refuses_the_same(signed_flash, power_on, sources, fault):
    make, reason = HEAD_FAULTS[fault]
    refused_start(signed_flash, power_on, make(sources), reason)


@pytest.mark.parametrize("fault", BODY_FAULTS)
def test_the_bootloader_refuses_the_same_chunks(signed_flash, power_on, sources, fault):
    refused_start(signed_flash, power_on, BODY_FAULTS[fault](sources), "wrong checksum (-35)")


@pytest.mark.parametrize("region", ["manifest", "signature", "payload"])
def test_the_bootloader_refuses_a_single_changed_bit(signed_flash, power_on, good, region):
    size = signed.manifest_size(good)
    ends = {"manifest": (4, size), "signature": (size, size + signed.PROOF), "payload": (size + signed.PROOF, len(good))}
    bits = random.Random(SEED).sample(range(8 * ends[region][0], 8 * ends[region][1]), FLIPS // 3)
    print(f"seed {SEED}: bits {bits}")
    before = signed_flash.read("app")
    for bit in bits:
        signed_flash.put_package(flip(good, bit))
        board = power_on()
        assert "upgrade(" not in starts(board, "1.0.0")
        assert signed_flash.read("app") == before


def test_the_bootloader_refuses_a_truncated_package(signed_flash, power_on, good):
    refused_start(signed_flash, power_on, good[:-100] + b"\xff" * 100, "wrong checksum (-35)")


def test_what_is_installed_is_what_was_verified(signed_flash, power_on, good, app1, package1):
    """A bit changes after the bootloader has verified the whole package, and before it has installed it."""
    signed_flash.put_package(good)
    board = power_on(debug=True)
    board.target.set_break(rsp.symbols(BOOT_ELF)["otter_install_image"])
    board.target.start()
    board.target.wait(60)
    signed_flash.flip_bit("download", len(good) - 20_000)
    board.target.clear_break(rsp.symbols(BOOT_ELF)["otter_install_image"])
    board.target.start()
    board.expect("OTA firmware(app) failed: wrong checksum (-35).", 30)
    rolls_back(board, "1.0.0", "damaged")
    assert signed.holds(signed_flash, "app", app1, package1)


# ---- what the journal remembers ----


def confirmed(board, url, version):
    update(board, url)
    starts(board, version)
    confirms(board, version)
    board.run("")


def refused_after_download(board, flash, url, version, reason):
    """By the bootloader, in the app's next start."""
    before = flash.read("app")
    update(board, url)
    assert f"refused: {reason}" in starts(board, version)
    assert flash.read("app") == before
    assert BANNER + version in board.run("version")


def test_an_older_security_counter_is_refused(signed_board, signed_flash, web, sign, app1, app2):
    confirmed(signed_board, web.put("new.otter", sign(app2, "2.0.0", counter=5)), "2.0.0")
    url = web.put("old.otter", sign(app1, "1.0.0", counter=4))
    refused_after_download(signed_board, signed_flash, url, "2.0.0", "older than this board allows (-44)")


def test_a_development_key_may_ask_for_a_downgrade(sign, signed_board, web, app1, app2, otter_run, tmp_path):
    confirmed(signed_board, web.put("new.otter", sign(app2, "2.0.0", counter=5)), "2.0.0")
    (tmp_path / "old.bin").write_bytes(app1)
    what = ["--product", "otter-demo", "--hardware", "mps2", "--version", "1.0.0", "--counter", "1"]
    key = ["--key", signed.key_file("demo-1"), "--allow-downgrade"]
    otter_run("pack", *key, *what, tmp_path / "old.bin", "-o", tmp_path / "old.otter")
    confirmed(signed_board, web.put("old.otter", (tmp_path / "old.otter").read_bytes()), "1.0.0")


def test_a_revoked_key_is_refused(signed_board, signed_flash, web, sign, app1, app2):
    """demo-2 takes the trust away from demo-1, for good."""
    revoked = sign(app1, "1.0.0", key="demo-1")[8:16].hex()
    confirmed(signed_board, web.put("revoke.otter", sign(app2, "2.0.0", key="demo-2", revoke=revoked)), "2.0.0")
    url = web.put("revoked.otter", sign(app1, "1.0.0", key="demo-1"))
    refused_after_download(signed_board, signed_flash, url, "2.0.0", "unknown or revoked key (-41)")
    confirmed(signed_board, web.put("second.otter", sign(app1, "1.0.0", key="demo-2")), "1.0.0")
