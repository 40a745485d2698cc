/*
 * P-256 private keys: made, and signed with. Devices only verify, so this is not in core/crypto.
 */
#ifndef CLI_CRYPTO_P256_H
#define CLI_CRYPTO_P256_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto/p256.h"

#define P256_SECRET_SIZE 32

/* A new one, from the system's random numbers: false if there are none. */
bool p256_new_secret(uint8_t secret[P256_SECRET_SIZE]);

/* The public half, x then y: false for a secret that is not in 1..n-1. */
bool p256_public_half(const uint8_t secret[P256_SECRET_SIZE], uint8_t public_half[OTTER_P256_KEY_SIZE]);

/* False unless it is a point on the curve. */
bool p256_is_public(const uint8_t public_half[OTTER_P256_KEY_SIZE]);

/*
 * Signs a SHA-256 digest: r, then s, big-endian. Deterministic (RFC 6979), so that the same package has the same bytes,
 * and a bad source of random numbers cannot give the key away. False as above.
 */
bool p256_sign(const uint8_t secret[P256_SECRET_SIZE], const uint8_t digest[32],
               uint8_t signature[OTTER_P256_SIGNATURE_SIZE]);

#endif
