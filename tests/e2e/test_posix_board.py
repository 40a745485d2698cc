"""The board posix: bootloader and application as native programs on a terminal, with flash in a file."""

import contextlib
import http.server
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import threading
import time

import pytest

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
OTTER, BOARD = BUILD / "otter", BUILD / "posix"
BOOT, APP, APP2 = BOARD / "boot.elf", BOARD / "app.bin", BOARD / "app-2.0.0.bin"

PROMPT = "msh >"
UP, LEFT, TAB, CTRL_C = "\x1b[A", "\x1b[D", "\t", "\x03"
KEY, IV = "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF"
APP_AT, APP_SIZE = 64 * 1024, 448 * 1024
DOWNLOAD_AT = 1024 * 1024


class Board:
    """A board that runs until the test is done with it, and the terminal before it."""

    def __init__(self, flash):
        self._terminal, its_end = pty.openpty()
        self._process = subprocess.Popen(
            [BOOT],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            env={**os.environ, "OTTER_FLASH": str(flash)},
            start_new_session=True,
        )
        os.close(its_end)
        self._new = ""

    def type(self, keys):
        os.write(self._terminal, keys.encode())

    def expect(self, text, timeout=20):
        """Waits until the board has said it: all that it said up to there since the last time."""
        deadline = time.monotonic() + timeout
        while text not in self._new:
            assert select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))[0], (
                f"no {text!r} in {timeout} s, only {self._new!r}"
            )
            self._new += os.read(self._terminal, 4096).decode()
        before, self._new = self._new.split(text, 1)
        return before

    def run(self, command):
        """What a command prints."""
        self.type(command + "\r")
        self.expect(command + "\r\n")
        return self.expect(PROMPT).replace("\r\n", "\n")

    def kill(self):
        """A power cut."""
        self._process.kill()
        self._process.wait()

    def close(self):
        self.kill()
        os.close(self._terminal)


