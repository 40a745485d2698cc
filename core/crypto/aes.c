#include "core/crypto/aes.h"

#include <string.h>

#include "mbedtls/aes.h"
#include "mbedtls/platform_util.h"

_Static_assert(sizeof(mbedtls_aes_context) <= sizeof(struct otter_aes256), "room for mbedTLS's context");

enum { BLOCK = 16 };
/*
 * mbedTLS clears what a block leaves behind: structs of words, once a block. volatile, or it could be left out: nobody
 * reads them afterwards.
 */
void mbedtls_platform_zeroize(void *buf, size_t len)
{
    volatile uint8_t *byte = buf;

    for (; len && (uintptr_t)byte % sizeof(uint32_t); len--)
        *byte++ = 0;
    volatile uint32_t *word = (volatile uint32_t *)byte;
    for (; len >= sizeof *word; len -= sizeof *word)
        *word++ = 0;
    for (byte = (volatile uint8_t *)word; len; len--)
        *byte++ = 0;
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

void otter_aes256_set_encrypt_key(struct otter_aes256 *aes, const uint8_t key[32])
{
    memset(aes, 0, sizeof *aes);
    mbedtls_aes_setkey_enc(context(aes), key, 256);
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

void otter_aes256_ctr_block(struct otter_aes256 *aes, uint8_t counter[BLOCK], uint8_t key_stream[BLOCK])
{
    mbedtls_internal_aes_encrypt(context(aes), counter, key_stream);
    for (int i = BLOCK - 1; i >= BLOCK - 4 && !++counter[i]; i--)
        ;
}

bool otter_aes256_unwrap(const uint8_t kek[32], const uint8_t wrapped[OTTER_AES_KW_SIZE], uint8_t key[32])
{
    struct otter_aes256 aes;
    uint8_t block[BLOCK]; /* A, the integrity register, then one half block of the key */
    uint8_t differ = 0;

    otter_aes256_set_decrypt_key(&aes, kek);
    memcpy(block, wrapped, 8);
    memcpy(key, wrapped + 8, 32);
    for (int t = 6 * 4; t > 0; t--) {
        uint8_t *half = key + 8 * ((t - 1) % 4);

        block[7] ^= (uint8_t)t;
        memcpy(block + 8, half, 8);
        mbedtls_internal_aes_decrypt(context(&aes), block, block);
        memcpy(half, block + 8, 8);
    }
    for (int i = 0; i < 8; i++)
        differ |= block[i] ^ 0xA6;
    if (differ)
        otter_wipe(key, 32);
    otter_wipe(&aes, sizeof aes);
    return !differ;
}

void otter_wipe(void *secret, size_t len)
{
    mbedtls_platform_zeroize(secret, len);
}
