"""Packages and files by Y-modem, from lrzsz's `sb`: to the app's shell, and to the bootloader of a device with nothing
to start.

OTTER_TRANSFERS=50 sends so many files over a noisy line, OTTER_SEED repeats a run.
"""

import os
import random
import signal

import pytest
from lib.board import PROMPT, Board
from lib.flash import FLASH_SIZE, POSIX_PARTS, FlashFile
from lib.paths import QEMU, TOP
from lib.words import BANNER, install, starts
from lib.ymodem import Noise, Tap, send, sends

TRANSFERS = int(os.environ.get("OTTER_TRANSFERS") or 5)
SEED = int(os.environ.get("OTTER_SEED") or random.SystemRandom().randrange(1 << 32))
POSIX = TOP / "build" / "posix"

KB = 1024
READY = "Please select the ota firmware file and use Ymodem to send."


@pytest.fixture
def empty(tmp_path):
    """A flash that nobody has ever written to. 16 MB: not kept after the test."""
    path = tmp_path / "flash.img"
    path.write_bytes(b"\xff" * FLASH_SIZE)
    yield FlashFile(path)
    path.unlink()


@pytest.fixture
def tap():
    return Tap()


@pytest.fixture
def new_board(empty, tap, binaries):
    """A board without an app, in its bootloader's rescue."""
    with Board(empty, on_output=tap) as board:
        board.expect("No valid application")
        board.expect("Send a package by Y-modem")
        yield board
        print(board.log)


