"""otter serve: boards get exactly the bytes of the package that they ask for, and nobody gets anything else."""

import email.utils
import fcntl
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

APP = bytes((i * 7 + i // 251) & 0xFF for i in range(300_000))
SECRET = b"outside of what is served"


@pytest.fixture
def www(tmp_path):
    """A folder to serve; what lies beside it is nobody's business."""
    top = tmp_path / "www"
    (top / "fw").mkdir(parents=True)
    (top / "app.rbl").write_bytes(APP)
    (top / "empty.bin").write_bytes(b"")
    (top / "fw" / "new.rbl").write_bytes(b"new")
    (top / ".secret").write_bytes(SECRET)
    (tmp_path / "outside.txt").write_bytes(SECRET)
    return top


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        self.status = int(status)
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


def connect(server, receive_buffer=None):
    sock = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(20)
    sock.connect((server.host, server.port))
    return sock


def read_all(sock):
    data = b""
    while piece := sock.recv(1 << 20):
        data += piece
    return data


def raw(server, request):
    """What the server sends in answer to these bytes, until it closes."""
    with connect(server) as sock:
        sock.sendall(request)
        return read_all(sock)


def request(method, target, version="1.1", **headers):
    lines = [f"{method} {target} HTTP/{version}", "Host: test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def ask(server, method, target, **headers):
    return Answer(raw(server, request(method, target, Connection="close", **headers)))


def get(server, target, **headers):
    return ask(server, "GET", target, **headers)


def read_answer(sock):
    """One answer from a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(1)
    answer = Answer(data)
    while len(answer.body) < int(answer.headers["content-length"]):
        answer.body += sock.recv(65536)
    return answer


# ---- what is served ----


def test_a_package_comes_whole_with_what_a_client_needs_to_resume(server, www):
    answer = get(server(www), "/app.rbl")
    assert answer.status == 200
    assert answer.body == APP
    assert answer.headers["content-length"] == str(len(APP))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert re.fullmatch(r'"[0-9a-f]{16}"', answer.headers["etag"])
    modified = email.utils.parsedate_to_datetime(answer.headers["last-modified"])
    assert modified.timestamp() == int((www / "app.rbl").stat().st_mtime)
    assert "date" in answer.headers


def test_head_gives_the_same_headers_and_no_body(server, www):
    s = server(www)
    whole, head = get(s, "/app.rbl"), ask(s, "HEAD", "/app.rbl", Range="bytes=0-9")
    assert head.body == b""
    assert head.status == 200
    assert {**head.headers, "date": 0} == {**whole.headers, "date": 0}
    assert ask(s, "HEAD", "/no").status == 404
    assert ask(s, "HEAD", "/no").body == b""


def test_a_package_is_there_at_once_on_a_new_connection_too(server, www):
    s = server(www)
    begin = time.monotonic()
    for _ in range(30):
        assert get(s, "/app.rbl").body == APP
    assert time.monotonic() - begin < 3, "stalled: 200 ms each is TCP keeping back the last bytes"


def test_an_empty_file_is_served(server, www):
    answer = get(server(www), "/empty.bin")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    "value, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 299_999),
        ("bytes=100-200099", 100, 200_099),
        ("bytes=131071-131073", 131_071, 131_073),
        ("bytes=299999-", 299_999, 299_999),
        ("bytes=299990-999999999999999999999", 299_990, 299_999),
        ("bytes=-5", 299_995, 299_999),
        ("bytes=-400000", 0, 299_999),
    ],
)
def test_a_range_gives_exactly_its_bytes(server, www, value, first, last):
    answer = get(server(www), "/app.rbl", Range=value)
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/300000"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.body == APP[first : last + 1]


@pytest.mark.parametrize("value", ["bytes=0-1,5-6", "bytes=5-4", "bytes=x", "lines=1-2", "bytes=", "bytes=-"])
def test_several_ranges_or_nonsense_give_the_whole_file(server, www, value):
    answer = get(server(www), "/app.rbl", Range=value)
    assert (answer.status, answer.body) == (200, APP)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("value", ["bytes=300000-", "bytes=300000-300001", "bytes=-0"])
def test_a_range_past_the_end_is_told_the_size(server, www, value):
    answer = get(server(www), "/app.rbl", Range=value)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */300000")


def test_ranges_work_beyond_4_gigabytes(server, www):
    at = (5 << 30) + 123
    with open(www / "huge.bin", "wb") as file:
        file.seek(at)
        file.write(b"needle")
    answer = get(server(www), "/huge.bin", Range=f"bytes={at}-")
    assert (answer.status, answer.body) == (206, b"needle")


def test_a_download_in_pieces_gives_the_same_bytes(server, www):
    s = server(www)
    step = 7919
    with connect(s) as sock:
        body = b""
        for first in range(0, len(APP), step):
            sock.sendall(request("GET", "/app.rbl", Range=f"bytes={first}-{first + step - 1}"))
            body += read_answer(sock).body
    assert body == APP


def test_a_client_that_has_the_file_does_not_get_it_again(server, www):
    s = server(www)
    head = ask(s, "HEAD", "/app.rbl")
    for condition in {"If_None_Match": head.headers["etag"]}, {"If_Modified_Since": head.headers["last-modified"]}:
        answer = get(s, "/app.rbl", **condition)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == head.headers["etag"]
    assert get(s, "/app.rbl", If_None_Match='"another"').status == 200
    assert get(s, "/app.rbl", If_Modified_Since="Sun, 06 Nov 1994 08:49:37 GMT").status == 200


def test_a_connection_lives_on_after_304_and_head(server, www):
    s = server(www)
    etag = ask(s, "HEAD", "/app.rbl").headers["etag"]
    with connect(s) as sock:
        sock.sendall(request("HEAD", "/app.rbl") + request("GET", "/app.rbl", If_None_Match=etag))
        sock.sendall(request("GET", "/fw/new.rbl", Connection="close"))
        rest = read_all(sock)
    assert [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", rest)] == [200, 304, 200]
    assert rest.endswith(b"\r\n\r\nnew")
    assert rest.count(b"\r\n\r\n") == 3


def test_a_resumed_download_never_mixes_two_packages(server, www):
    s = server(www)
    old = ask(s, "HEAD", "/app.rbl").headers
    same = get(s, "/app.rbl", Range="bytes=1000-", If_Range=old["etag"])
    assert (same.status, same.body) == (206, APP[1000:])
    same = get(s, "/app.rbl", Range="bytes=1000-", If_Range=old["last-modified"])
    assert (same.status, same.body) == (206, APP[1000:])

    new = bytes(reversed(APP))
    (www / "app.tmp").write_bytes(new)
    stat = (www / "app.rbl").stat()
    os.replace(www / "app.tmp", www / "app.rbl")
    os.utime(www / "app.rbl", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other = get(s, "/app.rbl", Range="bytes=1000-", If_Range=old["etag"])
    assert (other.status, other.body) == (200, new)


def test_a_file_rewritten_in_place_has_another_etag_even_with_its_old_time(server, www):
    s = server(www)
    stat = (www / "app.rbl").stat()
    old = ask(s, "HEAD", "/app.rbl").headers["etag"]
    assert ask(s, "HEAD", "/app.rbl").headers["etag"] == old
    (www / "app.rbl").write_bytes(bytes(reversed(APP)))
    os.utime(www / "app.rbl", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert ask(s, "HEAD", "/app.rbl").headers["etag"] != old


def test_files_come_and_go_while_it_runs(server, www):
    s = server(www)
    assert get(s, "/later.rbl").status == 404
    (www / "later.rbl").write_bytes(b"1")
    assert get(s, "/later.rbl").body == b"1"
    (www / "later.rbl").unlink()
    assert get(s, "/later.rbl").status == 404


def test_a_folder_shows_what_it_holds(server, www):
    (www / "a <b>&.txt").write_text("x")
    s = server(www)
    answer = get(s, "/")
    page = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    links = re.findall(r'href="([^"]*)"', page)
    assert links == ["fw/", "a%20%3Cb%3E%26.txt", "app.rbl", "empty.bin"]
    assert "<b>" not in page
    assert "300000" in page
    for link in links:
        assert get(s, "/" + link).status == 200


def test_a_folder_without_its_slash_leads_there(server, www):
    answer = get(server(www), "/fw")
    assert (answer.status, answer.headers["location"]) == (301, "/fw/")
    assert get(server(www), "//fw").headers["location"] == "/fw/"


def test_a_folder_with_an_index_page_shows_that(server, www):
    (www / "index.html").write_text("<h1>hi</h1>")
    answer = get(server(www), "/")
    assert (answer.body, answer.headers["content-type"]) == (b"<h1>hi</h1>", "text/html; charset=utf-8")


def test_curl_resumes_where_it_was_cut(server, www, tmp_path):
    part = tmp_path / "part.rbl"
    part.write_bytes(APP[:123_456])
    url = server(www).url + "/app.rbl"
    subprocess.run(["curl", "-fsS", "--noproxy", "*", "-C", "-", "-o", part, url], check=True, timeout=20)
    assert part.read_bytes() == APP


def test_http_1_0_and_absolute_targets_work(server, www):
    s = server(www)
    old = Answer(raw(s, request("GET", "/app.rbl", version="1.0")))
    assert (old.status, old.body) == (200, APP)
    assert get(s, "http://example.com/app.rbl").body == APP


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MKCOL", "BREW"])
def test_no_other_method_works(server, www, method):
    s = server(www)
    answer = ask(s, method, "/app.rbl")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    with_body = request(method, "/new.rbl", Content_Length=4, Connection="close") + b"evil"
    assert Answer(raw(s, with_body)).status == 405
    assert not (www / "new.rbl").exists()


# ---- what is not served ----


@pytest.mark.parametrize(
    "target",
    [
        "/../outside.txt",
        "/../../../../../../etc/passwd",
        "/fw/../../outside.txt",
        "/fw/../app.rbl",
        "/%2e%2e/outside.txt",
        "/%2E%2E%2Foutside.txt",
        "/.%2e/outside.txt",
        "/fw/..%2f..%2foutside.txt",
        "/..%5coutside.txt",
        "/..\\outside.txt",
        "//../outside.txt",
        "/./app.rbl",
        "/app.rbl%00",
        "/app.rbl%00/../../outside.txt",
        "/app.rbl%0d%0aX-Evil:%201",
        "/%",
        "/%zz",
        "../outside.txt",
        "outside.txt",
        "http://host/../outside.txt",
        "file:///etc/passwd",
        "\x01",
        "/\x1b[2J",
    ],
)
def test_a_path_that_makes_no_sense_is_refused(server, www, target):
    s = server(www)
    answer = get(s, target)
    assert answer.status == 400
    assert SECRET not in answer.body and b"root:" not in answer.body
    assert "x-evil" not in answer.headers
    assert get(s, "/fw/new.rbl").body == b"new"


@pytest.mark.parametrize(
    "target",
    [
        "/no",
        "/%252e%252e/outside.txt",
        "/etc/passwd",
        "//etc/passwd",
        "/.secret",
        "/%2esecret",
        "/fw/.hidden/x",
        "/...",
        "/app.rbl/",
        "/app.rbl/x",
        "/app.rbl%20",
        "/~root",
        "/" + "a" * 300,
    ],
)
def test_what_is_not_there_or_hidden_gives_the_same_short_404(server, www, target):
    answer = get(server(www), target)
    assert (answer.status, answer.body) == (404, b"404: no such file\n")


def test_a_raw_nul_in_a_target_leads_nowhere_else(server, www):
    for target in b"/app.rbl\0/../../outside.txt", b"/\0../outside.txt", b"/../outside.txt\0.rbl":
        answer = raw(server(www), b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert SECRET not in answer


def test_links_work_inside_the_folder_and_lead_nowhere_else(server, www, tmp_path):
    (www / "latest.rbl").symlink_to("fw/new.rbl")
    (www / "fw" / "up.rbl").symlink_to("../app.rbl")
    (www / "out.txt").symlink_to("../outside.txt")
    (www / "absolute.txt").symlink_to(tmp_path / "outside.txt")
    (www / "parent").symlink_to("..")
    (www / "proc").symlink_to("/proc/self/root")
    (www / "loop").symlink_to("loop")
    s = server(www)
    assert get(s, "/latest.rbl").body == b"new"
    assert get(s, "/fw/up.rbl").body == APP
    for target in "/out.txt", "/absolute.txt", "/parent/outside.txt", "/parent/", "/proc/etc/passwd", "/loop":
        answer = get(s, target)
        assert (answer.status, answer.body) == (404, b"404: no such file\n"), target
    s.wait_for_log(r"GET /out\.txt 404 .*\(symbolic link leaves DIR\)")
    listed = get(s, "/").body
    for name in b"out.txt", b"absolute.txt", b"parent", b"proc", b"loop":
        assert name not in listed


def test_a_link_that_is_swapped_meanwhile_never_leads_out(server, www, tmp_path):
    (tmp_path / "fw").mkdir()
    (tmp_path / "fw" / "new.rbl").write_bytes(SECRET)
    (www / "door").symlink_to("fw")
    s = server(www)
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            for to in "../fw", "fw":
                (tmp_path / "link").symlink_to(to)
                os.replace(tmp_path / "link", www / "door")

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        with connect(s) as sock:
            end = time.monotonic() + 1
            while time.monotonic() < end:
                sock.sendall(request("GET", "/door/new.rbl"))
                answer = read_answer(sock)
                seen.add((answer.status, answer.body))
    finally:
        stop.set()
        thread.join()
    assert seen == {(200, b"new"), (404, b"404: no such file\n")}


def test_fifos_sockets_and_devices_are_not_opened_for_anybody(server, www):
    os.mkfifo(www / "fifo.rbl")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(www / "unix.rbl"))
        if os.geteuid() == 0:
            os.mknod(www / "zero.rbl", 0o644 | 0o020000, os.makedev(1, 5))
        s = server(www)
        for name in os.listdir(www):
            if name.endswith(".rbl") and name != "app.rbl":
                assert get(s, "/" + name).status == 404
        assert b"fifo" not in get(s, "/").body


# ---- clients that misbehave ----


GARBAGE = {
    "nuls": b"\0" * 100,
    "nul-lines": b"\0\n" * 100,
    "method-alone": b"GET\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "version-9.9": b"GET / HTTP/9.9\r\n\r\n",
    "header-without-colon": b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
    "bad-length": b"GET /app.rbl HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "bad-chunks": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "endless-target": b"GET /" + b"a" * 100_000,
    "endless-header": b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_ends_only_its_own_connection(server, www, garbage):
    s = server(www, "--timeout", "1")
    with connect(s) as sock:
        try:
            sock.sendall(garbage)
            sock.shutdown(socket.SHUT_WR)
            answer = read_all(sock)
            assert answer == b"" or Answer(answer).status >= 400
        except OSError:  # it may have closed the connection at any of these steps
            pass
    assert get(s, "/fw/new.rbl").body == b"new"


def test_headers_over_the_limit_are_refused(server, www):
    assert b" 431 " in raw(server(www), request("GET", "/", X="a" * 17_000)).partition(b"\r\n")[0]
    assert b" 414 " in raw(server(www), request("GET", "/" + "a" * 17_000)).partition(b"\r\n")[0]
    assert get(server(www), "/" + "a" * 5000).status == 414


def test_connections_that_say_nothing_are_closed_and_stop_nobody(server, www):
    s = server(www, "--timeout", "1")
    silent = [connect(s) for _ in range(100)]
    for i, sock in enumerate(silent):
        if i % 2:
            sock.sendall(b"GET /app.rbl HTTP/1.1\r\nHo")
    begin = time.monotonic()
    assert get(s, "/app.rbl").body == APP
    assert time.monotonic() - begin < 1
    for sock in silent:
        assert sock.recv(10) == b""
        sock.close()
    assert 0.5 < time.monotonic() - begin < 10


def test_a_slow_client_that_makes_progress_is_not_cut_off(server, www):
    big = os.urandom(8_000_000)
    (www / "big.rbl").write_bytes(big)
    s = server(www, "--timeout", "1")
    with connect(s, receive_buffer=4096) as sock:
        sock.sendall(request("GET", "/big.rbl", Connection="close"))
        data, end = b"", time.monotonic() + 4
        while time.monotonic() < end:
            piece = sock.recv(8192)
            assert piece, "cut off"
            data += piece
            time.sleep(0.05)
        slow = len(data)
        data += read_all(sock)
    assert slow < 2_000_000
    assert Answer(data).body == big
    assert " 200 8000000 bytes " in s.wait_for_log("big.rbl")


def test_a_client_that_stops_reading_is_cut_off_and_logged_with_what_it_got(server, www):
    (www / "big.rbl").write_bytes(bytes(20_000_000))
    s = server(www, "--timeout", "1")
    with connect(s, receive_buffer=4096) as sock:
        sock.sendall(request("GET", "/big.rbl"))
        line = s.wait_for_log("big.rbl")
    sent, of = re.search(r"\(aborted: timed out, (\d+) of (\d+) bytes\)", line).groups()
    assert f" 200 {sent} bytes " in line
    assert 0 < int(sent) < 1_000_000 and int(of) == 20_000_000


def test_an_aborted_download_is_logged_with_exactly_what_the_client_got(server, www):
    (www / "big.rbl").write_bytes(bytes(20_000_000))
    s = server(www)
    with connect(s, receive_buffer=4096) as sock:
        sock.sendall(request("GET", "/big.rbl", Range="bytes=1000-"))
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(1)
        body = sock.recv(1000)
        time.sleep(0.3)
        waiting = struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line = s.wait_for_log("big.rbl")
    got = len(body) + waiting
    assert f" 206 {got} bytes " in line
    assert line.endswith(f"(bytes 1000-19999999/20000000; aborted by the client, {got} of 19999000 bytes)")


def test_a_file_that_shrinks_during_its_download_breaks_only_that(server, www):
    (www / "big.rbl").write_bytes(bytes(20_000_000))
    s = server(www, "--timeout", "1")
    with connect(s, receive_buffer=4096) as sock:
        sock.sendall(request("GET", "/big.rbl"))
        sock.recv(1000)
        os.truncate(www / "big.rbl", 1000)
        try:
            assert len(read_all(sock)) < 20_000_000
        except ConnectionResetError:
            pass
    ticks = pathlib.Path(f"/proc/{s.process.pid}/stat").read_text().split()
    assert int(ticks[13]) + int(ticks[14]) < 0.5 * os.sysconf("SC_CLK_TCK"), "it spins"
    assert "aborted" in s.wait_for_log("big.rbl")
    assert get(s, "/app.rbl").body == APP


def get_at_once(server, clients):
    """What so many clients get who all ask at the same moment."""
    barrier = threading.Barrier(clients)
    answers = [None] * clients

    def client(i):
        barrier.wait(20)
        answers[i] = get(server, "/app.rbl")

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_200_clients_at_once_get_the_same_bytes(server, www):
    s = server(www)
    assert all(answer.body == APP for answer in get_at_once(s, 200))
    end = time.monotonic() + 5
    while len(s.log()) < 200 and time.monotonic() < end:
        time.sleep(0.01)
    lines = s.log()
    assert len(lines) == 200
    assert all(re.fullmatch(r"\S+ \S+ 127\.0\.0\.1 GET /app\.rbl 200 300000 bytes \d+ ms", line) for line in lines)


def test_more_clients_than_it_has_room_for_wait_their_turn(server, www):
    few = 200  # descriptors
    s = server(www, "--timeout", "1", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (few, few)))
    idle = [connect(s) for _ in range(few)]
    for _ in range(few + 50):
        idle.append(connect(s))
        idle[-1].sendall(request("GET", "/fw/new.rbl"))
        assert read_answer(idle[-1]).status == 200, "accepted without a descriptor left for the file"
    for sock in idle:
        sock.close()
    assert get(s, "/app.rbl").body == APP


def test_no_descriptor_is_lost(server, www):
    s = server(www)
    descriptors = pathlib.Path(f"/proc/{s.process.pid}/fd")
    before = len(os.listdir(descriptors))
    for _ in range(20):
        for target in "/", "/fw", "/app.rbl", "/no", "/../x":
            get(s, target, Range="bytes=0-5")
        with connect(s) as sock:
            sock.sendall(request("GET", "/app.rbl"))
    end = time.monotonic() + 5
    while len(os.listdir(descriptors)) > before and time.monotonic() < end:
        time.sleep(0.01)
    assert len(os.listdir(descriptors)) == before


# ---- what it prints, and how it starts and ends ----


def test_it_says_what_to_type_at_a_board_newest_package_first(server, www):
    for age, name in enumerate(["d 4.rbl", "c.rbl", "b.RBL"]):
        (www / name).write_bytes(b"x")
        os.utime(www / name, (2e9 - age, 2e9 - age))
    s = server(www)
    s.process.terminate()
    assert s.process.stdout.read().decode() == (
        "At a board's shell:\n"
        f"  http_ota {s.url}/d%204.rbl\n  http_ota {s.url}/c.rbl\n  http_ota {s.url}/b.RBL\n"
        "  (and 1 more)\n"
    )


def test_each_request_is_one_line_whatever_is_in_it(server, www):
    s = server(www)
    get(s, "/app.rbl", Range="bytes=1-2")
    get(s, "/a%0Ab\x1b[2J")
    ask(s, "HEAD", "/app.rbl")
    raw(s, request("GET", "/no where", Connection="close"))
    s.wait_for_log("where")
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 127\.0\.0\.1 "
    expected = [
        r"GET /app\.rbl 206 2 bytes \d+ ms \(bytes 1-2/300000\)",
        r"GET /a%0Ab\\x1B\[2J 400 29 bytes \d+ ms \(malformed path\)",
        r"HEAD /app\.rbl 200 0 bytes \d+ ms",
        r"GET /no\\x20where 404 18 bytes \d+ ms",
    ]
    lines = s.log()
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected):
        assert re.fullmatch(when + pattern, line)


@pytest.mark.parametrize("variables, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_the_log_is_coloured_on_a_terminal_alone(server, www, variables, coloured):
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | variables
    master, slave = pty.openpty()
    s = server(www, stderr=slave, env=environment)
    os.close(slave)
    get(s, "/app.rbl")
    line = os.read(master, 1000)
    os.close(master)
    assert (b"\x1b[32m200\x1b[0m" in line) == coloured
    assert (b" 200 300000 bytes" in line) != coloured


def test_it_goes_on_when_nobody_reads_its_log(server, www):
    read, write = os.pipe()
    s = server(www, stderr=write)
    os.close(read)
    os.close(write)
    for _ in range(5):
        assert get(s, "/app.rbl").body == APP


def test_it_serves_when_nobody_reads_what_it_says(otter, www):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    read, write = os.pipe()
    os.close(read)
    command = [otter, "serve", "--listen", f"127.0.0.1:{port}", str(www)]
    process = subprocess.Popen(command, stdout=write, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        url = f"http://127.0.0.1:{port}/fw/new.rbl"
        curl = ["curl", "-fsS", "--noproxy", "*", "--retry", "20", "--retry-delay", "1", "--retry-connrefused", url]
        assert subprocess.run(curl, check=True, capture_output=True, timeout=30).stdout == b"new"
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_even_during_a_download(server, www, signal_number):
    (www / "big.rbl").write_bytes(bytes(20_000_000))
    s = server(www)
    with connect(s, receive_buffer=4096) as sock, connect(s) as idle:
        idle.sendall(request("GET", "/fw/new.rbl"))
        assert read_answer(idle).body == b"new"
        sock.sendall(request("GET", "/big.rbl"))
        sock.recv(1000)
        begin = time.monotonic()
        s.process.send_signal(signal_number)
        assert s.process.wait(5) == 0
        assert time.monotonic() - begin < 2
    assert "aborted: server stopped" in s.wait_for_log("big.rbl")


def test_it_can_start_again_at_once_on_the_same_port(server, www):
    s = server(www)
    assert get(s, "/app.rbl").status == 200
    assert s.stop() == 0
    again = server(www, "--listen", f"127.0.0.1:{s.port}")
    assert get(again, "/app.rbl").status == 200


def test_it_serves_ipv6(server, www):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    s = server(www, "--listen", "[::1]:0")
    assert s.url == f"http://[::1]:{s.port}"
    assert get(s, "/app.rbl").body == APP
    assert " ::1 GET " in s.wait_for_log("app.rbl")


def test_the_base_url_is_enough_for_other_tests(serve, www):
    curl = [shutil.which("curl"), "-fsS", "--noproxy", "*", serve(www) + "/fw/new.rbl"]
    assert subprocess.run(curl, check=True, capture_output=True, timeout=20).stdout == b"new"


def run(otter, *arguments):
    return subprocess.run([otter, "serve", *arguments], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    "arguments, status, told",
    [
        ([], 2, "DIR"),
        (["--no-such-option", "."], 2, "--no-such-option"),
        (["."] * 2, 2, "one DIR"),
        (["--listen"], 2, "--listen"),
        (["--timeout", "0", "."], 2, "--timeout"),
        (["--timeout", "soon", "."], 2, "soon"),
        (["--listen", "localhost:80", "."], 1, "localhost:80"),
        (["--listen", "127.0.0.1", "."], 1, "127.0.0.1:8080"),
        (["--listen", "127.0.0.1:70000", "."], 1, "70000"),
        (["--listen", "192.0.2.1:8080", "."], 1, "no such address"),
        (["--listen", "127.0.0.1:0", "/no/such/folder"], 1, "/no/such/folder"),
        (["--listen", "127.0.0.1:0", __file__], 1, "folder"),
    ],
)
def test_a_start_that_cannot_work_says_why(otter, arguments, status, told):
    result = run(otter, *arguments)
    assert result.returncode == status
    assert result.stdout == ""
    assert told in result.stderr
    assert result.stderr.startswith("otter: error: ")
    assert len(result.stderr.splitlines()) == status


def test_a_port_in_use_is_told(server, otter, www):
    s = server(www)
    result = run(otter, "--listen", f"127.0.0.1:{s.port}", str(www))
    assert result.returncode == 1
    assert "in use" in result.stderr and str(s.port) in result.stderr
    assert get(s, "/app.rbl").body == APP


def test_help_tells_where_it_listens_by_default(otter):
    result = run(otter, "--help")
    assert result.returncode == 0
    assert "0.0.0.0:8080" in result.stdout
    assert "--timeout" in result.stdout
