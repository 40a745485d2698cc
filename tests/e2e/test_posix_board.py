"""The board posix: bootloader and application as native programs on a terminal, with flash in a file."""

import contextlib
import fcntl
import http.server
import os
import pty
import re
import select
import subprocess
import termios
import threading
import time

import pytest
from lib import process
from lib.board import PROMPT
from lib.flash import POSIX_PARTS, FlashFile
from lib.paths import TOP
from lib.words import confirms, install, starts, update

BUILD = TOP / "build" / "posix"
BOOT = BUILD / "boot.elf"
APP, APP2 = BUILD / "app.bin", BUILD / "app-2.0.0.bin"

JOURNAL = slice(14320 << 10, 14336 << 10)  # of the flash file; on mps2 it lies elsewhere

UP, LEFT, TAB, CTRL_C, CTRL_BACKSLASH = "\x1b[A", "\x1b[D", "\t", "\x03", "\x1c"


def power(flash):
    return {**os.environ, "OTTER_FLASH": str(flash)}


def make_foreground():
    """So that the terminal's keys for signals reach the program."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A board, and the terminal before it. Leaving it cuts the power."""

    def __init__(self, flash):
        self._terminal, its_end = pty.openpty()
        streams = {"stdin": its_end, "stdout": its_end, "stderr": its_end}
        self._process = process.start([BOOT], preexec_fn=make_foreground, env=power(flash), **streams)
        os.close(its_end)
        self._new = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        os.close(self._terminal)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def ended(self):
        """The exit status, once it has ended by itself."""
        return self._process.wait(10)

    def type(self, keys):
        os.write(self._terminal, keys.encode())

    def expect(self, text, timeout=20):
        """Waits until the board has said it: all that it said since the last time, up to its end."""
        deadline = time.monotonic() + timeout
        while text not in self._new:
            left = max(0, deadline - time.monotonic())
            assert select.select([self._terminal], [], [], left)[0], f"no {text!r} in {timeout} s: {self._new!r}"
            self._new += os.read(self._terminal, 4096).decode()
        end = self._new.index(text) + len(text)
        said, self._new = self._new[:end], self._new[end:]
        return said

    def run(self, command):
        """What a command prints."""
        self.type(command + "\r")
        self.expect(command + "\r\n")
        return self.expect(PROMPT).removesuffix(PROMPT).replace("\r\n", "\n")


@pytest.fixture(scope="module", autouse=True)
def built():
    missing = [str(path) for path in (BOOT, APP, APP2) if not path.exists()]
    if missing:
        pytest.fail(f"not built: {', '.join(missing)}; run scripts/build", pytrace=False)


@pytest.fixture
def flash(tmp_path, otter_run):
    """Flash as a programmer leaves it, with version 1.0.0. 16 MB: not kept after the test."""
    path = tmp_path / "flash.img"
    what = ["--version", "1.0.0", "--timestamp", "1600000000"]
    otter_run("image", "--board", "posix", *what, "-", APP, "-o", path)
    yield FlashFile(path, POSIX_PARTS)
    path.unlink()


@pytest.fixture
def board(flash):
    """A board that runs 1.0.0 and waits at its prompt."""
    with Terminal(flash) as board:
        starts(board, "1.0.0")
        yield board


@pytest.fixture
def put(serve, tmp_path):
    """put(name, data): the address of a new file on `otter serve`."""
    folder = tmp_path / "served"
    folder.mkdir()
    url = serve(folder)

    def make(name, data):
        (folder / name).write_bytes(data)
        return f"{url}/{name}"

    return make


@pytest.fixture(scope="module")
def package(pack):
    """The packed application 2.0.0."""
    return pack(APP2.read_bytes())


# ---- start ----


def test_an_empty_board_says_what_is_missing_and_restarts_on_request(tmp_path):
    with Terminal(tmp_path / "new.img") as board:
        board.expect("No valid application")
        board.expect("press r to restart")
        board.type("r")
        board.expect("Otter bootloader, board posix")
        board.expect("No valid application")
    content = bytearray((tmp_path / "new.img").read_bytes())
    content[JOURNAL] = b"\xff" * (16 << 10)
    assert content == b"\xff" * (16 << 20)


def test_an_app_that_is_damaged_does_not_start(flash):
    flash.flip_bit("app", 5000)
    with Terminal(flash) as board:
        assert "current version" not in board.expect("No valid application")


def test_two_boards_cannot_share_a_flash_file(board, flash):
    second = subprocess.run([BOOT], env=power(flash), capture_output=True, text=True)
    assert second.returncode == 1
    assert f"the flash file {flash} is in use by another board" in second.stderr