@pytest.fixture
def file_of(tmp_path):
    def make(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


@pytest.fixture(scope="module")
def first_content(tmp_path_factory, pack, app1):
    """The flash of a board that was sent its first app."""
    folder = tmp_path_factory.mktemp("first")
    flash, package, tap = folder / "flash.img", folder / "app-1.0.0.rbl", Tap()
    flash.write_bytes(b"\xff" * FLASH_SIZE)
    package.write_bytes(pack(app1, version="1.0.0"))
    with Board(flash, on_output=tap) as board:
        board.expect("Send a package by Y-modem")
        sends(board, tap, package)
        starts(board, "1.0.0")
        board.expect("is confirmed.")
    content = flash.read_bytes()
    flash.unlink()
    return content


@pytest.fixture
def ready(empty, tap, first_content):
    """A board that runs 1.0.0 and waits at its prompt."""
    empty.path.write_bytes(first_content)
    with Board(empty, on_output=tap) as board:
        starts(board, "1.0.0")
        yield board
        print(board.log)


def begin(board, arguments=""):
    board.type(f"ymodem_ota{arguments}\r")
    board.expect(READY)


# ---- the rescue ----


def test_a_device_without_an_app_is_rescued_over_its_serial_line(new_board, tap, empty, file_of, pack, app1):
    sends(new_board, tap, file_of("app-1.0.0.rbl", pack(app1, version="1.0.0")))
    install(new_board, "app", "none->1.0.0")
    starts(new_board, "1.0.0")
    assert BANNER + "1.0.0" in new_board.run("version")
    assert empty.holds("app", app1, "1.0.0")


def test_the_rescue_installs_nothing_that_is_damaged_and_waits_for_another(new_board, tap, file_of, pack, app1):
    package = bytearray(pack(app1, version="1.0.0"))
    package[5000] ^= 1
    sends(new_board, tap, file_of("bad.rbl", package))
    assert "OTA firmware" not in new_board.expect("No valid application")
    new_board.expect("Send a package by Y-modem")
    package[5000] ^= 1
    sends(new_board, tap, file_of("good.rbl", package))
    starts(new_board, "1.0.0")


def test_the_rescue_refuses_a_file_that_download_cannot_hold_at_once(new_board, tap, empty, file_of):
    status, _ = send(new_board, tap, file_of("big.bin", b"\0" * (1024 * KB + 1)))
    assert status != 0
    new_board.expect("Y-modem failed: ")
    new_board.expect("Send a package by Y-modem")
    assert empty.read("download") == b"\xff" * (1024 * KB)


def test_a_key_restarts_a_board_that_waits_for_a_package(new_board):
    new_board.type("r")
    new_board.expect("Otter bootloader")


def test_the_button_and_y_take_a_package_by_ymodem_before_the_app_starts(
    empty, first_content, tap, tmp_path, file_of, pack, app2
):
    empty.path.write_bytes(first_content)
    program = tmp_path / "pressed"
    program.write_text(f'#!/bin/sh\nexec {QEMU} --button "$@"\n')
    program.chmod(0o755)
    with Board(empty, on_output=tap, program=program) as board:
        board.expect("Press y to send a package by Y-modem")
        board.type("y")
        board.expect("Send a package by Y-modem")
        sends(board, tap, file_of("app-2.0.0.rbl", pack(app2)))
        install(board, "app", "1.0.0->2.0.0")
        starts(board, "2.0.0")


def test_a_cut_in_the_middle_of_the_rescue_leaves_a_board_that_can_be_rescued(empty, file_of, pack, app1, binaries):
    package = file_of("app-1.0.0.rbl", pack(app1, version="1.0.0"))
    for kilobytes in (1, 20):
        tap = Tap()
        with Board(empty, on_output=tap) as board:
            board.expect("Send a package by Y-modem")
            sent = bytearray()

            def cut(data, board=board, sent=sent, most=kilobytes * KB):
                sent.extend(data)
                if len(sent) > most:
                    os.kill(board.pid, signal.SIGKILL)
                return data

            status, _ = send(board, tap, package, noise_out=cut, timeout=8)
            assert status is None
    tap = Tap()
    with Board(empty, on_output=tap) as board:
        board.expect("Send a package by Y-modem")
        sends(board, tap, package)
        starts(board, "1.0.0")


# ---- the app ----


@pytest.mark.parametrize(
    "arguments, options",
    [("", ["-k"]), ("", []), (" -g", ["-k"])],
    ids=["blocks of 1024", "blocks of 128", "Y-modem-G"],
)
def test_a_board_updates_itself_by_ymodem(ready, tap, empty, file_of, pack, app2, arguments, options):
    begin(ready, arguments)
    sends(ready, tap, file_of("app-2.0.0.rbl", pack(app2)), options=options)
    said = ready.expect("Download firmware to flash success.")
    assert 'File "app-2.0.0.rbl", ' in said
    ready.expect("System now will restart...")
    install(ready, "app", "1.0.0->2.0.0")
    starts(ready, "2.0.0")
    assert empty.holds("app", app2, "2.0.0")


def test_the_console_says_nothing_but_the_protocol_during_a_transfer(ready, tap, file_of, pack, app2):
    begin(ready)
    sends(ready, tap, file_of("app-2.0.0.rbl", pack(app2)))
    said = ready.expect('File "app-2.0.0.rbl"').removesuffix('File "app-2.0.0.rbl"')
    assert set(said) <= set("\r\nC\x06\x15")
    ready.expect("System now will restart...")


def test_256_kb_arrive_bit_exact_three_times(ready, tap, empty, file_of):
    for number in range(3):
        data = random.Random(number).randbytes(256 * KB)
        begin(ready, " -p filesystem")
        seconds = sends(ready, tap, file_of("data.bin", data))
        ready.expect('Saved in partition "filesystem".')
        ready.expect(PROMPT)
        assert empty.read("filesystem", 0, len(data)) == data
        print(f"256 KB in {seconds:.1f} s")


def test_what_is_no_package_is_refused_before_anything_is_erased(ready, tap, empty, file_of):
    before = empty.read("download")
    begin(ready)
    status, _ = send(ready, tap, file_of("notes.txt", b"no package\n" * 1000))
    assert status != 0
    ready.expect("nothing was erased")
    ready.expect("Firmware 1.0.0 goes on running.")
    ready.expect(PROMPT)
    assert empty.read("download") == before


def test_a_damaged_package_is_refused_and_the_sender_told(ready, tap, file_of, pack, app2):
    package = bytearray(pack(app2))
    package[-1] ^= 1
    begin(ready)
    status, _ = send(ready, tap, file_of("bad.rbl", package))
    assert status != 0
    ready.expect("Y-modem failed: ")
    ready.expect(PROMPT)
    assert BANNER + "1.0.0" in ready.run("version")


def test_ctrl_c_ends_the_wait_for_a_sender(ready):
    begin(ready)
    ready.type("\x03")
    ready.expect("stopped by Ctrl-C")
    ready.expect(PROMPT)


@pytest.mark.parametrize(
    "arguments, answer",
    [
        ("-p app", 'This board takes no file into "app".'),
        ("-p bootloader", 'This board takes no file into "bootloader".'),
        ("-p nowhere", 'There is no partition "nowhere"'),
        ("-p", "Usage: ymodem_ota [-p part] [-g]"),
        ("now", "Usage: ymodem_ota [-p part] [-g]"),
    ],
)
def test_a_wrong_command_begins_nothing(ready, arguments, answer):
    said = ready.run(f"ymodem_ota {arguments}")
    assert answer in said and READY not in said


# ---- noise ----


@pytest.fixture
def native(empty, tap, file_of, pack, tmp_path):
    """The board posix with its first app, received like any other."""
    program = tmp_path / "board"
    program.write_text(f'#!/bin/sh\nOTTER_FLASH="$1" exec {POSIX / "boot.elf"}\n')
    program.chmod(0o755)
    with Board(empty, on_output=tap, program=program) as board:
        board.expect("Send a package by Y-modem")
        image = (POSIX / "app.bin").read_bytes()
        sends(board, tap, file_of("app.rbl", pack(image, version="1.0.0")))
        starts(board, "1.0.0")
        board.expect("is confirmed.")
    with Board(empty, on_output=tap, program=program) as board:
        starts(board, "1.0.0")
        yield board
        print(board.log[-2000:])


def test_on_a_noisy_line_every_transfer_is_bit_exact(native, tap, empty, file_of):
    chance = random.Random(SEED)
    print(f"OTTER_SEED={SEED}")
    for _ in range(TRANSFERS):
        data = chance.randbytes(256 * KB)
        out, back = Noise(chance.random(), 60000), Noise(chance.random(), 300)
        begin(native, " -p filesystem")
        seconds = sends(native, tap, file_of("data.bin", data), noise_out=out, noise_back=back)
        native.expect('Saved in partition "filesystem".')
        native.expect(PROMPT)
        assert FlashFile(empty, POSIX_PARTS).read("filesystem", 0, len(data)) == data
        print(f"{out.count} bytes disturbed to the board, {back.count} back: {seconds:.1f} s")
