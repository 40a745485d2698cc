"""AES-256 (FIPS 197), its counter mode (SP 800-38A) and key unwrapping (RFC 3394): slow, plain, and written from the
standards alone, so that what the C code says can be compared with something."""

ROUNDS = 14


def times(a, b):
    """The product in GF(2^8), modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def sbox_entry(byte):
    inverse = next((x for x in range(256) if times(byte, x) == 1), 0)
    return 0x63 ^ inverse ^ (m := inverse * 0x101) >> 7 & 255 ^ m >> 6 & 255 ^ m >> 5 & 255 ^ m >> 4 & 255


SBOX = bytes(sbox_entry(byte) for byte in range(256))
UNSBOX = bytes(SBOX.index(byte) for byte in range(256))


def expand(key):
    words = [key[i : i + 4] for i in range(0, 32, 4)]
    constant = 1
    for i in range(8, 4 * (ROUNDS + 1)):
        word = words[-1]
        if i % 8 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = times(constant, 2)
        elif i % 8 == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(words[-8], word)))
    return [b"".join(words[4 * r : 4 * r + 4]) for r in range(ROUNDS + 1)]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def mix(state, row):
    """Each column times the circulant matrix whose first row that is."""
    return bytes(
        times(state[c], row[-r % 4]) ^ times(state[c + 1], row[(1 - r) % 4])
        ^ times(state[c + 2], row[(2 - r) % 4]) ^ times(state[c + 3], row[(3 - r) % 4])
        for c in range(0, 16, 4) for r in range(4)
    )


def encrypt_block(key, block):
    keys = expand(key)
    state = xor(block, keys[0])
    for r in range(1, ROUNDS + 1):
        state = bytes(SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
        state = xor(mix(state, (2, 3, 1, 1)) if r < ROUNDS else state, keys[r])
    return state


def decrypt_block(key, block):
    keys = expand(key)
    state = xor(block, keys[ROUNDS])
    for r in range(ROUNDS - 1, -1, -1):
        state = xor(bytes(UNSBOX[state[(i - 4 * (i % 4)) % 16]] for i in range(16)), keys[r])
        state = mix(state, (14, 11, 13, 9)) if r else state
    return state


def ctr(key, counter, data):
    count = int.from_bytes(counter, "big")
    blocks = range((len(data) + 15) // 16)
    return xor(data, b"".join(encrypt_block(key, (count + i).to_bytes(16, "big")) for i in blocks))


def unwrap(kek, wrapped):
    """The key, or None if it was not wrapped with that one."""
    check, halves = wrapped[:8], [wrapped[i : i + 8] for i in range(8, len(wrapped), 8)]
    n = len(halves)
    for t in range(6 * n, 0, -1):
        check = xor(check, t.to_bytes(8, "big"))
        block = decrypt_block(kek, check + halves[(t - 1) % n])
        check, halves[(t - 1) % n] = block[:8], block[8:]
    return b"".join(halves) if check == b"\xa6" * 8 else None
