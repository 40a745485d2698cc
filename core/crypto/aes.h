/*
 * AES-256 by mbedTLS, which no other folder sees.
 */
#ifndef OTTER_CRYPTO_AES_H
#define OTTER_CRYPTO_AES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An expanded key: room for mbedTLS's context. */
struct otter_aes256 {
    uint64_t context[36];
};

void otter_aes256_set_decrypt_key(struct otter_aes256 *aes, const uint8_t key[32]);
void otter_aes256_set_encrypt_key(struct otter_aes256 *aes, const uint8_t key[32]);

/* Decrypts whole blocks in place (NIST SP 800-38A, CBC); iv becomes the one for the blocks that follow. */
void otter_aes256_cbc_decrypt(struct otter_aes256 *aes, uint8_t iv[16], uint8_t *data, size_t blocks);

/*
 * The next 16 bytes of key stream (NIST SP 800-38A, CTR), with an encryption key. The last four bytes of `counter`
 * count, big-endian.
 */
void otter_aes256_ctr_block(struct otter_aes256 *aes, uint8_t counter[16], uint8_t key_stream[16]);

#define OTTER_AES_KW_SIZE 40 /* bytes of a wrapped key */

/* Unwraps a 256-bit key (RFC 3394, with its default initial value); false if it was not wrapped with `kek`. */
bool otter_aes256_unwrap(const uint8_t kek[32], const uint8_t wrapped[OTTER_AES_KW_SIZE], uint8_t key[32]);

/* Clears what was secret, in a way that no compiler leaves out. */
void otter_wipe(void *secret, size_t len);

#endif
