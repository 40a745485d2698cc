"""Installs of the project's own firmware by its bootloader, from reset to the jump into the application."""

import dataclasses
import pathlib
import subprocess

from lib import flash as flash_file
from lib import paths
from measure import machine

KEYS = "key = 0123456789ABCDEF0123456789ABCDEF\niv = 0123456789ABCDEF\n"  # the board's

KINDS = [
    (compress, encrypt) for encrypt in ("none", "aes256") for compress in ("none", "fastlz", "quicklz", "gzip")
]


def pack(folder, image, version, compress, encrypt):
    """A package of the image for the partition `app`."""
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

    @property
    def use(self):
        return machine.FlashUse(self.image, self.phases, "app")

    def _index(self, mark, nth=0):
        return [i for i, phase in enumerate(self.phases) if phase.mark == mark][nth]

    @property
    def verify_phases(self):
        """otter_install: from its call to the second time that it opens the package."""
        start = self._index("otter_install") + 1
        return self.phases[start : start + 2]

    @property
    def write_phases(self):
        """otter_install: the rest, until its caller looks at what is installed."""
        return [self.phases[self._index("otter_install") + 3]]

    @property
    def install_phases(self):
        return self.verify_phases + self.write_phases

    def per_byte(self, phases):
        return sum(phase.instructions for phase in phases) / self.raw_size


def start(boot, flash, package, raw):
    """Lets the bootloader run until it starts the application, with what the flash holds."""
    marks = ["main", "otter_install", "otter_body_open", "otter_installed_verify"]
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


def put_installed(flash, raw):
    header = flash_file.package(raw, version="1.0.0")[: flash_file.HEADER_SIZE]
    flash.write("app", raw)
    flash.write("app", header, flash_file.PARTS["app"].size - flash_file.HEADER_SIZE)
