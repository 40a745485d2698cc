"""https against a real nginx: what is accepted, and that everything else is refused for the reason that applies.

The host programs tls12-get and tls13-get (tests/tls) are the TLS transport and the HTTP client of the device with
AddressSanitizer; each speaks one version of TLS, knows RSA and has client certificates.
"""

import re
import socket
import subprocess
import threading

import pytest
from lib.paths import TOP
from lib.server import HOST_SEEN_BY_BOARD, RudeServer
from lib.tls import DEMO_CA, Authority, Nginx, through_others

TOOLS = TOP / "build" / "host-debug" / "tests" / "tls"
VERSIONS = ["12", "13"]
BOTH = "TLSv1.2 TLSv1.3"
HELLO = b"hello https"
GOOD = f"200 {len(HELLO)} bytes, sum {sum(HELLO)}\n"
BIG = bytes(range(256)) * 800
ALL_OF_BIG = f"200 {len(BIG)} bytes, sum {sum(BIG)}\n"
DENIED, PROTOCOL, CLOSED, RANGE, NO_MEMORY, CONFIG = -21, -5, -3, -16, -19, -22


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("demo-ca"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """An authority that no board trusts."""
    return Authority.new(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def rsa(tmp_path_factory):
    return Authority.new(tmp_path_factory.mktemp("rsa-ca"), "rsa")


@pytest.fixture(scope="module")
def sites(demo, stranger, rsa, tmp_path_factory):
    key = stranger.make_key("self")
    self_signed = stranger.sign("self", key, selfsign=True)
    wanted = f"ssl_client_certificate {DEMO_CA}; ssl_verify_client on;"
    return {
        "good": (*demo.issue("good"), BOTH, ""),
        "large": (*demo.issue("large"), BOTH, ""),
        "tls12": (*demo.issue("only12"), "TLSv1.2", ""),
        "tls13": (*demo.issue("only13"), "TLSv1.3", ""),
        "chain": (*through_others(demo, tmp_path_factory.mktemp("middle")), BOTH, ""),
        "named": (*demo.issue("named", names="DNS:updates.example, DNS:*.fleet.example"), BOTH, ""),
        "elsewhere": (*demo.issue("elsewhere", names="IP:10.9.8.7"), BOTH, ""),
        "expired": (*demo.issue("expired", end="20210101000000Z"), BOTH, ""),
        "future": (*demo.issue("future", start="20400101000000Z"), BOTH, ""),
        "stranger": (*stranger.issue("stranger"), BOTH, ""),
        "self": (self_signed, key, BOTH, ""),
        "rsa": (*rsa.issue("rsa", "rsa"), BOTH, ""),
        "client": (*demo.issue("client-wanted"), BOTH, wanted),
    }


@pytest.fixture(scope="module")
def nginx(sites, tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    (root / "hello").write_bytes(HELLO)
    (root / "big").write_bytes(BIG)
    with Nginx(tmp_path_factory.mktemp("nginx"), root, sites) as server:
        yield server


@pytest.fixture(scope="module", params=VERSIONS, ids=["TLS 1.2", "TLS 1.3"])
def version(request):
    return request.param


@pytest.fixture
def get(version):
    """Runs the program: what it says."""
    return lambda *arguments: run(f"tls{version}-get", *arguments)


def run(tool, *arguments):
    path = TOOLS / tool
    assert path.exists(), f"not built: {path}; run scripts/build host-debug"
    if not any(str(word).startswith("trust=") for word in arguments):
        arguments = (f"trust={DEMO_CA}", *arguments)
    done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert not done.stderr, done.stderr
    return done.stdout


# ---- what is accepted ----


def test_a_server_that_the_trust_anchor_vouches_for_is_believed(get, nginx):
    assert get(nginx.url("good", "hello")) == GOOD


def test_a_chain_with_a_certificate_in_between_is_followed(get, nginx):
    assert get(nginx.url("chain", "hello")) == GOOD


def test_a_file_of_many_records_comes_whole(get, nginx):
    assert get(nginx.url("good", "big")) == ALL_OF_BIG


def test_a_connection_serves_many_requests(get, nginx):
    assert get(*[nginx.url("good", "hello")] * 5) == GOOD * 5


def test_the_trust_anchor_may_be_der(get, nginx, tmp_path):
    der = tmp_path / "ca.der"
    subprocess.run(["openssl", "x509", "-in", DEMO_CA, "-outform", "DER", "-out", der], check=True)
    assert get(f"trust={der}", nginx.url("good", "hello")) == GOOD


def test_one_of_many_trust_anchors_is_enough(get, nginx, rsa, stranger, tmp_path):
    several = tmp_path / "several"
    several.write_bytes(rsa.cert.read_bytes() + stranger.cert.read_bytes() + DEMO_CA.read_bytes())
    assert get(f"trust={several}", nginx.url("good", "hello")) == GOOD
    assert get(f"trust={several}", nginx.url("stranger", "hello")) == GOOD


def test_several_trust_anchors_in_der_follow_one_another(get, nginx, rsa, stranger, tmp_path):
    several = tmp_path / "several"
    several.write_bytes(b"")
    for number, cert in enumerate([rsa.cert, stranger.cert, DEMO_CA]):
        der = tmp_path / str(number)
        subprocess.run(["openssl", "x509", "-in", cert, "-outform", "DER", "-out", der], check=True)
        several.write_bytes(several.read_bytes() + der.read_bytes())
    assert get(f"trust={several}", nginx.url("stranger", "hello")) == GOOD
    assert get(f"trust={several}", nginx.url("good", "hello")) == GOOD


def test_a_chain_of_rsa_keys_is_followed_where_rsa_is_in(get, nginx, rsa):
    assert get(f"trust={rsa.cert}", nginx.url("rsa", "hello")) == GOOD


def test_a_name_is_found_in_the_certificate_even_if_the_host_is_dialled_by_number(get, nginx):
    assert get("name=updates.example", nginx.url("named", "hello")) == GOOD
    assert get("name=cam7.fleet.example", nginx.url("named", "hello")) == GOOD


# ---- whom it refuses ----


def refuses(said, err, reason):
    assert re.fullmatch(rf"{err} .*{re.escape(reason)}.*\n", said), said


def test_another_host_s_certificate_is_refused(get, nginx):
    refuses(get(nginx.url("elsewhere", "hello")), DENIED, "certificate is for another host")
    refuses(get(nginx.url("named", "hello")), DENIED, "certificate is for another host")
    refuses(get("name=other.example", nginx.url("named", "hello")), DENIED, "certificate is for another host")
    refuses(get("name=a.b.fleet.example", nginx.url("named", "hello")), DENIED, "certificate is for another host")


def test_an_expired_certificate_is_refused(get, nginx):
    refuses(get(nginx.url("expired", "hello")), DENIED, "certificate has expired")


def test_a_floor_is_enough_to_know_that_a_certificate_has_expired(get, nginx):
    refuses(get("floor=1700000000", nginx.url("expired", "hello")), DENIED, "certificate has expired")
    assert get("floor=1600000000", nginx.url("expired", "hello")) == GOOD


def test_a_certificate_that_is_not_valid_yet_is_refused_by_who_knows_the_time(get, nginx):
    refuses(get(nginx.url("future", "hello")), DENIED, "certificate is not valid yet")
    assert get("time=2300000000", nginx.url("future", "hello")) == GOOD


def test_a_floor_alone_cannot_say_that_a_certificate_is_not_valid_yet(get, nginx):
    assert get("floor=1700000000", nginx.url("future", "hello")) == GOOD


def test_an_expired_authority_is_told_apart_from_an_expired_server(get, nginx):
    refuses(get("time=3000000000", nginx.url("good", "hello")), DENIED, "CA certificate above the server's has expired")


def test_an_unknown_authority_is_refused(get, nginx):
    refuses(get(nginx.url("stranger", "hello")), DENIED, "unknown CA")


def test_a_self_signed_certificate_is_refused(get, nginx):
    refuses(get(nginx.url("self", "hello")), DENIED, "certificate is self-signed")


def test_another_version_of_tls_is_named(nginx):
    refuses(run("tls12-get", nginx.url("tls13", "hello")), PROTOCOL, "does not speak TLS 1.2")
    refuses(run("tls13-get", nginx.url("tls12", "hello")), PROTOCOL, "does not speak TLS 1.3")


def test_trust_anchors_that_cannot_be_read_are_said_to_be_so(get, nginx, tmp_path):
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x30\x82\x01\x00cut"):
        (tmp_path / "trust").write_bytes(content)
        refuses(get(f"trust={tmp_path / 'trust'}", nginx.url("good", "hello")), CONFIG, "trust anchors")


@pytest.mark.parametrize("size", [0, 100, 2000, 6000, 8000, 10000, 12000])
def test_too_little_memory_is_said_to_be_so(get, nginx, size):
    refuses(get(f"mem={size}", nginx.url("good", "hello")), NO_MEMORY, "TLS needs more memory")


# ---- client certificates ----


def test_a_server_that_wants_a_certificate_gets_the_device_s(get, nginx, demo):
    cert, key = demo.issue("device-1")
    assert get(f"cert={cert}", f"key={key}", nginx.url("client", "hello")) == GOOD


def test_without_a_certificate_such_a_server_gives_nothing(get, nginx):
    assert get(nginx.url("client", "hello")).startswith("400 ")


def test_a_certificate_that_the_server_does_not_know_gives_nothing(get, nginx, stranger):
    cert, key = stranger.issue("device-2")
    assert get(f"cert={cert}", f"key={key}", nginx.url("client", "hello")).startswith("400 ")


def test_a_device_s_certificate_that_cannot_be_read_is_said_to_be_so(get, nginx, demo):
    _, key = demo.issue("device-3")
    refuses(get(f"cert={key}", f"key={key}", nginx.url("client", "hello")), CONFIG, "this device's certificate")


# ---- large records ----


ADVICE = "TLS records over 4 KB: give it small ones (nginx: ssl_buffer_size 4k) or ask for smaller ranges"


def test_a_server_that_keeps_to_max_fragment_length_sends_small_records(nginx):
    assert run("tls12-get", nginx.url("large", "big")) == ALL_OF_BIG


def test_a_server_that_does_not_keep_to_it_is_refused_with_advice(nginx):
    refuses(run("tls12-get-unasked", nginx.url("large", "big")), RANGE, ADVICE)
    refuses(run("tls13-get", nginx.url("large", "big")), RANGE, ADVICE)


def test_a_server_that_could_send_large_records_but_does_not_is_no_trouble(nginx):
    assert run("tls12-get-unasked", nginx.url("large", "hello")) == GOOD
    assert run("tls13-get", nginx.url("large", "hello")) == GOOD


# ---- links that break ----


class Cutter:
    """Passes a connection on to a port, but only so many bytes of what comes back, and then closes."""

    def __init__(self, port, limit):
        self._target, self._limit = port, limit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.passed = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._passed_on(client)

    def _passed_on(self, client):
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._forward, args=(client, server), daemon=True)
            back.start()
            left = self._limit
            while left and (data := server.recv(left)):
                client.sendall(data)
                self.passed += len(data)
                left -= len(data)
            client.shutdown(socket.SHUT_WR)
            server.shutdown(socket.SHUT_RDWR)
            back.join(5)

    @staticmethod
    def _forward(client, server):
        try:
            while data := client.recv(4096):
                server.sendall(data)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}/hello"


def test_a_handshake_cut_anywhere_is_said_to_be_cut(get, nginx):
    """At every 37th byte of what the server sends until the handshake is over."""
    with Cutter(nginx.ports["good"], limit=1 << 20) as whole:
        assert get(whole.url) == GOOD
    whole = whole.passed
    cuts = 0
    for limit in [0, 1, 4, 5, 6, *range(37, 500, 37)]:
        with Cutter(nginx.ports["good"], limit=limit) as cutter:
            reason = "as soon as TLS began" if limit == 0 else "in the middle of the TLS handshake"
            refuses(get(cutter.url), CLOSED, reason)
            cuts += 1
    assert cuts > 10 and whole > 500


def test_an_answer_that_is_cut_is_never_taken_for_whole(get, nginx):
    with Cutter(nginx.ports["good"], limit=100000) as cutter:
        refuses(get(cutter.url.replace("hello", "big")), CLOSED, "ended without the server's word that it is over")


def answers(get, answer):
    """What is said of a server that sends that to everybody."""
    with RudeServer(answer) as server:
        return get(server.address("hello").replace(f"http://{HOST_SEEN_BY_BOARD}", "https://127.0.0.1"))


def test_an_http_server_is_told_apart(get):
    answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    refuses(answers(get, answer), PROTOCOL, "does not speak TLS on this port")


def test_a_handshake_in_one_record_of_16_kb_is_refused_with_advice(get):
    refuses(answers(get, b"\x16\x03\x03\x40\x00" + bytes(16384)), RANGE, ADVICE)


def test_noise_in_place_of_a_handshake_is_refused(get):
    said = answers(get, b"\x16\x03\x03\x00\x50" + b"\x02\x00\x00\x4c" + b"\xaa" * 76)
    assert int(said.split()[0]) in (PROTOCOL, CLOSED)


def test_a_server_without_a_common_cipher_is_told_apart(get):
    refuses(answers(get, b"\x15\x03\x03\x00\x02\x02\x28"), PROTOCOL, "no cipher or kind of key in common")
