"""The command image: what a programmer writes to a board first."""

import struct
import zlib

import pytest
from test_cli import fails, ok

KB = 1024
BASE = 0x21000000
BOOT_ROOM = 56 * KB
APP = 64 * KB
POSIX_APP = 128 * KB
APP_END = 512 * KB
FLASH = 16384 * KB


def firmware(address, size):
    """An image as the Cortex-M linker makes it: stack pointer, reset handler, the rest."""
    rest = (bytes(range(256)) * (size // 256 + 1))[: size - 8]
    return struct.pack("<II", 0x20008000, address + 0x101) + rest


@pytest.fixture
def files(tmp_path):
    (tmp_path / "boot.bin").write_bytes(b"bootloader" * 100)
    (tmp_path / "app.bin").write_bytes(firmware(BASE + APP, 70000))
    return tmp_path


def image(files, output, *options):
    inputs = [files / "boot.bin", files / "app.bin"]
    ok("image", "--board", "mps2", "--timestamp", 1700000000, *options, *inputs, "-o", output)
    return output.read_bytes()


def hex_bytes(text):
    """The bytes of an Intel HEX file by their addresses, each line's sum checked."""
    upper, found, ended = 0, {}, False
    for line in text.splitlines():
        assert line[0] == ":" and not ended
        record = bytes.fromhex(line[1:])
        assert sum(record) % 256 == 0 and len(record) == record[0] + 5
        address, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 4:
            upper = int.from_bytes(data, "big") << 16
        elif kind == 0:
            found.update((upper + address + i, byte) for i, byte in enumerate(data))
        ended = kind == 1
    assert ended
    return found


def test_bootloader_app_and_header_lie_in_their_places_and_the_rest_is_erased(files):
    flash = image(files, files / "flash.img", "--version", "1.2.3")
    boot, app = (files / "boot.bin").read_bytes(), (files / "app.bin").read_bytes()
    header = flash[APP_END - 96 : APP_END]
    assert len(flash) == FLASH
    assert flash[: len(boot)] == boot and flash[APP : APP + len(app)] == app
    used = len(boot) + len(app) + 96
    assert flash.count(b"\xff") == FLASH - used + (boot + app + header).count(b"\xff")


def test_the_header_is_that_of_an_uncompressed_package(files):
    flash = image(files, files / "flash.img", "--version", "1.2.3")
    package = files / "app.rbl"
    options = ["--format", "rbl", "--part", "app", "--version", "1.2.3", "--compress", "none"]
    ok("pack", *options, "--timestamp", 1700000000, files / "app.bin", "-o", package)
    assert flash[APP_END - 96 : APP_END] == package.read_bytes()[:96]


def test_the_used_size_ends_behind_the_apps_header(files):
    full = image(files, files / "full.img")
    assert image(files, files / "used.img", "--size", "used") == full[:APP_END]


def test_a_hex_file_has_the_same_bytes_and_only_what_is_used(files):
    flash = image(files, files / "flash.img")
    found = hex_bytes(image(files, files / "flash.hex").decode())
    assert all(flash[address - BASE] == byte for address, byte in found.items())
    assert len(found) == (files / "boot.bin").stat().st_size + (files / "app.bin").stat().st_size + 96


def test_without_a_bootloader_its_partition_stays_erased(files):
    ok("image", "--board", "mps2", "-", files / "app.bin", "-o", files / "flash.img")
    assert (files / "flash.img").read_bytes()[:APP] == b"\xff" * APP


def test_a_native_program_needs_no_vector_table(files):
    (files / "app.bin").write_bytes(b"\x7fELF" + bytes(1000))
    ok("image", "--board", "posix", files / "boot.bin", files / "app.bin", "-o", files / "flash.img")
    assert (files / "flash.img").read_bytes()[POSIX_APP : POSIX_APP + 4] == b"\x7fELF"


def test_the_same_inputs_give_the_same_image(files):
    assert image(files, files / "a.img") == image(files, files / "b.img")


def refused(status, word, files, *options, output="flash.img"):
    error = fails(status, "image", *options, files / "boot.bin", files / "app.bin", "-o", files / output)
    assert word in error
    assert sorted(p.name for p in files.iterdir()) == ["app.bin", "boot.bin"]


@pytest.mark.parametrize("address", [0, BASE, 0x08010000, BASE + APP_END])
def test_an_app_that_is_linked_elsewhere_is_refused(address, files):
    (files / "app.bin").write_bytes(firmware(address, 70000))
    refused(1, f"{address + 0x101:#010x}, but 'app' lies at 0x21010000", files, "--board", "mps2")


def test_an_app_must_leave_room_for_its_header(files):
    room = APP_END - APP - 96
    (files / "app.bin").write_bytes(firmware(BASE + APP, room))
    refused(1, f"room for {room - 1}", files, "--board", "mps2")
    (files / "app.bin").write_bytes(firmware(BASE + APP, room - 1))
    image(files, files / "flash.img")


def test_a_bootloader_fits_its_partition(files):
    (files / "boot.bin").write_bytes(bytes(BOOT_ROOM + 1))
    refused(1, f"room for {BOOT_ROOM}", files, "--board", "mps2")
    (files / "boot.bin").write_bytes(bytes(BOOT_ROOM))
    image(files, files / "flash.img")


@pytest.mark.parametrize("name", ["boot.bin", "app.bin"])
def test_an_empty_file_is_refused(name, files):
    (files / name).write_bytes(b"")
    refused(1, "empty", files, "--board", "mps2")


@pytest.mark.parametrize("size", [1, 4, 7])
def test_an_app_without_a_whole_vector_table_is_refused(size, files):
    (files / "app.bin").write_bytes(bytes(size))
    refused(1, "app.bin", files, "--board", "mps2")


def test_mistakes_on_the_command_line_are_named(files):
    refused(2, "mps2, posix", files, "--board", "stm32")
    refused(2, "--board", files)
    refused(2, ".img nor .hex", files, "--board", "mps2", output="flash.bin")
    refused(2, "'half'", files, "--board", "mps2", "--size", "half")
    refused(2, "--size", files, "--board", "mps2", "--size", "used", output="flash.hex")
    refused(2, "24", files, "--board", "mps2", "--version", "v" * 25)


# ---- packages ----

ERASE, UNIT, TRAILER = 2 * KB, 8, 4 * KB  # the chip's; a trailer needs two of its blocks
WHAT = ["--product", "p", "--hardware", "h", "--version", "2.0.0", "--counter", 1, "--timestamp", 1700000000]


@pytest.fixture
def packages(files):
    """A signed package of the app, and one that is encrypted."""
    ok("keygen", "-o", files / "k")
    ok("keygen", "--type", "product", "-o", files / "product.key")
    options = ["pack", "--key", files / "k", *WHAT, files / "app.bin"]
    ok(*options, "-o", files / "app.otter")
    ok(*options, "--encrypt", "--product-key", files / "product.key", "-o", files / "secret.otter")
    return files


def head_of(package):
    content = package.read_bytes()
    return content[: int.from_bytes(content[6:8], "little") + 64]


def footer(head, image=0):
    start = struct.pack("<4sBBHQ12x", b"OTFT", 1, image, len(head), 0)
    return start + struct.pack("<I", zlib.crc32(start))


def install(files, app, output, *options):
    ok("image", "--board", "mps2", *options, files / "boot.bin", files / app, "-o", files / output)
    return (files / output).read_bytes()


@pytest.mark.parametrize("app, keys", [("app.otter", []), ("secret.otter", ["--product-key", "product.key"])])
def test_a_signed_app_lies_in_flash_with_its_trailer(app, keys, packages):
    flash = install(packages, app, "f.img", *keys[:1], *(packages / name for name in keys[1:]))
    raw, head = (packages / "app.bin").read_bytes(), head_of(packages / app)
    expected = raw.ljust(APP_END - APP - TRAILER, b"\xff") + head.ljust(TRAILER - 32, b"\xff") + footer(head)
    assert flash[APP:APP_END] == expected


def test_the_signature_is_checked_where_there_is_a_key(packages):
    output = packages / "f.img"
    command = ["image", "--board", "mps2", "-", packages / "app.otter", "-o", output]
    assert "signature not checked" in ok(*command).stdout
    assert "not checked" not in ok(*command, "--pubkey", packages / "k.pub").stdout
    ok("keygen", "-o", packages / "other")
    output.unlink()
    assert "and the key given is" in fails(1, *command, "--pubkey", packages / "other.pub")
    assert not output.exists()


def test_every_image_of_a_package_is_installed(packages):
    (packages / "wifi").write_bytes(b"wifi" * 1000)
    images = ["--image", f"wifi_image={packages / 'wifi'}", "--image", f"app={packages / 'app.bin'}"]
    ok("pack", "--key", packages / "k", *WHAT, *images, "-o", packages / "two.otter")
    flash, head = install(packages, "two.otter", "f.img"), head_of(packages / "two.otter")
    wifi = 512 * KB + 1536 * KB
    assert flash[wifi : wifi + 4000] == b"wifi" * 1000
    assert flash[wifi + 512 * KB - 32 : wifi + 512 * KB] == footer(head, 0)
    assert flash[wifi + 512 * KB - 4 * KB :].startswith(head)
    assert flash[APP_END - 32 : APP_END] == footer(head, 1)


def test_an_rbl_package_gives_what_its_raw_image_gives(packages):
    options = ["--format", "rbl", "--part", "app", "--version", "1.2.3", "--compress", "none"]
    ok("pack", *options, "--timestamp", 1700000000, packages / "app.bin", "-o", packages / "app.rbl")
    assert install(packages, "app.rbl", "a.img") == image(packages, packages / "b.img", "--version", "1.2.3")


def test_packages_can_lie_in_factory_and_download(packages):
    options = ["--factory", packages / "app.otter", "--download", packages / "secret.otter"]
    flash = install(packages, "app.otter", "f.img", *options)
    for offset, name in (512 * KB + 14848 * KB, "app.otter"), (512 * KB + 512 * KB, "secret.otter"):
        package = (packages / name).read_bytes()
        assert flash[offset:].startswith(package + b"\xff" * 100)


def image_fails(status, word, files, app, *options):
    assert word in fails(status, "image", "--board", "mps2", *options, "-", files / app, "-o", files / "f.img")
    assert not (files / "f.img").exists()


def test_a_package_that_no_board_would_start_is_refused(packages):
    image_fails(1, "--product-key", packages, "secret.otter")
    image_fails(2, "raw APP", packages, "app.otter", "--version", "1.0.0")
    damaged = bytearray((packages / "app.otter").read_bytes())
    damaged[-1] ^= 1
    (packages / "damaged").write_bytes(damaged)
    image_fails(1, "is damaged", packages, "damaged")
    image_fails(1, "is damaged", packages, "app.otter", "--factory", packages / "damaged")
    image_fails(1, "no Otter package", packages, "app.otter", "--download", packages / "app.bin")


@pytest.mark.parametrize("part, word", [("wifi_image", "no image for 'app'"), ("nowhere", "no image for 'app'")])
def test_a_package_without_an_app_is_refused(part, word, packages):
    ok("pack", "--key", packages / "k", *WHAT, "--part", part, packages / "app.bin", "-o", packages / "p")
    image_fails(1, word, packages, "p")


def test_a_package_for_a_partition_that_the_board_has_not_is_refused(packages):
    images = [f"--image={part}={packages / 'app.bin'}" for part in ("app", "modem")]
    ok("pack", "--key", packages / "k", *WHAT, *images, "-o", packages / "p")
    image_fails(1, "no partition 'modem'", packages, "p")


def test_a_packed_app_must_fit_and_be_linked_for_its_place(packages):
    room = APP_END - APP - TRAILER - 1
    for size, address, word in (room + 1, BASE + APP, f"room for {room}"), (5000, 0, "linked for another address"):
        (packages / "raw").write_bytes(firmware(address, size))
        ok("pack", "--key", packages / "k", *WHAT, packages / "raw", "-o", packages / "p")
        image_fails(1, word, packages, "p")
    (packages / "raw").write_bytes(firmware(BASE + APP, room))
    ok("pack", "--key", packages / "k", *WHAT, packages / "raw", "-o", packages / "p")
    install(packages, "p", "f.img")
