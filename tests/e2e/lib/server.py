"""The servers that the board downloads from: `otter serve`, and one that breaks its promises.

The board sees the host's 127.0.0.1 as 10.0.2.2: QEMU's user networking takes connections there.
"""

import pathlib
import re
import socket
import subprocess
import threading
import time

from lib import process

HOST_SEEN_BY_BOARD = "10.0.2.2"


class Server:
    """A running `otter serve`, which has said that it is ready. Its log is a file, a line a request."""

    def __init__(self, command, log, **popen):
        self.log_path = pathlib.Path(log)
        with self.log_path.open("wb") as stderr:
            popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": stderr, **popen}
            self.process = process.start(command, **popen)
        first = self.process.stdout.readline().decode()
        ready = re.fullmatch(r"Serving .* on (http://(\S+):(\d+))/\n", first)
        if not ready:
            self.stop()
            raise AssertionError(f"not ready: {first!r} {self.log()!r}")
        self.url, self.host, self.port = ready[1], ready[2].strip("[]"), int(ready[3])

    def log(self):
        return self.log_path.read_text().splitlines()

    def wait_for_log(self, pattern, seconds=10):
        """The first line in which the pattern is found: a request is logged only when it is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log():
                if re.search(pattern, line):
                    return line
            time.sleep(0.01)
        raise AssertionError(f"no {pattern!r} in {self.log()}")

    def stop(self):
        """Its exit status. May be called again."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.stdout.close()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Shelf(Server):
    """A server of a folder where tests put what the board downloads."""

    def __init__(self, otter, folder, log):
        super().__init__([otter, "serve", "--listen", "127.0.0.1:0", folder], log)
        self.folder = pathlib.Path(folder)

    def address(self, name):
        """As the board has to spell it."""
        return f"http://{HOST_SEEN_BY_BOARD}:{self.port}/{name}"

    def put(self, name, data):
        """A new file: its address."""
        (self.folder / name).write_bytes(data)
        return self.address(name)


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

    def address(self, name):
        return f"http://{HOST_SEEN_BY_BOARD}:{self._listener.getsockname()[1]}/{name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def refusing_address():
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://{HOST_SEEN_BY_BOARD}:{port}/app.rbl"
