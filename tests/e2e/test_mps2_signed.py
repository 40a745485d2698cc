"""The life of a signed, encrypted package on the real ARM binaries and the real server: trial, confirm, rollback, and
how a damaged board heals."""

import random
import re

import pytest
from lib import signed
from lib.board import HURRY, PROMPT
from lib.flash import PARTS
from lib.words import BANNER, confirms, downloads, install, rolls_back, starts, update

WIFI1, WIFI2 = random.Random(11).randbytes(150_001), random.Random(12).randbytes(140_000)


def status(board):
    """What ota_status says, by its lines' names."""
    return dict(re.findall(r"^(\w+) +: (.*)\r$", board.run("ota_status"), re.MULTILINE))


def reboots(board):
    board.type("reboot\r")
    board.expect("Otter bootloader")


def updates(board, url, versions):
    """All of it, until the new version has confirmed itself."""
    update(board, url)
    install(board, "app", versions)
    version = versions.rpartition(">")[2]
    starts(board, version)
    confirms(board, version)
    board.run("")


def damage(flash, part, offset=5000):
    flash.flip_bit(part, offset, 3)


# ---- updates ----


def test_a_signed_and_encrypted_package_is_installed_tried_and_confirmed(signed_board, signed_flash, web, sign, app2):
    package = sign(app2, counter=7)
    update(signed_board, web.put("app-2.0.0.otter", package))
    install(signed_board, "app", "1.0.0->2.0.0")
    assert "On trial: 2 more starts to confirm itself." in starts(signed_board, "2.0.0")
    confirms(signed_board, "2.0.0")
    signed_board.run("")
    assert signed.holds(signed_flash, "app", app2, package)
    said = status(signed_board)
    assert said["firmware"] == "2.0.0" and said["state"] == "permanent" and said["last"] == "confirmed"
    assert said["counter"] == "7, at least 7 is accepted"
    reboots(signed_board)
    assert "OTA" not in starts(signed_board, "2.0.0"), "what is installed and confirmed is left alone"


@pytest.mark.parametrize("compress", ["none", "gzip", "quicklz", "fastlz"])
@pytest.mark.parametrize("encrypt", [True, False], ids=["encrypted", "plain"])
def test_every_kind_of_signed_package_can_be_installed(signed_board, signed_flash, web, sign, app2, compress, encrypt):
    package = sign(app2, encrypt=encrypt, compress=compress)
    updates(signed_board, web.put(f"{compress}-{encrypt}.otter", package), "1.0.0->2.0.0")
    assert signed.holds(signed_flash, "app", app2, package)


def test_a_board_that_ran_rbl_takes_signed_packages(board, flash, web, sign, app2):
    package = sign(app2)
    updates(board, web.put("app-2.0.0.otter", package), "1.0.0->2.0.0")
    assert signed.holds(flash, "app", app2, package)


def test_an_update_touches_only_its_partition(signed_board, signed_flash, web, sign, app2):
    others = [part for part in PARTS if part not in ("app", "download", "journal", "recovery")]
    before = {part: signed_flash.read(part) for part in others}
    updates(signed_board, web.put("app-2.0.0.otter", sign(app2)), "1.0.0->2.0.0")
    for part in others:
        assert signed_flash.read(part) == before[part], part


def test_the_copy_of_the_old_image_is_encrypted(signed_board, signed_flash, web, sign, app1, app2):
    updates(signed_board, web.put("app-2.0.0.otter", sign(app2)), "1.0.0->2.0.0")
    copy = signed_flash.read("recovery", 0, len(app1))
    assert copy != b"\xff" * len(app1)
    pieces = {app1[at : at + 16] for at in range(0, len(app1) - 15, 16)}
    assert not pieces & {copy[at : at + 16] for at in range(0, len(copy) - 15, 16)}
    assert app1[1000:1016] not in signed_flash.read("download"), "nor is the package plain"


# ---- rollback ----


def test_a_bad_release_rolls_back_by_itself_and_is_not_tried_again(
    signed_flash, power_on, web, sign, app1, package1, bad
):
    board = power_on(options=HURRY)
    board.expect(PROMPT)
    update(board, web.put("app-3.0.0.otter", sign(bad, "3.0.0", counter=9)))
    install(board, "app", "1.0.0->3.0.0")
    for left in 2, 1, 0:
        board.expect(f"On trial: {left} more starts to confirm itself.", 30)
        board.expect(BANNER + "3.0.0-bad")
        board.expect("Watchdog at pc=", 60)
    said = rolls_back(board, "1.0.0")
    assert "OTA package 3.0.0 refused: failed here before (-46)." in said
    assert "Last update: rolled back: never confirmed." in said
    assert signed.holds(signed_flash, "app", app1, package1)
    assert status(board)["counter"] == "1, at least 0 is accepted", "a package that was never confirmed raises nothing"
    reboots(board)
    assert "OTA" not in starts(board, "1.0.0")


def test_after_a_rollback_the_next_release_is_installed(signed_flash, power_on, web, sign, app2, bad):
    board = power_on(options=HURRY)
    board.expect(PROMPT)
    update(board, web.put("app-3.0.0.otter", sign(bad, "3.0.0")))
    rolls_back(board, "1.0.0")
    package = sign(app2, counter=2)
    update(board, web.put("app-2.0.0.otter", package))
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    assert signed.holds(signed_flash, "app", app2, package)


