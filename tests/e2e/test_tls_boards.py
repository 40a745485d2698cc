"""https on the boards: http_ota by TLS 1.2 on the emulated mps2 and by TLS 1.3 on posix, from a real nginx. Whatever is
wrong with the server, the board says what, and runs on."""

import os
import re
import subprocess

import pytest
from lib.paths import TOP
from lib.server import HOST_SEEN_BY_BOARD, RudeServer
from lib.tls import Authority, Nginx, through_others
from lib.words import install, starts, update

BOTH = "TLSv1.2 TLSv1.3"
POSIX = TOP / "build" / "posix"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The authority that the boards trust."""
    return Authority(tmp_path_factory.mktemp("demo-ca"))


@pytest.fixture(scope="module")
def sites(demo, tmp_path_factory):
    stranger = Authority.new(tmp_path_factory.mktemp("stranger"))
    key = stranger.make_key("self")
    return {
        "good": (*demo.issue("good"), BOTH, ""),
        "large": (*demo.issue("large"), BOTH, ""),
        "chain": (*through_others(demo, tmp_path_factory.mktemp("middle"), 2), BOTH, ""),
        "elsewhere": (*demo.issue("elsewhere", names="DNS:updates.example, IP:10.9.8.7"), BOTH, ""),
        "expired": (*demo.issue("expired", end="20210101000000Z"), BOTH, ""),
        "future": (*demo.issue("future", start="20400101000000Z"), BOTH, ""),
        "stranger": (*stranger.issue("stranger"), BOTH, ""),
        "self": (stranger.sign("self", key, selfsign=True), key, BOTH, ""),
        "rsa": (*demo.issue("rsa", "rsa"), BOTH, ""),
        "tls12": (*demo.issue("only12"), "TLSv1.2", ""),
        "tls13": (*demo.issue("only13"), "TLSv1.3", ""),
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def nginx(sites, root, tmp_path_factory):
    with Nginx(tmp_path_factory.mktemp("nginx"), root, sites) as server:
        yield server


@pytest.fixture
def ota(board, nginx):
    """ota(site): what http_ota says of a file that is not there, after which the board still answers."""

    def run(site, url=None):
        said = board.run(f"http_ota {url or nginx.url(site, 'absent', HOST_SEEN_BY_BOARD)}", timeout=60)
        assert "Firmware 1.0.0 goes on running." in said
        assert "current version of APP firmware is 1.0.0" in board.run("version")
        return said

    return run


# ---- mps2 ----


def test_mps2_updates_itself_over_https(board, flash, nginx, root, pack, app2):
    (root / "app.rbl").write_bytes(pack(app2))
    update(board, nginx.url("chain", "app.rbl", HOST_SEEN_BY_BOARD))
    install(board, "app", "1.0.0->2.0.0")
    starts(board, "2.0.0")
    assert flash.holds("app", app2, "2.0.0")


REASONS = {
    "good": "the server has no such file (HTTP status 404)",
    "expired": "the server's certificate has expired",
    "elsewhere": "the server's certificate is for another host",
    "stranger": "nobody this firmware trusts vouches for the server's certificate (unknown CA)",
    "self": "the server's certificate is self-signed",
    "rsa": "the server has no cipher or kind of key in common with this firmware",
    "tls13": "the server does not speak TLS 1.2",
}


@pytest.mark.parametrize("site", REASONS)
def test_mps2_says_why_it_trusts_or_not(ota, site):
    assert f"Download failed: {REASONS[site]}" in ota(site)


def test_mps2_learns_the_time_from_a_server_it_trusts_and_then_refuses_certificates_of_the_future(ota):
    assert "HTTP status 404" in ota("good")
    assert "the server's certificate is not valid yet" in ota("future")


def test_mps2_gets_small_records_from_a_server_that_could_send_large_ones(board, nginx, root):
    (root / "noise").write_bytes(bytes(100000))
    assert "not a package" in board.run(f"http_ota {nginx.url('large', 'noise', HOST_SEEN_BY_BOARD)}")


def test_mps2_refuses_records_of_16_kb_with_advice(ota):
    with RudeServer(b"\x16\x03\x03\x40\x00" + bytes(16384)) as server:
        said = ota(None, server.address("app.rbl").replace("http:", "https:"))
    assert "the server sends TLS records over 4 KB" in said


@pytest.mark.parametrize("size", [0, 3, 5, 30])
def test_mps2_says_that_a_handshake_was_cut(ota, size):
    with RudeServer((b"\x16\x03\x03\x00\x62" + b"\x02\x00\x00\x5e" + bytes(100))[:size]) as server:
        said = ota(None, server.address("app.rbl").replace("http:", "https:"))
    assert "the server closed the connection " in said


def test_mps2_says_that_there_is_no_tls_on_a_port(ota):
    with RudeServer(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") as server:
        said = ota(None, server.address("app.rbl").replace("http:", "https:"))
    assert "the server does not speak TLS on this port" in said


def test_mps2_does_not_follow_from_https_to_http(board, nginx, demo, sites, tmp_path_factory):
    away = {"away": (*sites["good"][:3], "return 302 http://10.0.2.2:1/app.rbl;")}
    folder = tmp_path_factory.mktemp("away")
    with Nginx(folder, folder, away) as server:
        said = board.run(f"http_ota {server.url('away', 'app.rbl', HOST_SEEN_BY_BOARD)}")
    assert "Download failed: " in said and "(-21)" in said


def test_mps2_keeps_https_within_its_memory_and_its_stack(board, ota):
    ota("chain")
    said = board.run("free")
    size, used = map(int, re.search(r"for https : +(\d+), at most (\d+) used", said).groups())
    stack, deep = map(int, re.search(r"stack     : +(\d+), at most (\d+) used", said).groups())
    assert 8192 < used <= size <= 16 * 1024
    assert deep <= stack // 2


# ---- posix ----


@pytest.fixture
def posix(tmp_path):
    """posix(commands): what the application says that runs them, on a board with nothing else in its flash."""
    path = tmp_path / "posix.img"

    def run(*commands):
        done = subprocess.run(
            [POSIX / "app.elf"],
            input="".join(f"{command}\n" for command in commands),
            env={**os.environ, "OTTER_FLASH": str(path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    yield run
    path.unlink()


def test_posix_says_why_it_trusts_or_not(posix, nginx):
    reasons = {
        "good": "HTTP status 404",
        "chain": "HTTP status 404",
        "rsa": "HTTP status 404",
        "future": "certificate is not valid yet",
        "expired": "certificate has expired",
        "elsewhere": "certificate is for another host",
        "stranger": "unknown CA",
        "self": "self-signed",
        "tls12": "does not speak TLS 1.3",
    }
    said = posix(*(f"http_ota {nginx.url(site, 'absent')}" for site in reasons))
    failures = re.findall(r"Download failed: .*", said)
    assert len(failures) == len(reasons)
    for failure, reason in zip(failures, reasons.values()):
        assert reason in failure


def test_posix_downloads_over_https(posix, nginx, root, pack):
    (root / "posix.rbl").write_bytes(pack((POSIX / "app-2.0.0.bin").read_bytes()))
    said = posix(f"http_ota {nginx.url('good', 'posix.rbl')}")
    assert "Download firmware to flash success." in said
