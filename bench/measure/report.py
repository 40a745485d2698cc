"""docs/BENCH.md: the measurements as tables."""

import subprocess

from lib import flash as flash_file
from measure import downloads, machine
from measure.results import LARGEST

FUNCTIONS = 14  # of the profile
SYMBOLS = 12  # of the largest in flash


def number(value):
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def _table(head, rows):
    """The first column is text, the others are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    lines += [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _version(command):
    return subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]


def _sizes(results):
    rows = [
        (name, image.flash, image.data + image.bss, image.stack, image.ram)
        for name, image in (
            ("bootloader, every codec", results.boot),
            ("bootloader, QuickLZ and AES (bench/small_board.c)", results.small),
            ("bootloader, signed packages without codecs (bench/signed_board.c)", results.signed),
            ("application, with lwIP and shell", results.app),
        )
    ]
    return _table(["board mps2, bytes", "flash", "variables", "stack", "RAM in all"], rows)


def _rooms(results):
    images = [dict(image.rooms()) for image in (results.boot, results.small, results.signed)]
    names = sorted({room for image in images for room in image})
    rows = [(name, *(image.get(name, 0) for image in images)) for name in names]
    rows.sort(key=lambda row: -row[1])
    return _table(["bytes of flash by room", "every codec", "QuickLZ and AES", "no codecs"], rows)


def _targets(results):
    quicklz = results.installs["quicklz", "aes256"]
    rows = [
        ("bootloader with everything, bytes of flash", 22 * 1024, results.boot.flash),
        ("bootloader without codecs, bytes of flash", 10 * 1024, results.signed.flash),
        ("bootloader's stack, bytes", results.boot.stack, results.deepest_stack),
        ("start with the largest signed image, million instructions", 50.0, results.signed_start.whole / 1e6),
        ("install of RBL with QuickLZ and AES, instructions per byte", 200.0, quicklz.per_byte(quicklz.install_phases)),
    ]
    judged = [(what, target, value, "yes" if value <= target else "**no**") for what, target, value in rows]
    return _table(["what it should be", "at most", "is", "reached"], judged)


def _symbols(results):
    rows = [(str(symbol), symbol.size) for symbol in results.boot.largest(SYMBOLS)]
    return _table(["the bootloader's largest", "bytes"], rows)


def _installs(results):
    rows = []
    for (compress, encrypt), run in results.installs.items():
        passes = (run.verify_phases, run.write_phases, run.install_phases)
        rows.append((f"{compress}, {encrypt}", run.package_size, *map(run.per_byte, passes), run.whole / run.raw_size))
    head = ["compression, cipher", "package, bytes", "verify", "write", "both", "reset to application"]
    return _table(head, rows)


def _operations(results):
    pages = -(-results.raw_size // flash_file.PARTS["app"].block) + 1
    runs = (("onto a blank partition", results.installs["quicklz", "aes256"]), ("1.0.0 to 2.0.0", results.update))
    rows = []
    others = (("a restore", results.restore), ("a start with nothing to install", results.start))
    for what, run in (*runs, *others):
        use = run.use
        counts = (len(use.erases), use.most_erases, len(use.programs), use.most_programs)
        rows.append((f"{what}, {pages} pages", *counts))
    use = results.update.use_of("recovery")
    counts = (len(use.erases), use.most_erases, len(use.programs), use.most_programs)
    rows.insert(2, ("the copy of 1.0.0, 4 KB sectors", *counts))
    head = ["install", "pages erased", "most for one", "bytes programmed", "most for one"]
    return _table(head, rows)


def _profile(results):
    run = results.installs["quicklz", "aes256"]
    counts = machine.by_symbol(run.image, run.install_phases)
    rows = [(str(symbol), count / run.raw_size) for symbol, count in counts[:FUNCTIONS]]
    rows.append(("all others", sum(count for _, count in counts[FUNCTIONS:]) / run.raw_size))
    return _table(["verify and write, QuickLZ and AES", "instructions per byte"], rows)


def _stack(results):
    runs = {f"install, {compress}, {encrypt}": run.stack for (compress, encrypt), run in results.installs.items()}
    runs["a restore"] = results.restore.stack
    runs["a start with nothing to install"] = results.start.stack
    return _table([f"stack in use, of {number(results.boot.stack)} bytes", "bytes"], runs.items())


def _download(results):
    d = results.download
    return _table(
        ["package of 1 MB from memory into flash", "instructions per byte"],
        [
            ("the downloader: HTTP, CRC-32, storing", d.own),
            ("the board's flash driver", d.per_byte(["boards"])),
            ("the transport in memory", d.per_byte(["bench"])),
        ],
    )


def page(results):
    return f"""# What Otter costs

`bench/run` measures this and writes this page; `bench/run --check` holds it to the budgets of
[bench/budgets.toml](../bench/budgets.toml). With {_version("arm-none-eabi-gcc")};
{_version("qemu-system-arm")}.

**Instructions are counted under emulation**, by a plugin of QEMU and to the instruction, in the real binaries. They are
not cycles: those of a real Cortex-M4 depend on its flash and its bus. What the flash driver does is part of the sums; on
a real chip it mostly waits. "Per byte" is per byte of the raw image: the project's own application of
{number(results.raw_size)} bytes.

## What was aimed at

{_targets(results)}
The two targets for flash are missed; where the bytes go is below.

## Flash and RAM

{_sizes(results)}
{_rooms(results)}
{_symbols(results)}
The most that was in use of the bootloader's stack, found by watching every store, with {machine.EXCEPTION_FRAME} bytes
for an interrupt at the worst moment:

{_stack(results)}
## Install

Instructions per byte. A package is decoded twice: to verify it, then to write it. The last column is all that happens
from reset to the jump, with the journal and the check of the installed image. Each start looks at manifests several
times, and each look costs an ECDSA verification, which does not depend on the image's size; it is in the last column
alone. aes256 is RBL's, in CBC; the signed ones are Otter's own packages, whose chunks' hashes are checked in each pass,
like the image's.

{_installs(results)}
A start with nothing to install takes {number(results.start.whole / results.raw_size)} instructions per byte: the
application is checked before it runs. With a signed image of {number(LARGEST)} bytes it takes
{number(results.signed_start.whole / 1e6)} million: ECDSA P-256 over the manifest, SHA-256 over the image. A restore
takes {number(results.restore.whole / results.raw_size)} per byte, from reset to the application.

Where they go:

{_profile(results)}
Flash operations, by the stores that came to the flash, those to the journal apart:

{_operations(results)}
## Download

{_download(results)}
Its stack: {number(results.download.stack)} bytes.

For information, the application's `http_ota` of 1 MB from `otter serve`, through lwIP into flash, console included:
{results.http_ms} ms of the board's time at {1000 >> downloads.HTTP_SHIFT} million instructions a second. It varies by a
packet more or less.
"""
