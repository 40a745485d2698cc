"""The main job, on the real ARM binaries and the real server: a board updates itself over HTTP."""

import random

import pytest
from lib import rsp
from lib.flash import HEADER_SIZE, PARTS
from lib.paths import BOOT_ELF
from lib.words import BANNER, confirms, install, starts, update


def test_a_new_board_runs_version_1(board):
    assert BANNER + "1.0.0" in board.run("version")


def test_a_board_updates_itself_over_http(board, web, pack, app2, flash):
    url = web.put("app-2.0.0.rbl", pack(app2, compress="quicklz"))
    update(board, url)
    install(board, "app", "1.0.0->2.0.0")
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    board.run("")
    assert BANNER + "2.0.0" in board.run("version")
    assert flash.holds("app", app2, "2.0.0")
    assert web.wait_for_log("GET /app-2.0.0.rbl .*200")


@pytest.mark.parametrize("encrypt", [True, False], ids=["aes256", "plain"])
@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
def test_every_kind_of_package_can_be_installed(board, web, pack, app2, flash, compress, encrypt):
    url = web.put(f"app-{compress}-{encrypt}.rbl", pack(app2, compress=compress, encrypt=encrypt))
    update(board, url)
    install(board, "app", "1.0.0->2.0.0")
    starts(board, "2.0.0")
    assert flash.holds("app", app2, "2.0.0")


def test_an_older_version_can_be_installed_as_well(board, web, pack, app1, app2, flash):
    update(board, web.put("app-2.0.0.rbl", pack(app2)))
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    update(board, web.put("app-1.0.0.rbl", pack(app1, version="1.0.0")))
    install(board, "app", "2.0.0->1.0.0")
    starts(board, "1.0.0")
    assert flash.holds("app", app1, "1.0.0")


def test_an_image_that_fills_the_partition_can_be_installed(board, web, pack, app2, flash):
    room = PARTS["app"].size - HEADER_SIZE - 1
    image = app2 + random.Random(1).randbytes(room - len(app2))
    update(board, web.put("full.rbl", pack(image)))
    install(board, "app", "1.0.0->2.0.0")
    starts(board, "2.0.0")
    assert flash.holds("app", image, "2.0.0")


def test_what_is_installed_is_not_written_again(board, web, pack, app2, power_on):
    update(board, web.put("app-2.0.0.rbl", pack(app2)))
    starts(board, "2.0.0")
    confirms(board, "2.0.0")

    again = power_on(debug=True)
    address = rsp.symbols(BOOT_ELF)
    for operation in ("mps2_flash_prog", "mps2_flash_erase"):
        again.target.set_break(address[operation])
    again.target.start()
    starts(again, "2.0.0")  # it would stand still at the first operation


def test_the_wifi_image_on_the_external_flash_is_updated_like_the_app(board, web, pack, app1, flash):
    firmware = random.Random(2).randbytes(300_001)
    package = pack(firmware, part="wifi_image", version="3.1.4")
    update(board, web.put("wifi.rbl", package))
    install(board, "wifi_image", "none->3.1.4")
    starts(board, "1.0.0")
    assert flash.holds("wifi_image", firmware, "3.1.4")
    assert flash.read("wifi_image", PARTS["wifi_image"].size - HEADER_SIZE) == package[:HEADER_SIZE]
    assert flash.holds("app", app1, "1.0.0")


def test_an_update_touches_only_its_partition(board, web, pack, app2, flash):
    own = ("app", "download", "journal", "recovery")
    others = [part for part in PARTS if part not in own]
    before = {part: flash.read(part) for part in others}
    update(board, web.put("app-2.0.0.rbl", pack(app2)))
    starts(board, "2.0.0")
    for part in others:
        assert flash.read(part) == before[part], part
