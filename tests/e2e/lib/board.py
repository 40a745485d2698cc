"""The board mps2 in QEMU: its console, its flash file, its power switch, and its debugger."""

import contextlib
import re
import socket
import subprocess
import threading
import time

from lib import process, rsp
from lib.paths import QEMU, TOP

PROMPT = "msh >"

# An instruction takes 64 ns of the board's time, however long it takes here: a program that hangs meets its watchdog
# within half a second instead of five.
HURRY = ("-icount", "shift=6")


class ConsoleError(AssertionError):
    """What the console did not say, with all that it said."""


class Board:
    """A powered board. Use as a context manager: leaving it cuts the power."""

    def __init__(
        self, flash, debug=False, button=False, options=(), on_output=None, errors=subprocess.STDOUT, program=QEMU
    ):
        """`flash` is the file that keeps the flash's content. With `debug`, the machine stands still until
        self.target starts it. `button`: the one for the factory image is held. `on_output` is given the bytes of the
        console as they come, in another thread. `errors` is where what QEMU itself has to say goes. `program` is given
        the flash and the options."""
        self._log = b""
        self._seen = 0  # how much of the log expect() has passed
        self._changed = threading.Condition()
        self._on_output = on_output
        command = [program, *(["--button"] if button else []), flash, *options]
        theirs = []
        if debug:
            ours, stub = socket.socketpair()
            theirs = [stub.fileno()]
            command += ["-S", "-chardev", f"socket,id=gdb,fd={stub.fileno()}", "-gdb", "chardev:gdb"]
        self._process = process.start(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=theirs,
            cwd=TOP,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.target = None
        if debug:
            stub.close()
            try:
                self.target = rsp.Target(ours)
            except BaseException:
                self.kill()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def kill(self):
        """Cuts the power: SIGKILL. May be repeated."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for end in (self._process.stdin, self._process.stdout, self.target):
            if end:
                with contextlib.suppress(BrokenPipeError):  # what was typed last
                    end.close()
        self.target = None

    # ---- console ----

    def _read(self):
        while data := self._process.stdout.read1(4096):
            if self._on_output:
                self._on_output(data)
            with self._changed:
                self._log += data
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def log(self):
        """All that the console has said."""
        with self._changed:
            return self._log.decode("utf-8", "replace")

    def _find(self, pattern):
        match = pattern.search(self._log, self._seen)
        if match:
            self._seen = match.end()
        return match

    def expect(self, what, timeout=20):
        """Waits for a text, or for a compiled pattern of bytes, in what the console says from here on: the text up to
        its end."""
        pattern = what if isinstance(what, re.Pattern) else re.compile(re.escape(what.encode()))
        deadline = time.monotonic() + timeout
        with self._changed:
            start = self._seen
            while not self._find(pattern):
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    said = self._log.decode("utf-8", "replace")
                    why = "the board has ended" if left > 0 else f"not within {timeout} s"
                    raise ConsoleError(f"expected {what!r} on the console: {why}. It said:\n{said}")
                self._changed.wait(min(left, 1))
            return self._log[start : self._seen].decode("utf-8", "replace")

    def type(self, text):
        """Keys as they are; "\\r" is Enter."""
        self.send(text.encode())

    def send(self, data):
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def run(self, command, timeout=20):
        """Types a command at the shell's prompt: what it printed."""
        self.type(command + "\r")
        self.expect(f"{command}\r\n", timeout)
        return self.expect(PROMPT, timeout).removesuffix(PROMPT)
