"""The command keygen: keys that openssl reads, that boards can hold, and that stay secret."""

import base64
import hashlib
import os
import re
import shutil
import stat
import subprocess

import pytest
from lib import p256
from test_cli import TOP, fails, ok, otter

SECRET = bytes(range(1, 33))
PUBLIC = p256.public_half(SECRET)
CURVE = bytes.fromhex("06082a8648ce3d030107")
ALGORITHM = bytes.fromhex("301306072a8648ce3d0201") + CURVE


def pem(label, der):
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def tlv(tag, *parts):
    content = b"".join(parts)
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content


def ec_private(parameters, public):
    """ECPrivateKey, RFC 5915."""
    parts = [tlv(2, b"\1"), tlv(4, SECRET)]
    if parameters:
        parts.append(tlv(0xA0, CURVE))
    if public:
        parts.append(tlv(0xA1, tlv(3, b"\0\4", PUBLIC)))
    return tlv(0x30, *parts)


def pkcs8(algorithm, public):
    """PrivateKeyInfo, RFC 5958."""
    return tlv(0x30, tlv(2, b"\0"), algorithm, tlv(4, ec_private(False, public)))


def public_key(point):
    """SubjectPublicKeyInfo, RFC 5480."""
    return tlv(0x30, ALGORITHM, tlv(3, b"\0\4", point))


PARAMETERS = pem("EC PARAMETERS", CURVE)
PEM_KEYS = {
    "SEC 1": pem("EC PRIVATE KEY", ec_private(True, True)),
    "SEC 1 after its parameters, as openssl writes it": PARAMETERS + pem("EC PRIVATE KEY", ec_private(True, True)),
    "SEC 1 without the public half": pem("EC PRIVATE KEY", ec_private(True, False)),
    "PKCS #8": pem("PRIVATE KEY", pkcs8(ALGORITHM, True)),
    "PKCS #8 without the public half": pem("PRIVATE KEY", pkcs8(ALGORITHM, False)),
    "a public key": pem("PUBLIC KEY", public_key(PUBLIC)),
}


def key_id(key):
    return hashlib.sha256(key).digest()[:8].hex()


def write(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def c_bytes(text):
    """All numbers of the first array in C code."""
    return bytes(int(n, 16) for n in re.findall(r"0x(\w\w)", text.split("{")[1].split("}")[0]))


@pytest.mark.parametrize("what", PEM_KEYS)
def test_a_p256_key_is_read_from(what, tmp_path):
    shown = ok("keygen", "--show", write(tmp_path / "k.pem", PEM_KEYS[what])).stdout
    assert f"id {key_id(PUBLIC)}" in shown
    assert ("public half" in shown) == (what == "a public key")
    assert ok("keygen", "--show", write(tmp_path / "crlf", PEM_KEYS[what].replace("\n", "\r\n"))).stdout.endswith(
        f"id {key_id(PUBLIC)}\n"
    )


def test_a_new_p256_key_is_a_pair_of_files_of_which_only_one_is_open(tmp_path):
    mask = os.umask(0)
    try:
        ok("keygen", "-o", tmp_path / "k.pem")
    finally:
        os.umask(mask)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["k.pem", "k.pem.pub"]
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    private, public = (ok("keygen", "--show", tmp_path / name).stdout for name in ("k.pem", "k.pem.pub"))
    assert private.split("id ")[1] == public.split("id ")[1]


@pytest.mark.parametrize("kind", ["hmac", "product"])
def test_a_new_shared_key_is_one_line_of_hexadecimal(kind, tmp_path):
    ok("keygen", "--type", kind, "-o", tmp_path / "k")
    assert list(tmp_path.iterdir()) == [tmp_path / "k"]
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    lines = [line for line in (tmp_path / "k").read_text().splitlines() if not line.startswith("#")]
    (digits,) = re.fullmatch(rf"{kind}-key = hex:([0-9a-f]{{64}})", *lines).groups()
    assert key_id(bytes.fromhex(digits)) in ok("keygen", "--show", tmp_path / "k").stdout


def test_new_keys_differ(tmp_path):
    for kind in "p256", "hmac", "product":
        for name in "a", "b":
            ok("keygen", "--type", kind, "-o", tmp_path / f"{kind}-{name}")
        assert (tmp_path / f"{kind}-a").read_text() != (tmp_path / f"{kind}-b").read_text()


@pytest.mark.parametrize("there", ["k", "k.pub"])
def test_a_key_is_never_overwritten(there, tmp_path):
    (tmp_path / there).write_text("precious")
    assert "never overwritten" in fails(1, "keygen", "-o", tmp_path / "k")
    assert [p.name for p in tmp_path.iterdir()] == [there] and (tmp_path / there).read_text() == "precious"


def test_a_key_that_cannot_be_written_leaves_nothing(tmp_path):
    assert "No such file" in fails(1, "keygen", "-o", tmp_path / "nowhere" / "k")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["SEC 1", "a public key"])
def test_c_code_has_the_public_half_and_the_id_and_no_secret(what, tmp_path):
    code = ok("keygen", "--show", write(tmp_path / "release.pem", PEM_KEYS[what]), "--c").stdout
    assert c_bytes(code) == PUBLIC and "release_bytes[64]" in code and "&otter_auth_p256" in code
    row = bytes(int(n, 16) for n in re.findall(r"0x(\w\w)", code.split("&otter_auth_p256")[1]))
    assert row.hex() == key_id(PUBLIC)


