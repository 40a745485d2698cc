"""Everything that is measured, and the figures that have budgets."""

import dataclasses

from lib import paths
from measure import downloads, installs
from measure.image import Image

LARGEST = 444 * 1024 - 1  # bytes of an image in `app`: 448 KB, without the trailer


@dataclasses.dataclass
class Results:
    boot: Image
    small: Image  # the bootloader with QuickLZ and AES alone
    signed: Image  # the one that takes only signed packages without a codec
    app: Image
    raw_size: int  # bytes of the image that is installed: the application's own
    installs: dict  # (compress, encrypt): installs.Start, onto a blank partition
    small_install: installs.Start
    update: installs.Start  # from the application's one version to its other
    start: installs.Start  # with nothing to install
    signed_install: installs.Start  # by the one for signed packages
    signed_start: installs.Start  # by it, with the largest image, and nothing to install
    restore: installs.Start
    download: downloads.Download
    http_ms: int

    @property
    def runs(self):
        return [*self.installs.values(), self.small_install, self.signed_install, self.update, self.restore]

    @property
    def deepest_stack(self):
        return max(run.stack for run in [*self.runs, self.start, self.signed_start])

    def figures(self):
        """By the names of budgets.toml."""
        uses = [run.use for run in self.runs] + [self.update.use_of("recovery")]
        values = {
            "boot_flash": self.boot.flash,
            "boot_ram": self.boot.ram,
            "boot_stack": self.deepest_stack,
            "boot_small_flash": self.small.flash,
            "boot_small_ram": self.small.ram,
            "boot_signed_flash": self.signed.flash,
            "boot_signed_ram": self.signed.ram,
            "start_signed_448K": self.signed_start.whole / 1e6,
            "start": self.start.whole / self.raw_size,
            "download": self.download.own,
            "download_stack": self.download.stack,
            "install_erases_per_page": max(use.most_erases for use in uses),
            "install_programs_per_unit": max(use.most_programs for use in uses),
            "start_flash_operations": len(self.start.use.erases) + len(self.start.use.programs),
            "download_erases_per_sector": self.download.use.most_erases,
            "download_programs_per_unit": self.download.use.most_programs,
        }
        for (compress, encrypt), run in self.installs.items():
            values[f"install_{compress}_{encrypt}".replace(", ", "_")] = run.per_byte(run.install_phases)
        return values


def measure(folder):
    boot, small, signed = (Image(paths.MPS2 / f"{name}.elf") for name in ("boot", "boot-small", "boot-signed"))
    raw, new = paths.APP_BIN.read_bytes(), paths.APP2_BIN.read_bytes()
    return Results(
        boot,
        small,
        signed,
        Image(paths.APP_ELF),
        len(raw),
        {kind: installs.install(boot, folder, raw, *kind) for kind in installs.KINDS},
        installs.install(small, folder, raw, "quicklz", "aes256"),
        installs.install(boot, folder, new, "quicklz", "aes256", old=raw),
        installs.start_again(boot, folder, raw),
        installs.install(signed, folder, raw, "none", "signed"),
        installs.start_signed(signed, folder, LARGEST),
        installs.restore(boot, folder, raw),
        downloads.from_memory(folder),
        downloads.over_http(folder),
    )
