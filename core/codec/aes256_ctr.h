#ifndef OTTER_CODEC_AES256_CTR_H
#define OTTER_CODEC_AES256_CTR_H

#include "core/codec.h"
#include "core/crypto/aes.h"

struct otter_aes256_ctr_stream {
    struct otter_stream stream;
    struct otter_stream *src;
    uint8_t used; /* bytes of key_stream that are used up */
    uint8_t counter[OTTER_AES_BLOCK_SIZE];
    uint8_t key_stream[OTTER_AES_BLOCK_SIZE];
    struct otter_aes256 aes;
};

#define OTTER_AES256_CTR_WORK sizeof(struct otter_aes256_ctr_stream) /* bytes of work memory */

#endif
