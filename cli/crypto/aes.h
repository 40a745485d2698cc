/*
 * What devices do backwards or not at all: wrapping a content key, and encrypting with it.
 */
#ifndef CLI_CRYPTO_AES_H
#define CLI_CRYPTO_AES_H

#include "core/crypto/aes.h"

/* Wraps a 256-bit key (RFC 3394, with its default initial value). */
void aes256_wrap(const uint8_t kek[32], const uint8_t key[32], uint8_t wrapped[OTTER_AES_KW_SIZE]);

/* Encrypts in place, from that counter block on (NIST SP 800-38A, CTR). */
void aes256_ctr(const uint8_t key[32], const uint8_t counter[16], uint8_t *data, size_t len);

#endif
