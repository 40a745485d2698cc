"""A linked firmware image: how large it is, what it is made of, and which function an address belongs to."""

import bisect
import collections
import dataclasses
import re
import subprocess

RAM, FLASH = 0x20000000, 0x21000000  # where they begin; bootloaders run from address 0

_INPUT = re.compile(r"^ (\.\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$", re.M)  # of the linker's map
_LOADED = (".vectors", ".text", ".rodata", ".data", ".bss")

# By the names that CMake gave the libraries, and those of the objects that are in none.
_ROOMS = {
    "boot": "boot",
    "core": "core",
    "crypto": "core/crypto, mbedTLS",
    "fetch": "fetch",
    "lwip": "fetch/lwip, lwIP",
    "tls12": "fetch/tls, mbedTLS",
    "tls13": "fetch/tls, mbedTLS",
    "https12": "app",
    "https13": "app",
    "app": "app",
    "version": "app",
    "console": "boards",
    "board": "boards",
    "startup": "boards",
    "small_board": "boards",
    "signed_board": "boards",
    "download": "bench",
    "c_nano": "C library",
    "g_nano": "C library",
    "gcc": "C library",
}


@dataclasses.dataclass(frozen=True)
class Symbol:
    addr: int
    size: int
    name: str
    room: str
    file: str = ""

    def __str__(self):
        return f"{self.room}: {self.name} ({self.file})" if self.file else f"{self.room}: {self.name}"


def _run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _origin(file):
    """Room and source file of an object, or of an archive(member)."""
    outer, _, member = file.rstrip(")").rpartition("(")
    library = re.sub(r"^lib|(-mps2)?\.a$|\.c\.obj$", "", (outer or member).rsplit("/", 1)[-1])
    source = member.rsplit("/", 1)[-1].removesuffix(".obj")
    return _ROOMS.get(library, "other"), source if source.endswith(".c") else ""


class Image:
    def __init__(self, elf):
        self.elf = elf
        sizes = dict(re.findall(r"^(\.\w+)\s+(\d+)\s", _run("arm-none-eabi-size", "-A", elf), re.M))
        self.text, self.data, self.bss, self.stack = (
            int(sizes.get(name, 0)) for name in (".text", ".data", ".bss", ".stack")
        )
        self._pieces = sorted(self._read_map(elf.with_suffix(".map").read_text()))
        self._names = {}
        self._symbols = sorted(self._read_symbols(), key=lambda symbol: symbol.addr)
        self._addrs = [symbol.addr for symbol in self._symbols]

    @property
    def flash(self):
        """Bytes that a programmer writes."""
        return self.text + self.data

    @property
    def ram(self):
        """Bytes of variables and of the stack that is set apart."""
        return self.data + self.bss + self.stack

    def _read_map(self, text):
        for section, addr, size, file in _INPUT.findall(text[text.index("Linker script and memory map") :]):
            if int(size, 16) and section.startswith(_LOADED):
                yield int(addr, 16), int(size, 16), *_origin(file)

    def _read_symbols(self):
        for line in _run("arm-none-eabi-nm", "-S", self.elf).splitlines():
            fields = line.split()
            if len(fields) == 3:
                self._names[fields[2]] = int(fields[0], 16)
            if len(fields) == 4:
                addr, size, kind, name = int(fields[0], 16), int(fields[1], 16), fields[2], fields[3]
                self._names[name] = addr
                if kind in "tTwWrRdDbBvV" and size:
                    yield Symbol(addr, size, re.sub(r"\.(isra|constprop|part)\.\d+", "", name), *self._origin_at(addr))

    def _origin_at(self, addr):
        i = bisect.bisect_right(self._pieces, (addr, float("inf"))) - 1
        start, size, *origin = self._pieces[i]
        return origin if 0 <= i and addr < start + size else ("other", "")

    def address(self, name):
        return self._names[name]

    def symbol_at(self, addr):
        i = bisect.bisect_right(self._addrs, addr) - 1
        return self._symbols[i] if i >= 0 else Symbol(addr, 0, "?", "other")

    def rooms(self):
        """Bytes of flash by room, largest first. What is between the pieces is counted as alignment."""
        sizes = collections.Counter()
        for addr, size, room, _ in self._pieces:
            if not RAM <= addr < FLASH:
                sizes[room] += size
        rows = sizes.most_common()
        return rows + [("alignment and initial values", self.flash - sum(sizes.values()))]

    def largest(self, count):
        """The largest symbols in flash."""
        flash = [symbol for symbol in self._symbols if not RAM <= symbol.addr < FLASH]
        return sorted(flash, key=lambda symbol: -symbol.size)[:count]
