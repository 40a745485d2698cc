"""What all end-to-end tests share: the host program, servers of packages and boards that end with their tests."""

import os
import pathlib

import pytest
from lib.fixtures import (  # noqa: F401
    app1,
    app2,
    bad,
    binaries,
    board,
    factory_image,
    flash,
    make_flash,
    otter_run,
    pack,
    package1,
    power_on,
    sign,
    signed_board,
    signed_content,
    signed_flash,
    web,
)
from lib.paths import TOP
from lib.server import Server


@pytest.fixture(scope="session")
def otter():
    """The path of the host program: build/otter, or what OTTER_BIN names."""
    path = pathlib.Path(os.environ.get("OTTER_BIN", TOP / "build" / "otter")).absolute()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is missing: run scripts/build first, or set OTTER_BIN")
    return str(path)


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
