/*
 * AES-256 by mbedTLS, which no other folder sees.
 */
#ifndef OTTER_CRYPTO_AES_H
#define OTTER_CRYPTO_AES_H

#include <stddef.h>
#include <stdint.h>

/* An expanded key: room for mbedTLS's context. */
struct otter_aes256 {
    uint64_t context[36];
};

void otter_aes256_set_decrypt_key(struct otter_aes256 *aes, const uint8_t key[32]);

/* Decrypts whole blocks in place (NIST SP 800-38A, CBC); iv becomes the one for the blocks that follow. */
void otter_aes256_cbc_decrypt(struct otter_aes256 *aes, uint8_t iv[16], uint8_t *data, size_t blocks);

#endif
