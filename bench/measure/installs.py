"""Installs of the project's own firmware by its bootloader, from reset to the jump into the application."""

import dataclasses
import pathlib
import random
import subprocess

from lib import flash as flash_file
from lib import paths, signed
from lib.board import HURRY, Board
from measure import machine

KEYS = "key = 0123456789ABCDEF0123456789ABCDEF\niv = 0123456789ABCDEF\n"  # the board's

SIGNED = {"signed": [], "signed, CTR": ["--encrypt", "--product-key", signed.PRODUCT_KEY]}  # Otter's own packages

KINDS = [
    (compress, encrypt)
    for encrypt in ("none", "aes256", *SIGNED)
    for compress in ("none", "fastlz", "quicklz", "gzip")
]


def pack_signed(folder, image, version, compress, encrypt):
    package = folder / "package.otter"
    command = [paths.OTTER, "pack", "--key", signed.key_file("demo-1"), "--product", "otter-demo"]
    command += ["--hardware", "mps2", "--version", version, "--counter", "1", "--compress", compress]
    command += ["--timestamp", "1700000000", *SIGNED[encrypt], image, "-o", package]
    subprocess.run(command, check=True, capture_output=True)
    return package.read_bytes()


def pack(folder, image, version, compress, encrypt):
    """A package of the image for the partition `app`."""
    if encrypt in SIGNED:
        return pack_signed(folder, image, version, compress, encrypt)
    package, keys = folder / f"{compress}-{encrypt}.rbl", folder / "keys"
    keys.write_text(KEYS)
    command = [paths.OTTER, "pack", "--format", "rbl", "--part", "app", "--version", version]
    command += ["--compress", compress, "--timestamp", "1700000000", image, "-o", package]
    if encrypt != "none":
        command += ["--encrypt", encrypt, "--key-file", keys]
    subprocess.run(command, check=True, capture_output=True)
    return package.read_bytes()


def blank_flash(folder):
    path = folder / "flash"
    path.write_bytes(b"\xff" * flash_file.FLASH_SIZE)
    return flash_file.FlashFile(path)


@dataclasses.dataclass
class Start:
    """One run of the bootloader, from reset to the application."""

    image: object  # of the bootloader
    package_size: int
    raw_size: int
    phases: list

    @property
    def whole(self):
        return sum(phase.instructions for phase in self.phases)

    @property
    def stack(self):
        return max(phase.stack for phase in self.phases[1:])  # before main(), the stack is painted

    def use_of(self, part):
        others = {"app", "recovery", "journal", "download"} - {part}  # a refused package is deleted
        return machine.FlashUse(self.image, self.phases, part, others)

    @property
    def use(self):
        return self.use_of("app")

    def _after(self, mark):
        """From the call of that function to the call of the next one that is marked."""
        return [phase for before, phase in zip(self.phases, self.phases[1:]) if before.mark == mark][:1]

    @property
    def verify_phases(self):
        """The whole package is decoded; then SAVING opens it again."""
        return self._after("otter_package_verify")

    @property
    def write_phases(self):
        """It is decoded again and written; then TRIAL looks at what is installed."""
        return self._after("otter_install_image")

    @property
    def install_phases(self):
        return self.verify_phases + self.write_phases

    def per_byte(self, phases):
        return sum(phase.instructions for phase in phases) / self.raw_size


def start(boot, flash, package, raw):
    """Lets the bootloader run until it starts the application, with what the flash holds."""
    marks = ["main", "otter_package_open", "otter_package_verify", "otter_install_image", "otter_installed_open"]
    phases = machine.run(boot, flash, marks, "board_start")
    if flash.read("app", 0, len(raw)) != raw:
        raise RuntimeError("the bootloader did not install the image")
    return Start(boot, len(package), len(raw), phases)


def install(boot, folder, raw, compress, encrypt, old=None):
    """Onto a partition that is blank, or holds the image `old`."""
    image = pathlib.Path(folder, "raw.bin")
    image.write_bytes(raw)
    flash = blank_flash(folder)
    if old:
        put_installed(flash, old)
    package = pack(folder, image, "2.0.0", compress, encrypt)
    flash.put_package(package)
    return start(boot, flash, package, raw)


def start_again(boot, folder, raw):
    """With a valid application and nothing to install."""
    flash = blank_flash(folder)
    put_installed(flash, raw)
    return start(boot, flash, b"", raw)


def start_signed(boot, folder, size):
    """With a signed image of that many bytes, and nothing to install: noise behind the application's vectors."""
    raw = paths.APP_BIN.read_bytes()[:8] + random.Random(2).randbytes(size - 8)
    image, path = folder / "raw.bin", folder / "signed.img"
    image.write_bytes(raw)
    pack_signed(folder, image, "1.0.0", "none", "signed")
    command = [paths.OTTER, "image", "--board", "mps2", "-", folder / "package.otter", "-o", path]
    subprocess.run(command, check=True, capture_output=True)
    return start(boot, flash_file.FlashFile(path), b"", raw)


def restore(boot, folder, raw):
    """Of an encrypted copy, after the trials of an image that hangs."""
    images = {"1.0.0": paths.APP_BIN, "3.0.0": paths.BAD_BIN}
    for version, image in images.items():
        (folder / version).write_bytes(pack_signed(folder, image, version, "quicklz", "signed, CTR"))
    path = folder / "restore.img"
    command = [paths.OTTER, "image", "--board", "mps2", "--product-key", signed.PRODUCT_KEY]
    command += ["--download", folder / "3.0.0", "-", folder / "1.0.0", "-o", path]
    subprocess.run(command, check=True, capture_output=True)
    with Board(path, options=HURRY) as board:
        board.expect("On trial: 0 more starts", 60)
    return start(boot, flash_file.FlashFile(path), b"", raw)


def put_installed(flash, raw):
    header = flash_file.package(raw, version="1.0.0")[: flash_file.HEADER_SIZE]
    flash.write("app", raw)
    flash.write("app", header, flash_file.PARTS["app"].size - flash_file.HEADER_SIZE)