@pytest.mark.parametrize("kind", ["hmac", "product"])
def test_c_code_of_a_shared_key_has_what_boards_hold(kind, tmp_path):
    text = f"{kind}-key = hex:{SECRET.hex()}\n"
    code = ok("keygen", "--show", write(tmp_path / "2nd.key", text), "--c").stdout
    assert c_bytes(code) == SECRET and "k2nd_bytes[32]" in code
    assert ("&otter_auth_hmac" if kind == "hmac" else "struct otter_product_key k2nd_key") in code


def test_c_code_can_be_compiled(tmp_path):
    signing = ok("keygen", "-o", tmp_path / "signing.pem", "--c").stdout
    product = ok("keygen", "--type", "product", "-o", tmp_path / "product.key", "--c").stdout
    (row,) = re.findall(r"^ *(\{ &otter_auth_p256.*),$", signing, re.M)
    table = f"const struct otter_key keys[] = {{ {row}, {{ 0 }} }};\n"
    (tmp_path / "keys.c").write_text('#include "core/config.h"\n' + signing + product + table)
    compiler = ["cc", "-std=c11", "-Wall", "-Wno-unused", "-Werror", "-fsyntax-only", "-I", TOP, tmp_path / "keys.c"]
    subprocess.run(compiler, check=True, timeout=60)


LOCKED = pem("EC PRIVATE KEY", b"x").replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n", 1)
BAD_KEYS = {
    "that is no key": ("hello\n", "neither a key in PEM"),
    "that is empty": ("", "holds no key"),
    "with two keys": (f"hmac-key = hex:{'00' * 32}\nhmac-key = hex:{'00' * 32}\n", ":2: a second key"),
    "with too few digits": (f"product-key = hex:{'00' * 31}\n", "64"),
    "with too many digits": (f"product-key = hex:{'00' * 33}\n", "64"),
    "without hex:": (f"product-key = {'0' * 32}\n", "64"),
    "of RBL": ("key = 0123456789ABCDEF0123456789ABCDEF\niv = 0123456789ABCDEF\n", ":1: neither"),
    "with a password, PKCS #8": (pem("ENCRYPTED PRIVATE KEY", b"x" * 200), "password"),
    "with a password, SEC 1": (LOCKED, "password"),
    "of another curve": (pem("PRIVATE KEY", pkcs8(ALGORITHM[:-1] + b"\1", True)), "no P-256 key"),
    "that is cut": (PEM_KEYS["PKCS #8"][:150], "no P-256 key"),
    "whose halves do not belong together": (pem("EC PRIVATE KEY", ec_private(True, True)[:-1] + b"\0"), "public half"),
    "whose point is not on the curve": (pem("PUBLIC KEY", public_key(PUBLIC[:-1] + b"\0")), "no point"),
    "that is huge": ("#" * 5000, "4096"),
    "that is binary": ("a\0b", "text"),
}


@pytest.mark.parametrize("what", BAD_KEYS)
def test_a_key_file_is_refused(what, tmp_path):
    text, word = BAD_KEYS[what]
    assert word in fails(1, "keygen", "--show", write(tmp_path / "k", text))


def test_a_secret_of_zero_is_refused(tmp_path):
    der = ec_private(True, False).replace(SECRET, bytes(32))
    assert "no private key" in fails(1, "keygen", "--show", write(tmp_path / "k", pem("EC PRIVATE KEY", der)))


def test_the_user_is_warned_of_a_secret_that_others_can_read(tmp_path):
    path = write(tmp_path / "k", PEM_KEYS["SEC 1"])
    assert ok("keygen", "--show", path).stderr == ""
    path.chmod(0o644)
    assert "chmod 600" in ok("keygen", "--show", path).stderr
    path.write_text(PEM_KEYS["a public key"])
    assert ok("keygen", "--show", path).stderr == ""


def test_a_private_key_is_never_printed(tmp_path):
    path = write(tmp_path / "k", PEM_KEYS["PKCS #8"])
    for args in ["--show", path], ["--show", path, "--c"], ["-o", path], ["--show", path, "-o", path]:
        done = otter("keygen", *args)
        said = re.sub(r"0x|[\s,]", "", done.stdout + done.stderr).lower()
        assert SECRET.hex()[:16] not in said and PEM_KEYS["PKCS #8"].splitlines()[2] not in done.stdout + done.stderr


def test_mistakes_on_the_command_line_are_named(tmp_path):
    assert "-o FILE" in fails(2, "keygen")
    assert "did you mean 'p256'" in fails(2, "keygen", "--type", "p25", "-o", tmp_path / "k")
    assert "--show" in fails(2, "keygen", "--show", tmp_path / "k", "-o", tmp_path / "l")
    assert "one argument too many" in fails(2, "keygen", "k")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_openssl_and_otter_read_each_others_keys(tmp_path):
    def openssl(*args):
        return subprocess.run(["openssl", *map(str, args)], capture_output=True, check=True).stdout

    ok("keygen", "-o", tmp_path / "k")
    openssl("pkey", "-in", tmp_path / "k", "-check", "-noout")
    assert openssl("pkey", "-in", tmp_path / "k", "-pubout") == (tmp_path / "k.pub").read_bytes()
    for name, command in {
        "sec1": ["ecparam", "-name", "prime256v1", "-genkey"],
        "pkcs8": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    }.items():
        openssl(*command, "-out", tmp_path / name)
        public = openssl("pkey", "-in", tmp_path / name, "-pubout", "-outform", "DER")[-64:]
        (tmp_path / name).chmod(0o600)
        assert key_id(public) in ok("keygen", "--show", tmp_path / name).stdout
