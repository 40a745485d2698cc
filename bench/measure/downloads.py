"""The downloader: fed from memory (bench/download.c), and in the real application over HTTP."""

import collections
import dataclasses
import random
import re

from lib import flash as flash_file
from lib import paths
from lib.board import PROMPT, Board
from lib.server import Shelf
from measure import installs, machine
from measure.image import Image

KB = 1024
PACKAGE_SIZE = 1024 * KB  # as large as the partition `download`
HTTP_SHIFT = 3  # an instruction takes 8 ns of the board's time

OWN_ROOMS = ("core", "fetch", "C library")  # not the transport, not the flash driver


def package():
    """Its body is noise that only claims to be QuickLZ: nobody unpacks it here."""
    body = random.Random(1).randbytes(PACKAGE_SIZE - flash_file.HEADER_SIZE)
    return flash_file.package(body, "wifi_image", algo=flash_file.QUICKLZ, raw_size=500 * KB)


@dataclasses.dataclass
class Download:
    rooms: dict  # instructions by room
    stack: int  # bytes
    use: machine.FlashUse

    def per_byte(self, rooms):
        return sum(self.rooms[room] for room in rooms) / PACKAGE_SIZE

    @property
    def own(self):
        return self.per_byte(OWN_ROOMS)


def from_memory(folder):
    image = Image(paths.MPS2 / "bench-download.elf")
    flash = installs.blank_flash(folder)
    data = package()
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    flash.write("filesystem", len(answer).to_bytes(4, "little") + answer)
    phases = machine.run(image, flash, ["bench_begins"], "bench_ends")[1:]
    if flash.read("download", 0, len(data)) != data:
        raise RuntimeError("the downloader did not store the package")
    rooms = collections.Counter()
    for symbol, count in machine.by_symbol(image, phases):
        rooms[symbol.room] += count
    return Download(rooms, max(phase.stack for phase in phases), machine.FlashUse(image, phases, "download"))


def over_http(folder):
    """Milliseconds of the board's time that the real application takes, as it says: from `otter serve`, through
    TCP/IP, into flash."""
    flash = installs.blank_flash(folder)
    installs.put_installed(flash, paths.APP_BIN.read_bytes())
    shelf_folder = folder / "shelf"
    shelf_folder.mkdir()
    with Shelf(paths.OTTER, shelf_folder, folder / "server.log") as shelf:
        with Board(flash, options=["-icount", f"shift={HTTP_SHIFT}"]) as board:
            board.expect(PROMPT)
            board.type(f"http_ota {shelf.put('package.rbl', package())}\r")
            said = board.expect("Download firmware to flash success.", 60)
    rate = int(re.findall(rf" {PACKAGE_SIZE} bytes +(\d+) KB/s", said)[-1])
    return PACKAGE_SIZE // KB * 1000 // rate
