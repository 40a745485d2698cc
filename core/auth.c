#include "core/auth.h"

#include <string.h>

#include "core/crypto/p256.h"
#include "core/crypto/sha256.h"
#include "core/hash.h"

static bool p256_verify(const uint8_t *key, const void *data, size_t len, const uint8_t *proof)
{
    uint8_t digest[OTTER_SHA256_SIZE];

    otter_hash_of(&otter_sha256, data, len, digest);
    return otter_p256_verify(proof, key, digest);
}

static bool hmac_verify(const uint8_t *key, const void *data, size_t len, const uint8_t *proof)
{
    uint8_t mac[OTTER_SHA256_SIZE];

    otter_hmac_sha256(key, otter_auth_hmac.key_size, data, len, mac);
    return otter_hash_equal(mac, proof, sizeof mac);
}

const struct otter_auth otter_auth_p256 = { 1, OTTER_P256_KEY_SIZE, OTTER_P256_SIGNATURE_SIZE, p256_verify };
const struct otter_auth otter_auth_hmac = { 2, 32, OTTER_SHA256_SIZE, hmac_verify };

int otter_key_find(const struct otter_key *table, uint8_t auth_id, const uint8_t id[OTTER_KEY_ID_SIZE])
{
    for (int i = 0; table[i].auth; i++)
        if (table[i].auth->id == auth_id && !memcmp(table[i].id, id, OTTER_KEY_ID_SIZE))
            return i;
    return -1;
}
