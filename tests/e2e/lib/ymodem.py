"""lrzsz's `sb` at the other end of a board's console, with noise on the line between them if a test wants it."""

import contextlib
import random
import subprocess
import threading
import time

from lib import process


class Tap:
    """What a Board gives its output to: it goes on to the sender, while there is one."""

    def __init__(self):
        self.to = None

    def __call__(self, data):
        if self.to:
            self.to(data)


class Noise:
    """Flips a bit of, loses or doubles one byte in `rate` on its way."""

    def __init__(self, seed, rate):
        self._random = random.Random(seed)
        self._rate = rate
        self.count = 0

    def __call__(self, data):
        out = bytearray()
        for byte in data:
            if self._random.randrange(self._rate):
                out.append(byte)
                continue
            self.count += 1
            kind = self._random.randrange(3)
            out += (b"", bytes([byte, byte]), bytes([byte ^ 1 << self._random.randrange(8)]))[kind]
        return bytes(out)


def same(data):
    return data


def send(board, tap, path, noise_out=same, noise_back=same, timeout=120, options=("-k",)):
    """Sends a file to a board that receives, or is about to: sb's exit status, None if it
    did not end in time, and what it said."""
    sender = process.start(
        ["sb", "-v", *options, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    said = []

    def to_board():
        with contextlib.suppress(OSError):  # the board's power is gone
            while data := sender.stdout.read(4096):
                board.send(noise_out(data))

    def to_sender(data):
        with contextlib.suppress(OSError, ValueError):  # it has ended
            sender.stdin.write(noise_back(data))

    threads = [
        threading.Thread(target=to_board, daemon=True),
        threading.Thread(target=lambda: said.append(sender.stderr.read()), daemon=True),
    ]
    for thread in threads:
        thread.start()
    tap.to = to_sender
    try:
        status = sender.wait(timeout)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        tap.to = None
        sender.kill()
        sender.wait()
        for thread in threads:
            thread.join()
        for end in (sender.stdin, sender.stdout, sender.stderr):
            end.close()
    return status, said[0].decode("utf-8", "replace")


def sends(board, tap, path, **options):
    """The same, and it must succeed: seconds that it took."""
    started = time.monotonic()
    status, said = send(board, tap, path, **options)
    assert status == 0, f"sb ended with {status}:\n{said}"
    return time.monotonic() - started
