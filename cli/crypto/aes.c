#include "cli/crypto/aes.h"

#include <string.h>

enum { BLOCK = 16, HALF = 8 };

/* The key stream's block for a counter is that counter, encrypted. */
static void encrypt_block(struct otter_aes256 *aes, uint8_t block[BLOCK])
{
    uint8_t counter[BLOCK];

    memcpy(counter, block, BLOCK);
    otter_aes256_ctr_block(aes, counter, block);
    otter_wipe(counter, sizeof counter);
}

void aes256_wrap(const uint8_t kek[32], const uint8_t key[32], uint8_t wrapped[OTTER_AES_KW_SIZE])
{
    struct otter_aes256 aes;
    uint8_t block[BLOCK]; /* A, the integrity register, then one half block of the key */

    otter_aes256_set_encrypt_key(&aes, kek);
    memset(block, 0xA6, HALF);
    memcpy(wrapped + HALF, key, 32);
    for (int t = 1; t <= 6 * 4; t++) {
        uint8_t *half = wrapped + HALF + HALF * ((t - 1) % 4);

        memcpy(block + HALF, half, HALF);
        encrypt_block(&aes, block);
        block[HALF - 1] ^= (uint8_t)t;
        memcpy(half, block + HALF, HALF);
    }
    memcpy(wrapped, block, HALF);
    otter_wipe(&aes, sizeof aes);
    otter_wipe(block, sizeof block);
}

void aes256_ctr(const uint8_t key[32], const uint8_t counter[16], uint8_t *data, size_t len)
{
    struct otter_aes256 aes;
    uint8_t next[BLOCK], key_stream[BLOCK];

    otter_aes256_set_encrypt_key(&aes, key);
    memcpy(next, counter, BLOCK);
    for (size_t i = 0; i < len; i++) {
        if (i % BLOCK == 0)
            otter_aes256_ctr_block(&aes, next, key_stream);
        data[i] ^= key_stream[i % BLOCK];
    }
    otter_wipe(&aes, sizeof aes);
    otter_wipe(key_stream, sizeof key_stream);
}
