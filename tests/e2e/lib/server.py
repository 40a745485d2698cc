"""The servers that the board downloads from: `otter serve`, and one that breaks its promises.

The board sees the host's 127.0.0.1 as 10.0.2.2: QEMU's user networking takes connections there.
"""

import pathlib
import re
import socket
import subprocess
import threading

from lib import process
from lib.paths import OTTER

HOST_SEEN_BY_BOARD = "10.0.2.2"


class Server:
    """`otter serve` of a folder, on a free port of this machine. Its log is a file, a line a request."""

    def __init__(self, folder, log):
        self.folder = pathlib.Path(folder)
        self.log = pathlib.Path(log)
        with self.log.open("wb") as errors:
            self._process = process.start(
                [OTTER, "serve", "--listen", "127.0.0.1:0", folder], stdout=subprocess.PIPE, stderr=errors
            )
        first = self._process.stdout.readline().decode()
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        if not match:
            self.stop()
            raise RuntimeError(f"otter serve did not start: {first}{self.log.read_text()}")
        self.port = int(match.group(1))

    def url(self, name):
        """As the board has to spell it."""
        return f"http://{HOST_SEEN_BY_BOARD}:{self.port}/{name}"

    def put(self, name, data):
        """A new file: its address."""
        (self.folder / name).write_bytes(data)
        return self.url(name)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class RudeServer:
    """Sends the same bytes to everybody who asks, then closes."""

    def __init__(self, answer):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(self._answer)

    def url(self, name):
        return f"http://{HOST_SEEN_BY_BOARD}:{self._listener.getsockname()[1]}/{name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def refusing_url():
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://{HOST_SEEN_BY_BOARD}:{port}/app.rbl"
