"""Fixtures of the tests on the board mps2; conftest.py makes them known."""

import subprocess

import pytest

from lib import paths
from lib.board import PROMPT, Board
from lib.flash import FlashFile
from lib.server import Shelf

KEY, IV = "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF"


@pytest.fixture(scope="session")
def binaries():
    missing = paths.missing()
    if missing:
        pytest.fail(f"not built: {', '.join(missing)}; run scripts/build", pytrace=False)


@pytest.fixture(scope="session")
def otter_run(otter):
    """Runs the host program with these arguments; it must succeed."""

    def run(*arguments):
        done = subprocess.run([otter, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"otter {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}"

    return run


@pytest.fixture(scope="session")
def pack(otter_run, tmp_path_factory):
    """Makes a package with the real packer: its bytes."""
    folder = tmp_path_factory.mktemp("packages")

    def make(image, part="app", version="2.0.0", compress="quicklz", encrypt=True, key=KEY):
        raw, package = folder / "image.bin", folder / "package.rbl"
        raw.write_bytes(image)
        cipher = ["--encrypt", "aes256", "--key", key, "--iv", IV] if encrypt else []
        what = ["--part", part, "--version", version, "--compress", compress, "--timestamp", "1700000000"]
        otter_run("pack", "--format", "rbl", *what, *cipher, raw, "-o", package)
        return package.read_bytes()

    return make


@pytest.fixture(scope="session")
def app1(binaries):
    """The image of the application 1.0.0."""
    return paths.APP_BIN.read_bytes()


@pytest.fixture(scope="session")
def app2(binaries):
    return paths.APP2_BIN.read_bytes()


@pytest.fixture(scope="session")
def factory_image(binaries, otter_run, tmp_path_factory):
    """The content of the flash of a board that leaves the factory with the application 1.0.0."""
    path = tmp_path_factory.mktemp("factory") / "flash.img"
    otter_run("image", "--board", "mps2", "--version", "1.0.0", paths.BOOT_BIN, paths.APP_BIN, "-o", path)
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.fixture
def flash(factory_image, tmp_path):
    """The flash of a new board. 16 MB: not kept after the test."""
    path = tmp_path / "flash.img"
    path.write_bytes(factory_image)
    yield FlashFile(path)
    path.unlink()


@pytest.fixture
def power_on(flash):
    """Gives the board power, as often as it is called; takes it away at the end, and shows what the consoles said."""
    boards = []

    def start(**options):
        for board in boards:
            board.kill()
        boards.append(Board(flash, **options))
        return boards[-1]

    yield start
    for board in boards:
        board.kill()
        print(f"---- console ----\n{board.log}")


@pytest.fixture
def board(power_on):
    """A board that runs 1.0.0 and waits at its prompt."""
    board = power_on()
    board.expect("The current version of APP firmware is 1.0.0")
    board.expect(PROMPT)
    return board


@pytest.fixture(scope="session")
def web(otter, tmp_path_factory):
    """A running `otter serve`, where tests put what the board downloads."""
    folder = tmp_path_factory.mktemp("web")
    with Shelf(otter, folder, folder.parent / f"{folder.name}.log") as shelf:
        yield shelf
