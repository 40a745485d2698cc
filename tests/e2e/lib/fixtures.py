"""Fixtures of the tests on the board mps2; conftest.py makes them known."""

import subprocess

import pytest

from lib import paths
from lib.board import PROMPT, Board
from lib.flash import FlashFile
from lib.server import Shelf
from lib.signed import PRODUCT_KEY, Packer

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


# ---- signed packages ----


@pytest.fixture(scope="session")
def sign(binaries, otter_run, tmp_path_factory):
    """Makes signed packages: a lib.signed.Packer."""
    return Packer(otter_run, tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="session")
def bad(binaries):
    """The image of an application that hangs."""
    return paths.BAD_BIN.read_bytes()


@pytest.fixture(scope="session")
def package1(sign, app1):
    """The application 1.0.0, signed and encrypted; its security counter is 1."""
    return sign(app1, "1.0.0")


@pytest.fixture(scope="session")
def make_flash(otter_run, tmp_path_factory):
    """The content of a board's flash with that package installed, and those in `factory` and `download`."""

    def make(installed, **more):
        folder = tmp_path_factory.mktemp("flash")
        options = []
        for name, package in {"installed": installed, **more}.items():
            (folder / name).write_bytes(package)
            options += [f"--{name}", folder / name] if name in more else []
        path = folder / "flash.img"
        options += ["--product-key", PRODUCT_KEY, paths.BOOT_BIN, folder / "installed"]
        otter_run("image", "--board", "mps2", *options, "-o", path)
        content = path.read_bytes()
        path.unlink()
        return content

    return make


@pytest.fixture(scope="session")
def signed_content(make_flash, package1):
    return make_flash(package1)


@pytest.fixture
def signed_flash(signed_content, flash):
    """A new board with the signed 1.0.0."""
    flash.path.write_bytes(signed_content)
    return flash


@pytest.fixture
def signed_board(signed_flash, power_on):
    """It runs the signed 1.0.0 and waits at its prompt."""
    board = power_on()
    board.expect("The current version of APP firmware is 1.0.0")
    board.expect(PROMPT)
    return board
