"""The command image: what a programmer writes to a board first."""

import struct

import pytest
from test_cli import fails, ok

KB = 1024
BASE = 0x21000000
BOOT_ROOM = 56 * KB
APP = 64 * KB
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
    assert (files / "flash.img").read_bytes()[APP : APP + 4] == b"\x7fELF"


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
