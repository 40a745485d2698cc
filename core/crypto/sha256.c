#include "core/crypto/sha256.h"

#include <string.h>

#include "core/hash.h"
#include "mbedtls/sha256.h"

enum { BLOCK = 64 };

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct otter_hash_state), "room for mbedTLS's context");

static mbedtls_sha256_context *context(struct otter_hash_state *state)
{
    return (mbedtls_sha256_context *)state->words;
}

static void sha256_init(struct otter_hash_state *state)
{
    mbedtls_sha256_init(context(state));
    mbedtls_sha256_starts(context(state), 0);
}

static void sha256_update(struct otter_hash_state *state, const uint8_t *data, size_t len)
{
    mbedtls_sha256_update(context(state), data, len);
}

static void sha256_finish(struct otter_hash_state *state, uint8_t *digest)
{
    mbedtls_sha256_finish(context(state), digest);
}

const struct otter_hash otter_sha256 = { "sha256", OTTER_SHA256_SIZE, sha256_init, sha256_update, sha256_finish };

static void keyed(struct otter_hash_state *state, const uint8_t *key, size_t key_len, uint8_t pad)
{
    uint8_t block[BLOCK];

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < key_len; i++)
        block[i] ^= key[i];
    sha256_init(state);
    sha256_update(state, block, sizeof block);
}

/* Keys are at most one block long: all of ours are 32 bytes. */
void otter_hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t len, uint8_t mac[OTTER_SHA256_SIZE])
{
    struct otter_hash_state state;

    keyed(&state, key, key_len, 0x36);
    sha256_update(&state, data, len);
    sha256_finish(&state, mac);
    keyed(&state, key, key_len, 0x5C);
    sha256_update(&state, mac, OTTER_SHA256_SIZE);
    sha256_finish(&state, mac);
}
