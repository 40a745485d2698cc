"""What all end-to-end tests share: the host program, and a server of packages that ends with its test."""

import os
import pathlib
import re
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def otter():
    """The path of the host program: build/otter, or what OTTER_BIN names."""
    path = pathlib.Path(os.environ.get("OTTER_BIN", TOP / "build" / "otter")).absolute()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is missing: run scripts/build first, or set OTTER_BIN")
    return str(path)


class Server:
    """A running `otter serve`, which has said that it is ready."""

    def __init__(self, command, log, **popen):
        self.log_path = log
        with open(log, "wb") as stderr:
            popen.setdefault("stderr", stderr)
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **popen)
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


@pytest.fixture
def server(otter, tmp_path_factory):
    """server(dir, *options, **popen): a Server of that folder, on a free port of 127.0.0.1 unless told otherwise."""
    servers = []

    def start(directory, *options, **popen):
        if "--listen" not in options:
            options = ("--listen", "127.0.0.1:0", *options)
        log = tmp_path_factory.mktemp("serve") / "log"
        servers.append(Server([otter, "serve", *options, str(directory)], log, **popen))
        return servers[-1]

    yield start
    for each in servers:
        each.stop()


@pytest.fixture
def serve(server):
    """serve(dir, *options): the base URL of a server of that folder, without a slash at the end."""
    return lambda directory, *options: server(directory, *options).url