def otter(*arguments):
    done = subprocess.run([OTTER, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def pack(package, image=APP2, part="app", version="2.0.0", options=()):
    otter("pack", "--format", "rbl", "--part", part, "--version", version, *options, image, "-o", package)


@pytest.fixture(scope="module", autouse=True)
def built():
    missing = [str(p) for p in (OTTER, BOOT, APP, APP2) if not p.exists()]
    assert not missing, f"not built: {missing}; run scripts/build host-release"


@pytest.fixture
def flash(tmp_path):
    """Flash as a programmer leaves it, with version 1.0.0."""
    path = tmp_path / "flash.img"
    otter("image", "--board", "posix", "--version", "1.0.0", BOARD / "boot.bin", APP, "-o", path)
    return path


@contextlib.contextmanager
def powered(flash):
    board = Board(flash)
    try:
        yield board
    finally:
        board.close()


@pytest.fixture
def board(flash):
    with powered(flash) as board:
        board.expect("The current version of APP firmware is 1.0.0")
        board.expect(PROMPT)
        yield board


@pytest.fixture
def server(tmp_path):
    """`otter serve`: the folder, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    process = subprocess.Popen([OTTER, "serve", "--listen", "127.0.0.1:0", folder], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    line = process.stdout.readline()
    try:
        yield folder, re.search(r"http://127\.0\.0\.1:\d+/", line).group()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def app_of(flash):
    return flash.read_bytes()[APP_AT : APP_AT + APP_SIZE]


# ---- start ----


def test_an_empty_board_says_what_is_missing_and_restarts_on_request(tmp_path):
    with powered(tmp_path / "new.img") as board:
        board.expect("No valid application")
        board.expect("press r to restart")
        board.type("r")
        board.expect("Otter bootloader, board posix")
        board.expect("No valid application")
    assert (tmp_path / "new.img").read_bytes() == b"\xff" * (16 << 20)


def test_an_app_that_is_damaged_does_not_start(flash):
    with flash.open("r+b") as file:
        file.seek(APP_AT + 5000)
        byte = file.read(1)
        file.seek(APP_AT + 5000)
        file.write(bytes([byte[0] ^ 0x10]))
    with powered(flash) as board:
        assert "current version" not in board.expect("No valid application")


def test_two_boards_cannot_share_a_flash_file(board, flash):
    second = subprocess.run([BOOT], env={**os.environ, "OTTER_FLASH": str(flash)}, capture_output=True, text=True)
    assert second.returncode == 1
    assert f"the flash file {flash} is in use by another board" in second.stderr


def test_a_file_that_is_no_flash_file_is_refused_and_kept(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("not flash")
    done = subprocess.run([BOOT], env={**os.environ, "OTTER_FLASH": str(path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"the flash file {path} has 9 bytes, not 16777216" in done.stderr
    assert path.read_text() == "not flash"


def test_commands_from_a_pipe_are_all_run_before_the_program_ends(flash):
    commands = "fal probe download\nfal read 0 16\nversion\n"
    env = {**os.environ, "OTTER_FLASH": str(flash)}
    done = subprocess.run([BOOT], input=commands, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert "00000000: ff ff" in done.stdout
    assert "package  : 1.0.0" in done.stdout


# ---- shell ----


def test_version_shows_the_firmware_and_its_package(board):
    said = board.run("version")
    assert "The current version of APP firmware is 1.0.0" in said
    assert "board    : posix" in said
    assert f"package  : 1.0.0, timestamp {int(APP.stat().st_mtime)}, {APP.stat().st_size} bytes" in said


def test_help_lists_every_command_with_a_line(board):
    lines = board.run("help").splitlines()
    for name in "help version free reboot http_ota fal ifconfig ping".split():
        assert any(line.startswith(f"{name:16} - ") for line in lines), name


def test_an_unknown_command_is_named(board):
    assert "frobnicate: command not found.\n" in board.run("frobnicate now")


def test_tab_completes_and_up_recalls(board):
    board.type("vers" + TAB + "\r")
    board.expect("package  : 1.0.0")
    board.expect(PROMPT)
    board.type(UP)
    board.expect("msh >version ")
    board.type("\r")
    board.expect("package  : 1.0.0")


def test_a_line_is_edited_in_the_middle(board):
    board.type("verion" + LEFT * 3 + "s\r")
    board.expect("package  : 1.0.0")


def test_keys_typed_while_a_command_runs_come_after_it(board):
    board.type("fal probe easyflash\rfal bench 64 yes\rversion\r")
    board.expect("Read  524288 bytes by 64")
    board.expect("package  : 1.0.0")


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
    board.expect("Verify 'app' partition(fw ver: 1.0.0")
    board.expect("The current version of APP firmware is 1.0.0")


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
    before = flash.read_bytes()
    assert "Refused: " in [board.run(command) for command in commands][-1]
    assert flash.read_bytes() == before


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
    before = flash.read_bytes()
    assert "fal bench 4096 yes" in board.run("fal bench 4096")
    assert flash.read_bytes() == before
    assert "Read  524288 bytes by 4096" in board.run("fal bench 4096 yes")


# ---- http_ota ----


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "aes256"])
@pytest.mark.parametrize("codec", ["none", "gzip", "quicklz", "fastlz"])
def test_http_ota_updates_to_2_0_0(board, flash, server, codec, encrypted):
    folder, url = server
    options = ["--compress", codec] + (["--encrypt", "aes256", "--key", KEY, "--iv", IV] if encrypted else [])
    pack(folder / "app.rbl", options=options)
    size = (folder / "app.rbl").stat().st_size
    board.type(f"http_ota {url}app.rbl\r")
    board.expect(f"http file_size:{size}\r\nOTA file size is ({size})")
    board.expect("100%")
    board.expect("Download firmware to flash success.")
    board.expect("System now will restart...")
    board.expect("OTA firmware(app) upgrade(1.0.0->2.0.0) startup.")
    board.expect("OTA Write: [")
    board.expect("Verify 'app' partition(fw ver: 2.0.0")
    board.expect("The Bootloader will go to user application now.")
    board.expect("The current version of APP firmware is 2.0.0")
    board.expect(PROMPT)
    assert "package  : 2.0.0" in board.run("version")
    assert app_of(flash).startswith(APP2.read_bytes())


def test_http_ota_installs_into_another_partition_and_keeps_the_app(board, flash, server, tmp_path):
    folder, url = server
    image = tmp_path / "wifi.bin"
    image.write_bytes(bytes(range(256)) * 300)
    pack(folder / "wifi.rbl", image=image, part="wifi_image", version="7.1")
    before = app_of(flash)
    board.type(f"http_ota {url}wifi.rbl\r")
    board.expect("OTA firmware(wifi_image) upgrade(none->7.1) startup.")
    board.expect("The current version of APP firmware is 1.0.0")
    assert flash.read_bytes()[2048 * 1024 :].startswith(image.read_bytes())
    assert app_of(flash) == before


def damage(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


REFUSALS = {
    "garbage": (lambda data: b"<html>" * 1000, "not a package"),
    "a damaged header": (lambda data: damage(data, 30), "not a package"),
    "a damaged body": (lambda data: damage(data, 2000), "the package is damaged"),
    "a file cut short": (lambda data: data[:-100], "the package's header tells of"),
    "a file with more behind it": (lambda data: data + b"more", "the package's header tells of"),
    "nothing at all": (lambda data: b"", "not a package"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_http_ota_refuses_and_the_old_version_goes_on(board, flash, server, what):
    folder, url = server
    change, reason = REFUSALS[what]
    pack(folder / "good.rbl")
    (folder / "bad.rbl").write_bytes(change((folder / "good.rbl").read_bytes()))
    before = app_of(flash)
    said = board.run(f"http_ota {url}bad.rbl")
    assert "Download failed: " in said and reason in said
    assert "Firmware 1.0.0 goes on running." in said
    board.type("reboot\r")
    board.expect("The current version of APP firmware is 1.0.0")
    assert app_of(flash) == before


def test_http_ota_refuses_a_package_for_the_bootloader_before_it_erases(board, flash, server, tmp_path):
    folder, url = server
    pack(folder / "boot.rbl", part="bootloader", version="9")
    before = flash.read_bytes()
    said = board.run(f"http_ota {url}boot.rbl")
    assert "Download failed: the package is for 'bootloader', where this board takes none" in said
    assert flash.read_bytes() == before


def test_http_ota_says_why_there_is_no_file(board, server):
    _, url = server
    assert "the server has no such file (HTTP status 404)" in board.run(f"http_ota {url}absent.rbl")
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
def slow(tmp_path):
    package, halfway = tmp_path / "app.rbl", threading.Event()
    pack(package, options=["--compress", "none"])
    with slow_server(package.read_bytes(), halfway) as url:
        yield url, halfway


def test_ctrl_c_cancels_a_download(board, slow):
    url, halfway = slow
    board.type(f"http_ota {url}\r")
    assert halfway.wait(10)
    board.type(CTRL_C)
    board.expect("Download failed: canceled")
    board.expect("Firmware 1.0.0 goes on running.")
    board.expect(PROMPT)


def test_a_power_cut_during_a_download_leaves_the_old_version_that_can_update(board, flash, slow, server):
    url, halfway = slow
    board.type(f"http_ota {url}\r")
    assert halfway.wait(10)
    board.expect(" 4")
    board.kill()
    assert flash.read_bytes()[DOWNLOAD_AT + 4096 : DOWNLOAD_AT + 8192] != b"\xff" * 4096
    folder, url = server
    pack(folder / "app.rbl")
    with powered(flash) as again:
        again.expect("The current version of APP firmware is 1.0.0")
        again.expect(PROMPT)
        again.type(f"http_ota {url}app.rbl\r")
        again.expect("The current version of APP firmware is 2.0.0")


# ---- the images themselves ----


def test_the_version_can_be_found_in_an_image(tmp_path):
    assert b"The current version of APP firmware is 1.0.0\0" in APP.read_bytes()
    assert b"The current version of APP firmware is 2.0.0\0" in APP2.read_bytes()


def test_the_programs_fit_their_partitions():
    assert (BOARD / "boot.bin").stat().st_size <= 64 * 1024
    assert APP.stat().st_size < APP_SIZE - 96
