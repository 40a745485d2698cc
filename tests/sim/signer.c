#include "tests/sim/signer.h"

#include <stdlib.h>
#include <string.h>

#include "cli/crypto/p256.h"
#include "core/crypto/sha256.h"
#include "core/hash.h"
#include "core/manifest.h"

static const char *const secrets[SIM_KEYS] = {
    [SIM_HMAC] = "the first of the shared secrets.",         [SIM_HMAC_SECOND] = "the second of the shared secrets",
    [SIM_P256] = "the first of the private halves.",         [SIM_P256_SECOND] = "the second of the private halves",
    [SIM_HMAC_UNKNOWN] = "a shared secret that nobody has.", [SIM_P256_UNKNOWN] = "a private half that nobody has..",
};

const uint8_t sim_product_secret[32] = "a product key, for tests and no.";

static struct otter_key all[SIM_KEYS], trusted[SIM_TRUSTED + 1];
static uint8_t public_halves[SIM_KEYS][OTTER_P256_KEY_SIZE];
static struct otter_product_key product_key = { { 0 }, sim_product_secret };

static const uint8_t *secret_of(enum sim_key key)
{
    return (const uint8_t *)secrets[key];
}

static bool is_p256(enum sim_key key)
{
    return key == SIM_P256 || key == SIM_P256_SECOND || key == SIM_P256_UNKNOWN;
}

static void make_id(const uint8_t *bytes, size_t size, uint8_t id[OTTER_KEY_ID_SIZE])
{
    uint8_t digest[OTTER_SHA256_SIZE];

    otter_hash_of(&otter_sha256, bytes, size, digest);
    memcpy(id, digest, OTTER_KEY_ID_SIZE);
}

static void make(enum sim_key key)
{
    struct otter_key *k = &all[key];

    k->auth = is_p256(key) ? &otter_auth_p256 : &otter_auth_hmac;
    k->bytes = is_p256(key) ? public_halves[key] : secret_of(key);
    k->flags = key == SIM_HMAC || key == SIM_P256 ? OTTER_KEY_DEVELOPMENT : 0;
    if (is_p256(key) && !p256_public_half(secret_of(key), public_halves[key]))
        abort();
    make_id(k->bytes, k->auth->key_size, k->id);
}

const struct otter_key *sim_key_of(enum sim_key key)
{
    if (!all[0].auth)
        for (int k = 0; k < SIM_KEYS; k++)
            make((enum sim_key)k);
    return &all[key];
}

const struct otter_key *sim_trusted_keys(void)
{
    memcpy(trusted, sim_key_of(0), SIM_TRUSTED * sizeof *trusted);
    return trusted;
}

const struct otter_product_key *sim_product_key(void)
{
    make_id(sim_product_secret, sizeof sim_product_secret, product_key.id);
    return &product_key;
}

void sim_sign(enum sim_key key, uint8_t *manifest)
{
    const struct otter_key *k = sim_key_of(key);
    uint32_t size = otter_manifest_size(manifest);
    uint8_t digest[OTTER_SHA256_SIZE];

    manifest[5] = k->auth->id;
    memcpy(manifest + 8, k->id, sizeof k->id);
    if (!is_p256(key)) {
        otter_hmac_sha256(secret_of(key), 32, manifest, size, manifest + size);
        return;
    }
    otter_hash_of(&otter_sha256, manifest, size, digest);
    if (!p256_sign(secret_of(key), digest, manifest + size))
        abort();
}
