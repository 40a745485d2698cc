/*
 * ECDSA on P-256 (FIPS 186-4), verification only, by p256-m of mbedTLS.
 */
#ifndef OTTER_CRYPTO_P256_H
#define OTTER_CRYPTO_P256_H

#include <stdbool.h>
#include <stdint.h>

#define OTTER_P256_KEY_SIZE       64 /* x, then y, big-endian */
#define OTTER_P256_SIGNATURE_SIZE 64 /* r, then s, big-endian */

/* False as well for a key that is not on the curve and for r or s outside 1..n-1. */
bool otter_p256_verify(const uint8_t signature[OTTER_P256_SIGNATURE_SIZE], const uint8_t key[OTTER_P256_KEY_SIZE],
                       const uint8_t hash[32]);

#endif
