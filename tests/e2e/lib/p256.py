"""ECDSA on P-256 with SHA-256 (FIPS 186-4), deterministic (RFC 6979): slow, plain, and written from the standards
alone, so that what the C code says can be compared with something."""

import hashlib
import hmac

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(a, b):
    """The sum of two points; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    total = None
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def public_half(secret):
    return b"".join(c.to_bytes(32, "big") for c in multiply(int.from_bytes(secret, "big"), G))


def nonces(secret, digest):
    """The candidates for k, RFC 6979, 3.2."""
    seed = secret + (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    k, v = bytes(32), b"\1" * 32

    def mac(data):
        return hmac.digest(k, data, "sha256")

    for octet in b"\0", b"\1":
        k = mac(v + octet + seed)
        v = mac(v)
    while True:
        v = mac(v)
        yield int.from_bytes(v, "big")
        k = mac(v + b"\0")
        v = mac(v)


def sign_digest(secret, digest):
    z, d = int.from_bytes(digest, "big"), int.from_bytes(secret, "big")
    for k in nonces(secret, digest):
        if not 0 < k < N:
            continue
        r = multiply(k, G)[0] % N
        s = (z + r * d) * pow(k, -1, N) % N
        if r and s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def sign(secret, message):
    return sign_digest(secret, hashlib.sha256(message).digest())


def verify(public, message, signature):
    point = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    if (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - B) % P:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    z, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    found = add(multiply(z * w % N, G), multiply(r * w % N, point))
    return found is not None and found[0] % N == r
