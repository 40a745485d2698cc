/*
 * AES-256-CBC by mbedTLS, which no other file of the host program sees. The same build of it decrypts on devices; they
 * never encrypt, so this is not in core/crypto.
 */
#include <string.h>

#include "cli/encode/encode.h"
#include "mbedtls/aes.h"

enum { BLOCK = OTTER_AES_BLOCK_SIZE };

static void pad(struct buffer *body)
{
    size_t n = BLOCK - body->size % BLOCK;

    memset(buffer_reserve(body, n), (int)n, n);
    body->size += n;
}

void encrypt_aes256_cbc(struct buffer *body, const uint8_t key[OTTER_AES256_KEY_SIZE],
                        const uint8_t iv[OTTER_AES_BLOCK_SIZE])
{
    mbedtls_aes_context aes;
    const uint8_t *previous = iv;

    pad(body);
    mbedtls_aes_init(&aes);
    mbedtls_aes_setkey_enc(&aes, key, 8 * OTTER_AES256_KEY_SIZE);
    for (uint8_t *block = body->data; block < body->data + body->size; block += BLOCK) {
        for (int i = 0; i < BLOCK; i++)
            block[i] ^= previous[i];
        mbedtls_internal_aes_encrypt(&aes, block, block);
        previous = block;
    }
    mbedtls_aes_free(&aes);
}
