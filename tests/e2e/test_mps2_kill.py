"""Power cuts on the real ARM binaries: wherever QEMU is killed during an update, the board comes back and updates.

Each cut is placed at an operation of the flash, or at a byte in the middle of one; together they are spread over the
whole of download and install. OTTER_SEED repeats a run; OTTER_CUTS=500 cuts at every operation, most of them twice.
"""

import os
import random
import re

import pytest
from lib.board import PROMPT, Board
from lib.cut import Operations

CUTS = int(os.environ.get("OTTER_CUTS") or 20)
SEED = int(os.environ.get("OTTER_SEED") or random.SystemRandom().randrange(1 << 32))

BANNER = re.compile(rb"The current version of APP firmware is (1\.0\.0|2\.0\.0)\r\n")


@pytest.fixture(scope="module")
def image(app2):
    """Version 2.0.0 with 150 KB more to write than the example has."""
    return app2 + random.Random(1).randbytes(150_000)


@pytest.fixture(scope="module")
def url(web, pack, image):
    return web.put("app-2.0.0-large.rbl", pack(image))


def begin_update(board, url):
    board.target.start()
    board.expect(PROMPT)
    board.target.stop()
    operations = Operations(board)
    board.target.start()
    board.type(f"http_ota {url}\r")
    return operations


@pytest.fixture(scope="module")
def operations_of_update(factory_image, tmp_path_factory, url):
    """How many an update takes that nothing disturbs."""
    path = tmp_path_factory.mktemp("undisturbed") / "flash.img"
    path.write_bytes(factory_image)
    with Board(path, debug=True) as board:
        count = begin_update(board, url).run_to_app()
    path.unlink()
    return count


@pytest.mark.parametrize("cut", range(CUTS), ids=[f"seed-{SEED}-cut-{cut:02}" for cut in range(CUTS)])
def test_a_board_survives_a_power_cut_and_updates(cut, power_on, flash, app1, image, url, operations_of_update):
    rng = random.Random(f"{SEED} {cut}")
    number = 1 + int((cut + rng.random()) * operations_of_update / CUTS)
    board = power_on(debug=True)
    operations = begin_update(board, url)
    operations.run_to(number)
    inside = rng.random() < 0.5
    where = f"{operations.run_into(rng.random()):#x}" if inside else "its entry"
    print(f"cut at operation {number} of {operations_of_update}, at {where}")
    board.kill()

    board = power_on()
    version = BANNER.search(board.expect(BANNER, 30).encode()).group(1).decode()
    assert flash.holds("app", app1 if version == "1.0.0" else image, version)

    board.expect(PROMPT)
    board.type(f"http_ota {url}\r")
    board.expect("System now will restart...", 30)
    board.expect("The current version of APP firmware is 2.0.0", 30)
    assert flash.holds("app", image, "2.0.0")
