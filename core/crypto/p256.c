#include "core/crypto/p256.h"

#include "p256-m/p256-m.h"

bool otter_p256_verify(const uint8_t signature[OTTER_P256_SIGNATURE_SIZE], const uint8_t key[OTTER_P256_KEY_SIZE],
                       const uint8_t hash[32])
{
    return p256_ecdsa_verify(signature, key, hash, 32) == P256_SUCCESS;
}
