#include "core/crypto/aes.h"

#include <string.h>

#include "mbedtls/aes.h"
#include "mbedtls/platform_util.h"

_Static_assert(sizeof(mbedtls_aes_context) <= sizeof(struct otter_aes256), "room for mbedTLS's context");

/* mbedTLS clears what a block leaves behind: structs of words. volatile, or it could be left out: nobody reads them. */
void mbedtls_platform_zeroize(void *buf, size_t len)
{
    volatile uint32_t *word = buf;

    for (size_t i = 0; i < len / sizeof *word; i++)
        word[i] = 0;
}

/* mbedtls_aes_init and _free only clear: a context on the caller's memory needs neither. */
static mbedtls_aes_context *context(struct otter_aes256 *aes)
{
    return (mbedtls_aes_context *)aes->context;
}

void otter_aes256_set_decrypt_key(struct otter_aes256 *aes, const uint8_t key[32])
{
    memset(aes, 0, sizeof *aes);
    mbedtls_aes_setkey_dec(context(aes), key, 256);
}

static void xor_block(uint8_t *to, const uint8_t *with)
{
    for (int i = 0; i < 16; i += 4) {
        uint32_t a, b;

        memcpy(&a, to + i, sizeof a);
        memcpy(&b, with + i, sizeof b);
        a ^= b;
        memcpy(to + i, &a, sizeof a);
    }
}

/*
 * From the last block to the first, since each needs the one before it as it came. The block function, not
 * mbedtls_aes_crypt_cbc: that one links the cipher's other direction, 1.9 KB of flash.
 */
void otter_aes256_cbc_decrypt(struct otter_aes256 *aes, uint8_t iv[16], uint8_t *data, size_t blocks)
{
    uint8_t next_iv[16];

    if (!blocks)
        return;
    memcpy(next_iv, data + 16 * (blocks - 1), sizeof next_iv);
    while (blocks--) {
        uint8_t *block = data + 16 * blocks;
        mbedtls_internal_aes_decrypt(context(aes), block, block);
        xor_block(block, blocks ? block - 16 : iv);
    }
    memcpy(iv, next_iv, sizeof next_iv);
}
