/*
 * SHA-256 (FIPS 180-4) by mbedTLS, and HMAC (RFC 2104) on it. The row otter_sha256 is in core/hash.h.
 */
#ifndef OTTER_CRYPTO_SHA256_H
#define OTTER_CRYPTO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define OTTER_SHA256_SIZE 32

/* mbedTLS's own HMAC comes with its layer of message digests, 2 KB of flash more than these few lines. */
void otter_hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t len,
                       uint8_t mac[OTTER_SHA256_SIZE]);

#endif
