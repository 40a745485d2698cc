"""Certificates, and a real nginx that shows them."""

import os
import pathlib
import socket
import subprocess
import time

from lib import process
from lib.paths import TOP

DEMO_CA = TOP / "boards" / "demo" / "demo-ca.pem"
DEMO_KEY = TOP / "boards" / "demo" / "demo-ca.key.pem"
NGINX = "/usr/sbin/nginx"

_CA = """
[ca]
default_ca = ca
[ca]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[leaf]
basicConstraints = CA:false
subjectAltName = {names}
[ca_v3]
basicConstraints = critical, CA:true
"""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"


class Authority:
    """Signs certificates for any time. The demonstration's own, unless it is told to make itself."""

    def __init__(self, folder, cert=DEMO_CA, key=DEMO_KEY):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        (self.folder / "index").touch()
        self.cert, self.key = cert, key

    @classmethod
    def new(cls, folder, kind="ec"):
        """One that nobody knows yet, with a key of its own."""
        made = cls(folder)
        made.key = made.make_key("ca", kind)
        made.cert = made.sign("ca", made.key, extensions="ca_v3", selfsign=True)
        return made

    def make_key(self, name, kind="ec"):
        path = self.folder / f"{name}.key"
        how = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["-algorithm", "RSA"]
        _openssl("genpkey", *how, "-out", path)
        return path

    def sign(self, name, key, names="IP:127.0.0.1, IP:10.0.2.2", start="20200101000000Z", end="20491231000000Z",
             extensions="leaf", selfsign=False):  # fmt: skip
        """The path of a certificate in PEM."""
        request, config, cert = (self.folder / f"{name}.{suffix}" for suffix in ("csr", "cnf", "crt"))
        config.write_text(_CA.format(folder=self.folder, names=names))
        _openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        signer = ["-selfsign", "-keyfile", key] if selfsign else ["-cert", self.cert, "-keyfile", self.key]
        _openssl("ca", "-batch", "-config", config, *signer, "-in", request, "-extensions", extensions,
                 "-startdate", start, "-enddate", end, "-notext", "-out", cert)  # fmt: skip
        return cert

    def issue(self, name, kind="ec", **what):
        """(certificate, key) of a server."""
        key = self.make_key(name, kind)
        return self.sign(name, key, **what), key


def through_others(authority, folder, count=1):
    """A server whose certificate was signed by the last of so many, each signed by the one before, the first by the
    authority: (chain, key)."""
    chain = b""
    for number in range(count):
        middle = Authority(folder)
        middle.key = middle.make_key(f"middle-{number}")
        middle.cert = authority.sign(f"middle-{number}", middle.key, extensions="ca_v3")
        chain = middle.cert.read_bytes() + chain
        authority = middle
    leaf, key = authority.issue("below")
    path = folder / "chain.pem"
    path.write_bytes(leaf.read_bytes() + chain)
    return path, key


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


_NGINX = """
daemon off;
master_process on;
worker_processes 1;
{user}
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  root {root};
{servers}
}}
"""

_SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    ssl_protocols {protocols};
    ssl_buffer_size {buffer};
    {more}
  }}
"""


class Nginx:
    """One nginx with a server on a port of its own for each of `sites`: {name: (cert, key, protocols, more)}.
    OpenSSL heeds max_fragment_length, which TLS 1.2 clients send, but not record_size_limit, which those of TLS 1.3 do;
    so nginx itself is told to send small records, except by sites whose names begin with "large"."""

    def __init__(self, folder, root, sites):
        self.folder = pathlib.Path(folder)
        self.ports = dict(zip(sites, free_ports(len(sites))))
        servers = "".join(
            _SERVER.format(buffer="16k" if name.startswith("large") else "4k", port=self.ports[name], cert=cert, key=key, protocols=protocols, more=more)
            for name, (cert, key, protocols, more) in sites.items()
        )
        user = "user root;" if os.getuid() == 0 else ""
        config = self.folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=self.folder, root=root, servers=servers, user=user))
        self._process = process.start([NGINX, "-c", config, "-e", self.folder / "error.log"], stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 10
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    log = (self.folder / "error.log").read_text() if (self.folder / "error.log").exists() else ""
                    assert time.monotonic() < deadline and self._process.poll() is None, f"nginx: {log}"
                    time.sleep(0.02)

    def url(self, site, name, host="127.0.0.1"):
        return f"https://{host}:{self.ports[site]}/{name}"

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
