"""The part of scripts/demo that comes after the build."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import termios
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from lib import paths, process, signed, words  # noqa: E402
from lib.board import HURRY, PROMPT, Board  # noqa: E402
from lib.flash import FlashFile  # noqa: E402
from lib.server import Shelf  # noqa: E402

OTTER = "build/otter"
DEMO = pathlib.Path("build/demo")
WEB, FLASH, KEYS = DEMO / "www", DEMO / "flash.img", DEMO / "keys"
VERSIONS = {"1.0.0": paths.APP_BIN, "2.0.0": paths.APP2_BIN, "3.0.0": paths.BAD_BIN}
SERVER_LOG, CONSOLE_LOG, QEMU_LOG = DEMO / "server.log", DEMO / "console.log", DEMO / "qemu.log"

# The boards here trust keys that everybody knows: see boards/demo/keys.h.
SIGNING_KEY, PRODUCT_KEY = KEYS / "demo-1.pem", KEYS / "product.key"

COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
# OTTER_HURRY=1 is for tests: the board's clock goes by instructions, and the watchdog's five seconds take less.
TYPING_SECONDS = 0.02  # a key, for those who watch


def colour(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURS else text


def say(text=""):
    print(text, flush=True)


class Failure(Exception):
    """A step that failed, and the file that may say why."""

    def __init__(self, step, why, log=None):
        super().__init__(f"{step}: failed. {why}")
        self.log = log


@contextlib.contextmanager
def step(name, log=None):
    say(f"\n{colour('1', name)}")
    try:
        yield
    except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
        raise Failure(name, error, log) from error


class ConsoleView:
    """Shows the board's console as it goes: every line behind a bar. Lines that are drawn over are shown as they
    change on a terminal, and elsewhere only as they are at last."""

    BAR = "  | "

    def __init__(self):
        self._line = b""
        self._last = None

    def __call__(self, data):
        for byte in (data[i : i + 1] for i in range(len(data))):
            if COLOURS:
                self._live(byte)
            else:
                self._plain(byte)
            self._last = byte
        sys.stdout.flush()

    def _live(self, byte):
        if self._last in (None, b"\n", b"\r") and byte not in b"\r\n":
            sys.stdout.buffer.write(b"\r" + colour("36", self.BAR).encode())
        if byte != b"\r":
            sys.stdout.buffer.write(byte)

    def _plain(self, byte):
        if self._last == b"\r" and byte != b"\n":
            self._line = b""
        if byte == b"\n":
            self.end()
        elif byte != b"\r":
            self._line += byte

    def end(self):
        """The line that the console has not ended."""
        if COLOURS:
            say()
        else:
            say(self.BAR + self._line.decode("utf-8", "replace"))
        self._line = b""


def otter(*arguments):
    say(colour("2", "  $ " + " ".join(map(str, (OTTER, *arguments)))))
    done = subprocess.run([OTTER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    say("".join(f"  {line}\n" for line in done.stdout.splitlines()).rstrip("\n"))
    if done.returncode:
        raise ValueError(f"It ended with status {done.returncode}.")


def package(version):
    return WEB / f"app-{version}.otter"


def pack(version):
    who = ["--key", SIGNING_KEY, "--product", "otter-demo", "--hardware", "mps2"]
    how = ["--encrypt", "--product-key", PRODUCT_KEY]
    image = VERSIONS[version].relative_to(TOP)
    otter("pack", *who, "--version", version, "--counter", "1", *how, image, "-o", package(version))


def prepare():
    for path in (WEB, KEYS, FLASH, SERVER_LOG, CONSOLE_LOG):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    WEB.mkdir()
    KEYS.mkdir()
    for key in (SIGNING_KEY, PRODUCT_KEY):
        shutil.copyfile(paths.KEYS / key.name, key)
        key.chmod(0o600)


def type_slowly(board, text):
    for key in text:
        board.type(key)
        if COLOURS:
            time.sleep(TYPING_SECONDS)


def update(board, server):
    """From 1.0.0 to 2.0.0, which confirms itself."""
    board.expect(words.BANNER + "1.0.0")
    board.expect(PROMPT)
    type_slowly(board, f"http_ota {server.address(package('2.0.0').name)}\r")
    words.downloads(board)
    words.install(board, "app", "1.0.0->2.0.0")
    words.starts(board, "2.0.0")
    words.confirms(board, "2.0.0")
    board.run("")


def survive(board, server):
    """3.0.0 never confirms itself."""
    type_slowly(board, f"http_ota {server.address(package('3.0.0').name)}\r")
    words.downloads(board)
    words.install(board, "app", "2.0.0->3.0.0")
    words.rolls_back(board, "2.0.0")
    type_slowly(board, "ota_status\r")
    board.expect("waiting ")
    board.expect(PROMPT)


@contextlib.contextmanager
def powered():
    """The board. The console's log is kept whatever comes of it."""
    view = ConsoleView()
    options = HURRY if os.environ.get("OTTER_HURRY") else ()
    with QEMU_LOG.open("wb") as errors:  # it tells of each packet for a board that is just restarting
        board = Board(FLASH, on_output=view, options=options, errors=errors)
    board.view = view
    try:
        yield board
    finally:
        board.kill()
        view.end()
        CONSOLE_LOG.write_text(board.log)


