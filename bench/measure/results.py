"""Everything that is measured, and the figures that have budgets."""

import dataclasses

from lib import paths
from measure import downloads, installs
from measure.image import Image


@dataclasses.dataclass
class Results:
    boot: Image
    small: Image  # the bootloader with QuickLZ and AES alone
    app: Image
    raw_size: int  # bytes of the image that is installed: the application's own
    installs: dict  # (compress, encrypt): installs.Start, onto a blank partition
    small_install: installs.Start
    update: installs.Start  # from the application's one version to its other
    start: installs.Start  # with nothing to install
    download: downloads.Download
    http_ms: int

    def figures(self):
        """By the names of budgets.toml."""
        runs = [*self.installs.values(), self.small_install, self.update]
        values = {
            "boot_flash": self.boot.flash,
            "boot_ram": self.boot.ram,
            "boot_stack": max(run.stack for run in [*runs, self.start]),
            "boot_small_flash": self.small.flash,
            "boot_small_ram": self.small.ram,
            "start": self.start.whole / self.raw_size,
            "download": self.download.own,
            "download_stack": self.download.stack,
            "install_erases_per_page": max(run.use.most_erases for run in runs),
            "install_programs_per_unit": max(run.use.most_programs for run in runs),
            "start_flash_operations": len(self.start.use.erases) + len(self.start.use.programs),
            "download_erases_per_sector": self.download.use.most_erases,
            "download_programs_per_unit": self.download.use.most_programs,
        }
        for (compress, encrypt), run in self.installs.items():
            values[f"install_{compress}_{encrypt}"] = run.per_byte(run.install_phases)
        return values


def measure(folder):
    boot, small = Image(paths.BOOT_ELF), Image(paths.MPS2 / "boot-small.elf")
    raw, new = paths.APP_BIN.read_bytes(), paths.APP2_BIN.read_bytes()
    return Results(
        boot,
        small,
        Image(paths.APP_ELF),
        len(raw),
        {kind: installs.install(boot, folder, raw, *kind) for kind in installs.KINDS},
        installs.install(small, folder, raw, "quicklz", "aes256"),
        installs.install(boot, folder, new, "quicklz", "aes256", old=raw),
        installs.start_again(boot, folder, raw),
        downloads.from_memory(folder),
        downloads.over_http(folder),
    )
