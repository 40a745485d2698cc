"""Cuts of the power at chosen moments: QEMU stands still at the nth operation of the flash, and is killed there."""

from lib import rsp
from lib.paths import APP_ELF, BOOT_ELF

OPERATIONS = ("mps2_flash_prog", "mps2_flash_erase")


class Operations:
    """Entries into the flash driver's prog and erase, by either program, of a board with a debugger."""

    def __init__(self, board):
        self._target = board.target
        self._start_app = rsp.symbols(BOOT_ELF)["board_start"]
        self._entries = {rsp.symbols(elf)[name] for elf in (BOOT_ELF, APP_ELF) for name in OPERATIONS}
        for address in self._entries:
            self._target.set_break(address)

    def run_to(self, number):
        """From where the machine runs, until it stands at that entry, counted from 1."""
        self._target.wait(60)
        for _ in range(number - 1):
            self._target.step()  # off the breakpoint
            self._target.cont(60)

    def run_to_app(self, each):
        """From where the machine runs, until the bootloader starts the app; calls each() at every entry."""
        self._target.stop()
        self._target.set_break(self._start_app)
        while self._target.cont(60) != self._start_app:
            each()
            self._target.step()
        self._target.clear_break(self._start_app)
        self._target.step()

    def run_on(self, each):
        """To the next entry, and past it."""
        self._target.cont(60)
        each()
        self._target.step()

    def run_into(self, fraction):
        """From an entry, until the operation has done that fraction (0 to below 1) of its work: the address of the
        byte that was just written."""
        flash, offset, third, fourth = self._target.registers()[:4]
        entry = self._target.registers()[rsp.PC]
        length = fourth if entry in self._programs() else third
        address = self._target.read_word(flash + 4) + offset + int(length * fraction)  # struct otter_flash: addr
        self._target.watch_writes(address, 1)
        self._target.step()
        assert self._target.cont(60) not in self._entries, "the operation has written nothing"
        return address

    def _programs(self):
        return {rsp.symbols(elf)["mps2_flash_prog"] for elf in (BOOT_ELF, APP_ELF)}
