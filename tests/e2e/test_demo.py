"""scripts/demo: the front door."""

import contextlib
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest
from lib import signed
from lib.board import PROMPT
from lib.flash import FlashFile
from lib.paths import TOP
from lib.words import BANNER

BUILT = ["/usr/bin/python3", "-B", "scripts/demo.py"]  # what follows the build in scripts/demo


def test_the_demo_updates_a_board_survives_a_bad_release_and_says_where_things_are(app2):
    done = subprocess.run(["scripts/demo"], cwd=TOP, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    story = [BANNER + "1.0.0", "http_ota http://", BANNER + "2.0.0", "Firmware 2.0.0 is confirmed.", "http_ota http://"]
    story += [BANNER + "3.0.0-bad", "Watchdog at pc="] * 3 + ["OTA rolled back: never confirmed.", BANNER + "2.0.0"]
    at = 0
    for event in story:
        at = done.stdout.index(event, at) + len(event)
    assert "\x1b" not in done.stdout and "\r" not in done.stdout, "no terminal, no drawing"
    for name in ("flash.img", "www", "server.log", "console.log"):
        assert f"build/demo/{name}" in done.stdout
        assert (TOP / "build/demo" / name).stat().st_size > 0
    package = (TOP / "build/demo/www/app-2.0.0.otter").read_bytes()
    assert signed.holds(FlashFile(TOP / "build/demo/flash.img"), "app", app2, package)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command):
        self._end, its_end = pty.openpty()
        self.process = subprocess.Popen(
            command, cwd=TOP, env={**os.environ, "OTTER_HURRY": "1"}, stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True
        )
        os.close(its_end)
        self.shown = ""

    def expect(self, text, timeout=60):
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            ready = select.select([self._end], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, f"no {text!r} in {timeout} s: {self.shown}"
            self.shown += os.read(self._end, 4096).decode()
        self.shown = self.shown.split(text, 1)[1]

    def type(self, text):
        os.write(self._end, text.encode())

    def children(self):
        pid = self.process.pid
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        os.close(self._end)


@pytest.fixture
def kept(binaries, otter):
    """scripts/demo --keep, at the board's prompt."""
    terminal = Terminal([*BUILT, "--keep"])
    with contextlib.closing(terminal):
        terminal.expect("Ctrl-A x")
        terminal.expect(PROMPT)
        for _ in range(2):  # a key that comes before the board listens waits in QEMU for the next one
            terminal.type("\r")
            time.sleep(0.2)
        terminal.expect(PROMPT)
        terminal.expect(PROMPT)
        yield terminal


def is_alive(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


def test_kept_the_board_has_its_shell_on_the_terminal_until_ctrl_a_x(kept):
    children = kept.children()
    assert len(children) == 2, "board and server"
    kept.type("version\r")
    kept.expect(BANNER + "2.0.0")
    kept.type("\x01x")
    kept.expect("The board and the server have ended.")
    assert kept.process.wait(20) == 0
    assert not any(map(is_alive, children))


def test_kept_the_server_has_the_old_version_as_well(kept):
    kept.type("ping 10.0.2.2 1\r")
    kept.expect("1 answered")
    url = re.search(r"http://10\.0\.2\.2:\d+/", (TOP / "build/demo/console.log").read_text())[0]
    kept.type(f"http_ota {url}app-1.0.0.otter\r")
    kept.expect("upgrade(2.0.0->1.0.0) startup.")
    kept.expect(BANNER + "1.0.0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_demo_that_is_ended_leaves_no_process(kept, number):
    children = kept.children()
    kept.process.send_signal(number)
    assert kept.process.wait(20) != 0
    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, children))


def test_a_second_demo_says_that_there_is_one(kept):
    done = subprocess.run(BUILT, cwd=TOP, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Another scripts/demo is using build/demo" in done.stderr


def test_a_failing_step_is_named(binaries, otter, tmp_path):
    """Keys that are elsewhere are not the demo's to replace."""
    keys = TOP / "build/demo/keys"
    shutil.rmtree(keys, ignore_errors=True)
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.symlink_to(tmp_path)
    try:
        done = subprocess.run(BUILT, cwd=TOP, capture_output=True, text=True, timeout=60)
    finally:
        keys.unlink()
    assert done.returncode == 1
    assert "Pack three releases of the application, signed and encrypted: failed." in done.stderr


@pytest.mark.parametrize("arguments, status", [(["--help"], 0), (["--kepp"], 2), (["--keep", "more"], 2)])
def test_the_demo_explains_itself(arguments, status):
    done = subprocess.run(["scripts/demo", *arguments], cwd=TOP, capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert "scripts/demo --keep" in done.stdout + done.stderr