def test_two_images_in_a_package_are_one_transaction(power_on, flash, make_flash, web, sign, app1, app2, bad):
    old = sign({"app": app1, "wifi_image": WIFI1}, "1.0.0")
    flash.path.write_bytes(make_flash(old))
    board = power_on(options=HURRY)
    board.expect(PROMPT)
    good = sign({"app": app2, "wifi_image": WIFI2}, "2.0.0")
    update(board, web.put("both.otter", good))
    install(board, "app", "1.0.0->2.0.0")
    board.expect("OTA firmware(wifi_image) upgrade success.", 30)
    starts(board, "2.0.0")
    confirms(board, "2.0.0")
    assert signed.holds(flash, "app", app2, good) and signed.holds(flash, "wifi_image", WIFI2, good, 1)

    update(board, web.put("bad.otter", sign({"app": bad, "wifi_image": WIFI1}, "3.0.0")))
    board.expect("OTA firmware(wifi_image) upgrade(2.0.0->3.0.0) startup.", 30)
    board.expect("OTA firmware(app) restore success.", 60)
    board.expect("OTA firmware(wifi_image) restore success.", 30)
    board.expect("OTA rolled back: never confirmed.")
    starts(board, "2.0.0")
    assert signed.holds(flash, "app", app2, good) and signed.holds(flash, "wifi_image", WIFI2, good, 1)


def test_the_app_can_ask_for_the_image_before_it(signed_board, signed_flash, web, sign, app1, package1, app2):
    updates(signed_board, web.put("app-2.0.0.otter", sign(app2)), "1.0.0->2.0.0")
    signed_board.type("rollback\r")
    said = rolls_back(signed_board, "1.0.0", "requested")
    assert "failed here before (-46)" in said
    assert signed.holds(signed_flash, "app", app1, package1)


def test_a_rollback_to_below_the_security_counter_is_refused(signed_board, signed_flash, web, sign, app2):
    package = sign(app2, counter=2)
    updates(signed_board, web.put("app-2.0.0.otter", package), "1.0.0->2.0.0")
    assert "Rollback failed: older than this board allows (-44)" in signed_board.run("rollback")
    reboots(signed_board)
    starts(signed_board, "2.0.0")
    assert signed.holds(signed_flash, "app", app2, package)


def test_without_an_image_before_it_there_is_no_rollback(signed_board):
    assert "Rollback failed: " in signed_board.run("rollback")
    assert BANNER + "1.0.0" in signed_board.run("version")


def test_installations_can_be_held_back(signed_board, signed_flash, web, sign, app1, app2):
    assert "held back" in signed_board.run("hold on")
    signed_board.type(f"http_ota {web.put('app-2.0.0.otter', sign(app2))}\r")
    downloads(signed_board)
    assert "OTA" not in starts(signed_board, "1.0.0")
    assert "2.0.0" in status(signed_board)["waiting"] and "held back" in status(signed_board)["waiting"]
    assert signed_flash.read("app", 0, len(app1)) == app1
    assert "not held back" in signed_board.run("hold off")
    reboots(signed_board)
    install(signed_board, "app", "1.0.0->2.0.0")
    starts(signed_board, "2.0.0")


# ---- the factory image ----


@pytest.fixture
def with_factory(flash, make_flash, sign, app2, package1):
    """A board that runs 2.0.0 with counter 5, and whose factory image is 1.0.0 with counter 1."""
    package = sign(app2, counter=5)
    flash.path.write_bytes(make_flash(package, factory=package1))
    return flash


def test_a_held_button_installs_the_factory_image(with_factory, power_on, app1, package1):
    board = power_on()
    starts(board, "2.0.0")
    board = power_on(button=True)
    install(board, "app", "2.0.0->1.0.0")
    said = starts(board, "1.0.0")
    assert "factory image restored" in said
    assert signed.holds(with_factory, "app", app1, package1)


def test_without_any_other_image_a_damaged_app_becomes_the_factory_image(with_factory, power_on, app1, package1):
    damage(with_factory, "app")
    board = power_on()
    board.expect("->1.0.0) startup.")
    starts(board, "1.0.0")
    assert signed.holds(with_factory, "app", app1, package1)


# ---- damage ----


@pytest.fixture
def updated(signed_board, signed_flash, web, sign, app2):
    """A board that has updated from 1.0.0 to 2.0.0, with both copies in its flash, and no power."""
    package = sign(app2)
    updates(signed_board, web.put("app-2.0.0.otter", package), "1.0.0->2.0.0")
    signed_board.kill()
    return package


PLACES = {"image": 5000, "start": 0, "manifest": PARTS["app"].size - 4096 + 40, "footer": PARTS["app"].size - 30}


@pytest.mark.parametrize("place", PLACES)
def test_a_damaged_app_is_healed_from_the_package_that_is_still_there(
    updated, signed_flash, power_on, app2, place
):
    damage(signed_flash, "app", PLACES[place])
    board = power_on()
    board.expect("->2.0.0) startup.")
    said = starts(board, "2.0.0")
    assert "On trial" not in said, "it was confirmed before"
    assert signed.holds(signed_flash, "app", app2, updated)


def test_without_the_package_a_damaged_app_is_restored_from_recovery(
    updated, signed_flash, power_on, app1, package1
):
    damage(signed_flash, "app")
    signed_flash.write("download", b"\xff" * 4096)
    board = power_on()
    rolls_back(board, "1.0.0", "damaged")
    assert signed.holds(signed_flash, "app", app1, package1)


def test_a_damaged_board_without_any_copy_waits_for_a_person(updated, signed_flash, power_on):
    damage(signed_flash, "app")
    damage(signed_flash, "download")
    damage(signed_flash, "recovery")
    board = power_on()
    board.expect("No valid application: ")
    board.type("r")
    board.expect("No valid application: ")
    assert BANNER not in board.log