def test_a_file_that_is_no_flash_file_is_refused_and_kept(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("not flash")
    done = subprocess.run([BOOT], env=power(path), capture_output=True, text=True)
    assert done.returncode == 1
    assert f"the flash file {path} has 9 bytes, not 16777216" in done.stderr
    assert path.read_text() == "not flash"


def test_commands_from_a_pipe_are_all_run_before_the_program_ends(flash):
    commands = "fal probe download\nfal read 0 16\nversion\n"
    done = subprocess.run([BOOT], input=commands, env=power(flash), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert "00000000: ff ff" in done.stdout
    assert "board    : posix" in done.stdout


def test_ctrl_backslash_ends_the_program(flash):
    with Terminal(flash) as board:
        board.expect("Ctrl-\\ ends it")
        starts(board, "1.0.0")
        board.type(CTRL_BACKSLASH)
        assert board.ended() == 0


# ---- shell ----


def test_version_shows_the_firmware(board):
    said = board.run("version")
    assert "The current version of APP firmware is 1.0.0" in said
    assert "board    : posix" in said


def test_help_lists_every_command_with_a_line(board):
    lines = board.run("help").splitlines()
    for name in "help version free reboot http_ota ota_status confirm rollback hold fal ifconfig ping".split():
        assert any(line.startswith(f"{name:16} - ") for line in lines), name


def test_an_unknown_command_is_named(board):
    assert "frobnicate: command not found.\n" in board.run("frobnicate now")


def test_tab_completes_and_up_recalls(board):
    board.type("vers" + TAB + "\r")
    board.expect("board    : posix")
    board.expect(PROMPT)
    board.type(UP)
    board.expect("msh >version ")
    board.type("\r")
    board.expect("board    : posix")


def test_a_line_is_edited_in_the_middle(board):
    board.type("verion" + LEFT * 3 + "s\r")
    board.expect("board    : posix")


def test_keys_typed_while_a_command_runs_come_after_it(board):
    board.type("fal probe easyflash\rfal bench 64 yes\rversion\r")
    board.expect("Read  524288 bytes by 64")
    board.expect("board    : posix")


def test_free_shows_the_memory(board):
    said = board.run("free")
    variables = int(re.search(r"variables : +(\d+)", said).group(1))
    assert variables > 4096
    assert int(re.search(r"at most (\d+) used", said).group(1)) > 0


def test_ifconfig_shows_an_address(board):
    assert re.search(r"ip address : [1-9]\d*\.\d+\.\d+\.\d+\n", board.run("ifconfig"))


def test_ping_is_answered_or_says_why_not(board):
    said = board.run("ping 127.0.0.1 1")
    assert "1 sent, 1 answered" in said or "not allowed" in said


def test_reboot_goes_through_the_bootloader(board):
    board.type("reboot\r")
    board.expect("Otter bootloader, board posix")
    starts(board, "1.0.0")


# ---- fal ----


def test_fal_probe_shows_the_partition_table(board):
    said = board.run("fal probe")
    assert "==================== FAL partition table ====================\n" in said
    assert "| download         | nor_flash    | 0x00080000 | 0x00100000 |\n" in said


def test_fal_reads_what_it_has_written_and_erases_it(board):
    board.run("fal probe easyflash")
    assert "Write success: 3 bytes" in board.run("fal write 0x10 0x4f 116 0164")
    assert "00000010: 4f 74 74 ff" in board.run("fal read 0x10 16")
    assert "flash not erased" in board.run("fal write 0x10 0")
    assert "Erase success: 4096 bytes" in board.run("fal erase 0 4096")
    assert "00000010: ff ff ff ff" in board.run("fal read 0x10 16")


@pytest.mark.parametrize(
    "commands",
    [
        ["fal probe app", "fal erase 0 2048"],
        ["fal probe bootloader", "fal write 0 1"],
        ["fal probe onchip_flash", "fal erase 0xf800 4096"],
        ["fal probe app", "fal bench 1024 yes"],
    ],
    ids=lambda commands: ", ".join(commands),
)
def test_fal_never_touches_the_programs(board, flash, commands):
    before = flash.path.read_bytes()
    assert "Refused: " in [board.run(command) for command in commands][-1]
    assert flash.path.read_bytes() == before


def test_fal_refuses_what_is_outside_or_not_aligned(board):
    assert "Nothing is probed" in board.run("fal read 0 1")
    assert "No flash device or partition is named usb." in board.run("fal probe usb")
    board.run("fal probe download")
    assert "is outside of download" in board.run("fal read 0xfffff 2")
    assert "is outside of download" in board.run("fal read 1 0xffffffff")
    assert "size 0x64 is not a multiple of 0x1000" in board.run("fal erase 0 100")
    assert "12x is not a number" in board.run("fal read 12x 1")
    assert "256 is not a number from 0 to 0xff" in board.run("fal write 0 256")


def test_fal_bench_wants_a_yes(board, flash):
    board.run("fal probe wifi_image")
    before = flash.path.read_bytes()
    assert "fal bench 4096 yes" in board.run("fal bench 4096")
    assert flash.path.read_bytes() == before
    assert "Read  524288 bytes by 4096" in board.run("fal bench 4096 yes")


# ---- http_ota ----


@pytest.mark.parametrize("encrypt", [False, True], ids=["plain", "aes256"])
@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
def test_http_ota_updates_to_2_0_0(board, flash, put, pack, compress, encrypt):
    image = APP2.read_bytes()
    update(board, put("app.rbl", pack(image, compress=compress, encrypt=encrypt)))
    install(board, "app", "1.0.0->2.0.0")
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    assert "firmware  : 2.0.0" in board.run("ota_status")
    assert flash.holds("app", image, "2.0.0")


def test_http_ota_shows_sizes_and_progress(board, put, package):
    url = put("app.rbl", package)
    board.type(f"http_ota {url}\r")
    board.expect(f"http file_size:{len(package)}\r\nOTA file size is ({len(package)})\r\n")
    board.expect("OTA firmware(app) 2.0.0, timestamp 1700000000\r\n")
    said = board.expect("Download firmware to flash success.")
    assert re.search(rf"\rDownload: \[=+\] 100% +{len(package)} bytes +\d+ KB/s +0 s left \r\n", said)


def test_http_ota_installs_into_another_partition_and_keeps_the_app(board, flash, put, pack):
    image = bytes(range(256)) * 300
    before = flash.read("app")
    update(board, put("wifi.rbl", pack(image, part="wifi_image", version="7.1")))
    install(board, "wifi_image", "none->7.1")
    starts(board, "1.0.0")
    assert flash.holds("wifi_image", image, "7.1")
    assert flash.read("app") == before


def damage(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


REFUSALS = {
    "garbage": (lambda data: b"<html>" * 1000, "not a package"),
    "a damaged header": (lambda data: damage(data, 30), "not a package"),
    "a damaged body": (lambda data: damage(data, 2000), "the package is damaged"),
    "a file cut short": (lambda data: data[:-100], "the package's head tells of"),
    "a file with more behind it": (lambda data: data + b"more", "the package's head tells of"),
    "nothing at all": (lambda data: b"", "not a package"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_http_ota_refuses_and_the_old_version_goes_on(board, flash, put, package, what):
    change, reason = REFUSALS[what]
    before = flash.read("app")
    said = board.run(f"http_ota {put('bad.rbl', change(package))}")
    assert "Download failed: " in said and reason in said
    assert "Firmware 1.0.0 goes on running." in said
    board.type("reboot\r")
    starts(board, "1.0.0")
    assert flash.read("app") == before


def test_http_ota_refuses_a_package_for_the_bootloader_before_it_erases(board, flash, put, pack):
    before = flash.path.read_bytes()
    said = board.run(f"http_ota {put('boot.rbl', pack(b'boot' * 100, part='bootloader'))}")
    assert "Download failed: the package is for 'bootloader', where this board takes none" in said
    assert flash.path.read_bytes() == before


def test_http_ota_says_why_there_is_no_file(board, put):
    assert "the server has no such file (HTTP status 404)" in board.run(f"http_ota {put('a', b'')}bsent")
    assert "Download failed: " in board.run("http_ota http://127.0.0.1:1/app.rbl")
    assert "Download failed: " in board.run("http_ota ftp://127.0.0.1/app.rbl")
    assert "Usage: http_ota [url]" in board.run("http_ota a b")


@contextlib.contextmanager
def slow_server(data, halfway):
    """Sends half of the data, sets `halfway`, and then goes on so slowly that it will not come to an end."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            halfway.set()
            with contextlib.suppress(ConnectionError):
                for at in range(len(data) // 2, len(data) - 4096, 4096):
                    time.sleep(0.2)
                    self.wfile.write(data[at : at + 4096])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/app.rbl"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def halfway(board, pack):
    """The board is in the middle of a download that will not come to an end."""
    sent = threading.Event()
    with slow_server(pack(APP2.read_bytes(), compress="none"), sent) as url:
        board.type(f"http_ota {url}\r")
        assert sent.wait(10)
        board.expect("] 4")  # forty-odd per cent
        yield


@pytest.mark.usefixtures("halfway")
def test_ctrl_c_cancels_a_download(board):
    board.type(CTRL_C)
    board.expect("Download failed: canceled")
    board.expect("Firmware 1.0.0 goes on running.")
    board.expect(PROMPT)


@pytest.mark.usefixtures("halfway")
def test_a_power_cut_during_a_download_leaves_the_old_version_that_can_update(board, flash, put, package):
    board.kill()
    assert flash.read("download", 4096, 4096) != b"\xff" * 4096
    with Terminal(flash) as again:
        starts(again, "1.0.0")
        update(again, put("app.rbl", package))
        starts(again, "2.0.0")


# ---- the images themselves ----


def test_the_version_can_be_found_in_an_image():
    assert b"The current version of APP firmware is 1.0.0\0" in APP.read_bytes()
    assert b"The current version of APP firmware is 2.0.0\0" in APP2.read_bytes()


def test_the_program_fits_its_partition():
    assert APP.stat().st_size < POSIX_PARTS["app"].size - 96
