"""Where scripts/build leaves what the tests run."""

import pathlib

TOP = pathlib.Path(__file__).resolve().parents[3]
OTTER = TOP / "build" / "otter"
QEMU = TOP / "scripts" / "qemu-mps2"
MPS2 = TOP / "build" / "mps2"
BOOT_ELF, BOOT_BIN = MPS2 / "boot.elf", MPS2 / "boot.bin"
APP_ELF, APP_BIN = MPS2 / "app.elf", MPS2 / "app.bin"  # says that it is 1.0.0
APP2_BIN = MPS2 / "app-2.0.0.bin"
BAD_BIN = MPS2 / "app-3.0.0-bad.bin"  # hangs as soon as it has said its name
KEYS = TOP / "boards" / "demo"


def missing():
    """What scripts/build has not built, of the board's."""
    return [str(path) for path in (QEMU, BOOT_ELF, BOOT_BIN, APP_ELF, APP_BIN, APP2_BIN, BAD_BIN) if not path.exists()]
