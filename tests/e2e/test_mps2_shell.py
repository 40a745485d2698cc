"""The shell of the application on the board mps2."""

import random
import re

import pytest
from lib.board import PROMPT
from lib.flash import PARTS
from lib.words import BANNER, starts, update

UP, DOWN, LEFT, TAB, CTRL_C, BELL = "\x1b[A", "\x1b[B", "\x1b[D", "\t", "\x03", "\x07"
COMMANDS = (
    "help version free reboot http_ota ymodem_ota ota_status confirm rollback hold "
    "setenv getvalue printenv saveenv resetenv fal ifconfig ping"
).split()


def test_help_lists_every_command(board):
    listed = re.findall(r"^(\w+) +- \S.*\r$", board.run("help"), re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_version_tells_what_runs(board):
    said = board.run("version")
    assert BANNER + "1.0.0\r\n" in said
    assert "mps2" in said and "compiler" in said


def test_free_adds_up(board):
    number = {name: int(value) for name, value in re.findall(r"^(\w+) +: +(\d+)", board.run("free"), re.MULTILINE)}
    assert number["RAM"] == 128 * 1024
    assert number["RAM"] == number["variables"] + number["stack"] + number["free"]
    assert 0 < number["free"] < number["RAM"]


def test_reboot_restarts_the_board(board):
    board.type("reboot\r")
    board.expect("System now will restart...")
    starts(board, "1.0.0")


def test_ifconfig_shows_the_address_that_dhcp_gave(board):
    said = board.run("ifconfig")
    for _ in range(20):
        if "10.0.2.15" in said:
            break
        said = board.run("ifconfig")
    assert re.search(r"ip address +: 10\.0\.2\.15\r", said)
    assert re.search(r"gw address +: 10\.0\.2\.2\r", said)
    assert re.search(r"net mask +: 255\.255\.255\.0\r", said)


def test_ping_gets_answers(board):
    said = board.run("ping 10.0.2.2 2")
    assert len(re.findall(r"answer from 10\.0\.2\.2: seq=\d time=\d+\.\d{3} ms", said)) == 2
    assert "2 sent, 2 answered" in said


def test_ping_says_when_nobody_answers_and_ctrl_c_ends_it(board):
    board.type("ping 10.0.2.99 60\r")
    board.expect("no answer from 10.0.2.99: seq=1")
    board.type(CTRL_C)
    board.expect(PROMPT)
    assert " 0 answered" in board.log


def test_an_unknown_command_is_named(board):
    assert board.run("frobnicate") == "frobnicate: command not found.\r\n"
    assert board.run("") == ""


def test_up_brings_back_what_was_typed(board):
    board.run("version")
    board.run("fal probe")
    board.type(UP + UP + "\r")
    board.expect(BANNER)
    board.expect(PROMPT)
    board.type(UP + UP + DOWN + "\r")
    board.expect(BANNER)


def test_a_line_can_be_edited(board):
    board.type("vesion" + LEFT * 4 + "r\r")
    board.expect(BANNER)


def test_ctrl_c_gives_a_line_up(board):
    board.type("reboot" + CTRL_C)
    board.expect(PROMPT)
    assert BANNER in board.run("version")


def test_tab_completes_a_command(board):
    board.type("vers" + TAB + "\r")
    board.expect(BANNER)
    board.expect(PROMPT)


def test_tab_lists_what_fits_and_beeps_when_nothing_does(board):
    board.type(TAB)
    listed = board.expect(PROMPT).removesuffix(PROMPT).split()
    assert sorted(listed) == sorted(COMMANDS)
    board.type("xyz" + TAB)
    board.expect(BELL)


def test_what_is_typed_during_a_command_is_not_lost(board):
    board.type("ping 10.0.2.2 2\rversion\r")
    board.expect("2 sent, 2 answered")
    board.expect(BANNER)


# ---- fal ----


def test_fal_probe_shows_the_partition_table(board):
    said = board.run("fal probe")
    assert "==================== FAL partition table ====================" in said
    assert re.search(r"\| name +\| flash_dev +\|   offset   \|    length  \|", said)
    for name, part in PARTS.items():
        device = "onchip_flash" if part.offset < PARTS["easyflash"].offset else "nor_flash"
        offset = part.offset - (0 if device == "onchip_flash" else PARTS["easyflash"].offset)
        assert re.search(rf"\| {name} +\| {device} +\| 0x{offset:08x} \| 0x{part.size:08x} \|", said), name


def test_fal_writes_reads_and_erases_what_is_probed(board, flash):
    board.run("fal probe filesystem")
    said = board.run("fal write 0x1000 0x4F 0x74 0x74 101 0162")
    assert "success" in said
    assert flash.read("filesystem", 0x1000, 6) == b"Otter\xff"
    assert re.search(r"00001000: 4f 74 74 65 72 ff .*\| Otter\.", board.run("fal read 0x1000 16"))
    assert "success" in board.run("fal erase 0x1000 4096")
    assert flash.read("filesystem", 0x1000, 6) == b"\xff" * 6


def test_fal_refuses_what_the_flash_cannot_do(board, flash):
    board.run("fal probe filesystem")
    board.run("fal write 0 1 2 3")
    before = flash.read("filesystem")
    assert "flash not erased" in board.run("fal write 1 9"), "a byte is programmed once"
    assert "not a multiple of 0x1000" in board.run("fal erase 0 100")
    size = PARTS["filesystem"].size
    for command in (f"fal erase {size} 4096", f"fal write {size} 1", f"fal read {size - 1} 2", "fal read 0xffffffff 2"):
        assert "success" not in board.run(command)
    assert flash.read("filesystem") == before


def test_fal_does_not_harm_the_programs(board, flash):
    before = {part: flash.read(part) for part in ("bootloader", "app")}
    for name in ("app", "bootloader", "onchip_flash"):
        board.run(f"fal probe {name}")
        for harm in ("erase 0 2048", "erase 0x10000 2048", "write 0x6ff00 1 2 3 4 5 6 7 8", "bench 2048 yes"):
            assert "success" not in board.run(f"fal {harm}")
    assert {part: flash.read(part) for part in before} == before


def test_fal_bench_needs_a_yes(board, flash):
    flash.write("wifi_image", b"precious")
    board.run("fal probe wifi_image")
    board.run("fal bench 4096")
    assert flash.read("wifi_image", 0, 8) == b"precious"
    said = board.run("fal bench 4096 yes", timeout=30)
    for operation in ("Erase", "Write", "Read"):
        assert re.search(rf"^{operation} +524288 bytes", said, re.MULTILINE)


@pytest.mark.parametrize("line", ["fal", "fal nonsense", "fal read"])
def test_fal_shows_how_it_is_used(board, line):
    said = board.run(line)
    for command in ("probe", "read", "write", "erase", "bench"):
        assert f"fal {command} " in said


def test_fal_names_what_it_cannot_find_or_read(board):
    assert "nonsense" in board.run("fal probe nonsense")
    assert "probe" in board.run("fal read 0 1")
    board.run("fal probe app")
    assert "0y1 is not a number" in board.run("fal read 0y1 1")


# ---- http_ota ----


def test_http_ota_shows_sizes_and_progress(board, web, pack, app2):
    package = pack(app2)
    update(board, web.put("app-2.0.0.rbl", package))
    assert f"http file_size:{len(package)}\r\n" in board.log
    assert f"OTA file size is ({len(package)})\r\n" in board.log
    assert re.search(rf"Download: \[=+\] 100% +{len(package)} bytes", board.log)


def test_ctrl_c_stops_a_download(board, web, pack, app2):
    url = web.put("large.rbl", pack(app2 + random.Random(4).randbytes(300_000), compress="none"))
    board.type(f"http_ota {url}\r" + CTRL_C)
    board.expect("Download failed: canceled")
    board.expect("Firmware 1.0.0 goes on running.")
    assert BANNER in board.run("version")


def test_http_ota_without_an_address_uses_the_configured_one(board):
    board.type("http_ota\r")
    assert "http://" in board.expect(re.compile(rb"using uri: \S+\r\n"))
