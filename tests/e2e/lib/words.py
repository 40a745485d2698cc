"""What the board mps2 says on its console when all goes well."""

from lib.board import PROMPT

BANNER = "The current version of APP firmware is "


def update(board, url):
    """From the prompt to where the app has given the board to its bootloader."""
    board.type(f"http_ota {url}\r")
    downloads(board)


def downloads(board):
    board.expect("Download firmware to flash success.", 30)
    board.expect("System now will restart...")
    board.expect("Otter bootloader")


def install(board, part, versions):
    board.expect(f"OTA firmware({part}) upgrade({versions}) startup.")
    board.expect(f"OTA firmware({part}) upgrade success.", 30)


def starts(board, version):
    """From the bootloader to the app's prompt: all that was said."""
    said = board.expect(f"Verify 'app' partition(fw ver: {version}")
    return said + board.expect(BANNER + version) + board.expect(PROMPT)


def confirms(board, version):
    """From there until an app on trial has found its network, and is permanent."""
    board.expect(f"Firmware {version} is confirmed.")


def rolls_back(board, version, why="never confirmed"):
    """From the bootloader to the prompt of the app that is back: all that was said."""
    said = board.expect("OTA firmware(app) restore startup.", 60)
    said += board.expect("OTA firmware(app) restore success.", 30)
    said += board.expect(f"OTA rolled back: {why}.")
    return said + starts(board, version)
