/*
 * By p256-m of mbedTLS, the same build of it that verifies on devices. It asks psa_generate_random for its nonces, and
 * tries another one until it is in 1..n-1; that is all RFC 6979 wants of the loop around its candidates.
 */
#include "cli/crypto/p256.h"

#include <string.h>
#include <sys/random.h>

#include "core/crypto/aes.h"
#include "core/crypto/sha256.h"
#include "p256-m/p256-m.h"
#include "psa/crypto.h"

enum { HASH = OTTER_SHA256_SIZE };

/* The state of RFC 6979, section 3.2, whose letters these are. */
struct candidates {
    uint8_t k[HASH], v[HASH];
    bool is_used; /* the first candidate was taken */
};

/* p256-m's callback has no argument for it. NULL: what is asked for is a key and not a nonce. */
static struct candidates *nonces;

static void step_v(struct candidates *c)
{
    uint8_t v[HASH];

    otter_hmac_sha256(c->k, HASH, c->v, HASH, v);
    memcpy(c->v, v, HASH);
}

/* K = HMAC_K(V || octet || seed), V = HMAC_K(V): steps d to g, and h.3 with an empty seed. */
static void mix(struct candidates *c, uint8_t octet, const uint8_t *seed, size_t seed_size)
{
    uint8_t data[HASH + 1 + P256_SECRET_SIZE + HASH], k[HASH];

    memcpy(data, c->v, HASH);
    data[HASH] = octet;
    if (seed_size)
        memcpy(data + HASH + 1, seed, seed_size);
    otter_hmac_sha256(c->k, HASH, data, HASH + 1 + seed_size, k);
    memcpy(c->k, k, HASH);
    step_v(c);
    otter_wipe(data, sizeof data);
    otter_wipe(k, sizeof k);
}

/* bits2octets, where the hash is as long as n: once minus n is enough to be below it. */
static void reduce(const uint8_t digest[HASH], uint8_t reduced[HASH])
{
    static const uint8_t n[HASH] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                                     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                                     0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51 };
    int borrow = 0;

    memcpy(reduced, digest, HASH);
    if (memcmp(digest, n, HASH) < 0)
        return;
    for (int i = HASH - 1; i >= 0; i--) {
        int difference = digest[i] - n[i] - borrow;
        reduced[i] = (uint8_t)difference;
        borrow = difference < 0;
    }
}

/* Steps b to g. */
static void seed(struct candidates *c, const uint8_t secret[P256_SECRET_SIZE], const uint8_t digest[HASH])
{
    uint8_t both[P256_SECRET_SIZE + HASH];

    memcpy(both, secret, P256_SECRET_SIZE);
    reduce(digest, both + P256_SECRET_SIZE);
    memset(c->k, 0, HASH);
    memset(c->v, 1, HASH);
    c->is_used = false;
    mix(c, 0, both, sizeof both);
    mix(c, 1, both, sizeof both);
    otter_wipe(both, sizeof both);
}

/* Step h. */
static void next(struct candidates *c, uint8_t candidate[HASH])
{
    if (c->is_used)
        mix(c, 0, NULL, 0);
    step_v(c);
    memcpy(candidate, c->v, HASH);
    c->is_used = true;
}

/* What p256-m calls: always for the 32 bytes of a number, which getrandom gives whole or not at all. */
psa_status_t psa_generate_random(uint8_t *output, size_t size)
{
    if (size == HASH && nonces)
        next(nonces, output);
    else if (getrandom(output, size, 0) != (ssize_t)size)
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    return PSA_SUCCESS;
}

bool p256_new_secret(uint8_t secret[P256_SECRET_SIZE])
{
    uint8_t public_half[OTTER_P256_KEY_SIZE];

    return p256_gen_keypair(secret, public_half) == P256_SUCCESS;
}

bool p256_public_half(const uint8_t secret[P256_SECRET_SIZE], uint8_t public_half[OTTER_P256_KEY_SIZE])
{
    return p256_public_from_private(public_half, secret) == P256_SUCCESS;
}

bool p256_is_public(const uint8_t public_half[OTTER_P256_KEY_SIZE])
{
    return p256_validate_pubkey(public_half) == P256_SUCCESS;
}

bool p256_sign(const uint8_t secret[P256_SECRET_SIZE], const uint8_t digest[32],
               uint8_t signature[OTTER_P256_SIGNATURE_SIZE])
{
    struct candidates c;

    seed(&c, secret, digest);
    nonces = &c;
    int result = p256_ecdsa_sign(signature, secret, digest, HASH);
    nonces = NULL;
    otter_wipe(&c, sizeof c);
    return result == P256_SUCCESS;
}