def check():
    image = paths.APP2_BIN.read_bytes()
    if not signed.holds(FlashFile(FLASH), "app", image, package("2.0.0").read_bytes()):
        raise ValueError("The flash does not hold 2.0.0.")
    say(f"  'app' in {FLASH} is {paths.APP2_BIN.relative_to(TOP)} byte for byte: {len(image)} bytes,")
    say("  with the signed manifest that it came with.")


def say_where():
    say()
    for what, path in {
        "Flash of the board": FLASH,
        "Packages": WEB,
        "Log of the server": SERVER_LOG,
        "Log of the console": CONSOLE_LOG,
    }.items():
        say(f"  {what:20}{path}")


def say_next():
    say("\nTry next:")
    for command, what in {
        "scripts/demo --keep": "the same, and then the board's shell is yours",
        f"scripts/qemu-mps2 {FLASH}": "give the board its power again; Ctrl-A x ends it",
        f"{OTTER} inspect {package('2.0.0')}": "what the package says of itself",
        f"{OTTER} pack --help": "make your own",
    }.items():
        say(f"  {command:54}{what}")


@contextlib.contextmanager
def terminal_restored():
    """A QEMU that was killed leaves the terminal as it needed it."""
    saved = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
    try:
        yield
    finally:
        if saved:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def keep(server):
    say("\nThe board gets its power again, and its shell is yours: try `help`, or go back to 1.0.0 with")
    say(f"  http_ota {server.address(package('1.0.0').name)}")
    how = "Ctrl-A x" if sys.stdin.isatty() else f"kill {os.getpid()}"
    say(f"{colour('1', how)} ends the board and the server.")
    with terminal_restored():
        qemu = process.start([paths.QEMU, FLASH])
        try:
            status = qemu.wait()
        finally:
            qemu.kill()
            qemu.wait()
    say("\nThe board and the server have ended.")
    if status:
        raise ValueError(f"QEMU ended with status {status}.")


def run(keeping):
    started = time.monotonic()
    with contextlib.ExitStack() as servers:
        with step("Pack three releases of the application, signed and encrypted"):
            prepare()
            for version in VERSIONS:
                pack(version)
        with step("Make the flash of a board that runs 1.0.0"):
            keys = ["--product-key", PRODUCT_KEY]
            otter("image", "--board", "mps2", *keys, paths.BOOT_BIN.relative_to(TOP), package("1.0.0"), "-o", FLASH)
        with step("Serve the packages", SERVER_LOG):
            server = servers.enter_context(Shelf(OTTER, WEB, SERVER_LOG))
            say(f"  {server.url}/ here is {server.address('')} for the board.")
        with contextlib.ExitStack() as power:
            with step("Give the board its power, and update to 2.0.0: its console", CONSOLE_LOG):
                board = power.enter_context(powered())
                update(board, server)
                board.view.end()
            with step("Update to 3.0.0, which hangs: the watchdog ends each of its three trials", CONSOLE_LOG):
                survive(board, server)
        with step("Compare its flash with what was built"):
            check()
        seconds = time.monotonic() - started
        say(f"\n{colour('1;32', f'Updated from 1.0.0 to 2.0.0, and back from a bad 3.0.0: {seconds:.1f} s.')}")
        say_where()
        if not keeping:
            say_next()
            return
        with step("Keep on", CONSOLE_LOG):
            keep(server)


def only_one():
    """Two demos at once would use the same files."""
    DEMO.mkdir(parents=True, exist_ok=True)
    lock = (DEMO / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failure("Start", f"Another scripts/demo is using {DEMO}: end it first.") from None
    return lock


def main():
    os.chdir(TOP)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        with only_one():
            run("--keep" in sys.argv[1:])
    except Failure as failure:
        print(colour("31", f"\n{failure}"), file=sys.stderr)
        if failure.log and failure.log.exists():
            print(f"The whole log: {failure.log}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
