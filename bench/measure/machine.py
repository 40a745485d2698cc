"""Runs a program on the emulated board and counts what it did between marks (bench/count.c does the counting).

QEMU runs with -icount: its clock goes by instructions, so that each run does exactly the same.
"""

import collections
import dataclasses
import subprocess
import tempfile

from lib import flash as flash_file
from lib import paths, process

PLUGIN = paths.TOP / "build" / "host-release" / "bench" / "count.so"
ICOUNT_SHIFT = 5  # an instruction takes 32 ns of the board's time
CODE_SIZE = 0x10000  # of a bootloader: the rest is counted as one
TIMEOUT = 60  # seconds: far more than any run needs

# What an interrupt would push below the deepest point, and one word to align it (ARMv7-M, B1.5.6).
EXCEPTION_FRAME = 36


@dataclasses.dataclass
class Phase:
    """What happened before a mark, since the one before it."""

    mark: str
    counts: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by address
    stores: list = dataclasses.field(default_factory=list)  # (pc, address, bytes): those to flash
    stack: int = 0  # bytes of it that were in use, interrupts included

    @property
    def instructions(self):
        return self.counts.total()


def _phases(image, lines):
    phases, stores = [], []
    for line in lines:
        kind, *fields = line.split()
        if kind == "store":
            pc, addr, size = fields
            stores.append((int(pc, 16), int(addr, 16), int(size)))
        elif kind == "mark":
            phases.append(Phase(image.symbol_at(int(fields[0], 16)).name, stores=stores))
            stores = []
        elif kind == "insn":
            phases[-1].counts[int(fields[0], 16)] += int(fields[1])
        elif kind == "elsewhere":
            phases[-1].counts[-1] += int(fields[0])
        elif kind == "stack":
            phases[-1].stack = image.address("__stack_top") - int(fields[0], 16) + EXCEPTION_FRAME
    return phases


def _qemu(image, flash, plugin_options):
    """Runs until the plugin ends it."""
    command = [paths.QEMU, flash, "-kernel", image.elf, "-icount", f"shift={ICOUNT_SHIFT}"]
    command += ["-plugin", ",".join([str(PLUGIN), *plugin_options])]
    qemu = process.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said, _ = qemu.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        qemu.kill()
        said, _ = qemu.communicate()
        problem = f"{image.elf.name} did not come to its end in {TIMEOUT} s"
        raise RuntimeError(f"{problem}. It said:\n{said.decode()}") from None
    if qemu.returncode:
        raise RuntimeError(f"QEMU ended with {qemu.returncode}: {said.decode()}")


def run(image, flash, marks, stop):
    """Runs until the function `stop` is called: the phases, one for each call of a function in marks and the last."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/counts"
        _qemu(
            image,
            flash,
            [
                f"out={out}",
                f"code=0-{CODE_SIZE:x}",
                f"stores={flash_file.FLASH_ADDR:x}-{flash_file.FLASH_ADDR + flash_file.FLASH_SIZE:x}",
                f"stack={image.address('__stack_bottom'):x}-{image.address('__stack_top'):x}",
                *(f"mark={image.address(name):x}" for name in marks),
                f"stop={image.address(stop):x}",
            ],
        )
        with open(out) as lines:
            return _phases(image, lines)


def by_symbol(image, phases):
    """Instructions by symbol, all phases together, the most first."""
    counts = collections.Counter()
    for phase in phases:
        for pc, count in phase.counts.items():
            counts[image.symbol_at(pc)] += count
    return counts.most_common()


def _part_at(addr, size):
    for name, place in flash_file.PARTS.items():
        if place.addr <= addr and addr + size <= place.addr + place.size:
            return name
    return None


class FlashUse:
    """Which erase blocks and program units of a partition the phases touched, and how often. Stores to a partition
    that is not among the others either are an error."""

    def __init__(self, image, phases, part, others=()):
        place = flash_file.PARTS[part]
        self.erases, self.programs = collections.Counter(), collections.Counter()
        for pc, addr, size in (store for phase in phases for store in phase.stores):
            found = _part_at(addr, size)
            if found in others:
                continue
            if found != part:
                raise RuntimeError(f"{size} bytes were stored at 0x{addr:x}, which is outside of '{part}'")
            off = addr - place.addr
            if image.symbol_at(pc).name == "mps2_flash_erase":
                self.erases.update(range(off // place.block, (off + size - 1) // place.block + 1))
            else:
                self.programs.update(range(off, off + size))

    @property
    def most_erases(self):
        return max(self.erases.values(), default=0)

    @property
    def most_programs(self):
        return max(self.programs.values(), default=0)
