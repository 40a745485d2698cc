"""Power cuts on the real ARM binaries: wherever QEMU is killed in the life of a signed package, the board comes back
with an image that is whole, and then updates.

Each cut is placed at an entry of the flash driver's program or erase, or at a byte in the middle of one. OTTER_SEED
repeats a run, which prints its own; OTTER_CUTS=500 makes more of them than the fifty.
"""

import os
import random
import re

import pytest
from lib import rsp, signed
from lib.board import HURRY, PROMPT, Board
from lib.cut import OPERATIONS, Operations
from lib.paths import APP_ELF, MPS2
from lib.words import BANNER

CUTS = int(os.environ.get("OTTER_CUTS") or 50)
SEED = int(os.environ.get("OTTER_SEED") or random.SystemRandom().randrange(1 << 32))

PHASES = "download", "save", "install", "trial", "restore"
RUNS = re.compile(rb"The current version of APP firmware is (\d\.\d\.\d)\r\n")


@pytest.fixture(scope="module")
def good(sign, app2):
    """Version 2.0.0, large enough for many operations, and its package."""
    image = app2 + random.Random(1).randbytes(60_000)
    return image, sign(image, "2.0.0")


@pytest.fixture(scope="module")
def url(web, good):
    return web.put("good.otter", good[1])


@pytest.fixture(scope="module")
def later(web, sign, app2):
    """What the board updates to after the cut: its address, image and package."""
    image = app2 + b"later"
    package = sign(image, "4.0.0")
    return web.put("later.otter", package), image, package


def begin_download(board, url):
    board.target.start()
    board.expect(PROMPT)
    board.target.stop()
    operations = Operations(board)
    board.target.start()
    board.type(f"http_ota {url}\r")
    return operations


def begin_start(board):
    operations = Operations(board)
    board.target.start()
    return operations


def phase_of(log):
    """Of an operation that is about to begin, by what the board has said."""
    if "restore startup." in log:
        return "restore"
    if "upgrade success." in log:
        return "trial"
    if "upgrade(" in log:
        return "install"
    return "save" if "http_ota" not in log or "Download firmware to flash success." in log else "download"


def content_to_restore(make_flash, package1, package, tmp_path_factory):
    """The flash of a board whose new image has used up its trials: the next start restores."""
    path = tmp_path_factory.mktemp("restore") / "flash.img"
    path.write_bytes(make_flash(package1, download=package))
    with Board(path, options=HURRY) as board:
        board.expect("On trial: 0 more starts", 60)
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.fixture(scope="module")
def contents(signed_content, make_flash, package1, good, sign, bad, tmp_path_factory):
    """What the flash holds as each phase's run begins."""
    stored = make_flash(package1, download=good[1])
    tried = content_to_restore(make_flash, package1, sign(bad, "3.0.0"), tmp_path_factory)
    return dict(zip(PHASES, (signed_content, stored, stored, stored, tried)))


@pytest.fixture(scope="module")
def operations(contents, url, tmp_path_factory):
    """The numbers of each phase's operations in its run, counted from 1, where nothing disturbs them."""
    assert {rsp.symbols(APP_ELF)[name] for name in OPERATIONS} == {
        rsp.symbols(MPS2 / "app-2.0.0.elf")[name] for name in OPERATIONS
    }, "a breakpoint for both versions"
    path = tmp_path_factory.mktemp("undisturbed") / "flash.img"
    entries = {}
    for phase in "download", "save", "restore":
        path.write_bytes(contents[phase])
        entries[phase] = []
        with Board(path, debug=True) as board:
            run = begin_download(board, url) if phase == "download" else begin_start(board)
            run.run_to_app(lambda: entries[phase].append(phase_of(board.log)))
            if phase == "save":
                run.run_on(lambda: entries[phase].append("trial"))  # the app confirms
    path.unlink()
    numbers = {}
    for phase in PHASES:
        found = entries.get(phase, entries["save"])
        numbers[phase] = [number for number, of in enumerate(found, 1) if of == phase]
    print({phase: len(found) for phase, found in numbers.items()})
    assert all(numbers.values())
    return numbers


def cut_power(board, operations, number, rng):
    operations.run_to(number)
    inside = rng.random() < 0.5
    where = f"{operations.run_into(rng.random()):#x}" if inside else "its entry"
    print(f"cut at operation {number}, at {where}")
    board.kill()


def updates(board, flash, later):
    address, image, package = later
    board.type(f"http_ota {address}\r")
    board.expect("System now will restart...", 30)
    board.expect("fw ver: 4.0.0", 30)
    board.expect(BANNER + "2.0.0", 30)
    board.expect("Firmware 4.0.0 is confirmed.", 30)
    assert signed.holds(flash, "app", image, package)


def runs_after_cut(board):
    """The version that the board comes back with."""
    version = RUNS.search(board.expect(RUNS, 30).encode()).group(1).decode()
    board.expect(PROMPT)
    return version


@pytest.mark.parametrize("cut", range(CUTS), ids=[f"seed-{SEED}-cut-{cut:02}" for cut in range(CUTS)])
def test_a_board_survives_a_power_cut_and_updates(
    cut, power_on, flash, app1, package1, good, later, url, operations, contents
):
    rng = random.Random(f"{SEED} {cut}")
    phase = PHASES[cut % len(PHASES)]
    print(f"seed {SEED}: {phase}")
    flash.path.write_bytes(contents[phase])
    board = power_on(debug=True)
    run = begin_download(board, url) if phase == "download" else begin_start(board)
    cut_power(board, run, rng.choice(operations[phase]), rng)

    board = power_on()
    version = runs_after_cut(board)
    image, package = (app1, package1) if version == "1.0.0" else good
    assert signed.holds(flash, "app", image, package)
    assert version == ("1.0.0" if phase in ("download", "restore") else "2.0.0")
    updates(board, flash, later)
