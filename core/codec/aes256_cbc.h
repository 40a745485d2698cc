#ifndef OTTER_CODEC_AES256_CBC_H
#define OTTER_CODEC_AES256_CBC_H

#include "core/codec.h"
#include "core/crypto/aes.h"

struct otter_aes256_cbc_stream {
    struct otter_stream stream;
    struct otter_stream *src;
    int err;           /* the first error, or 0 */
    uint16_t pos, len; /* what of buf is unread */
    uint8_t iv[OTTER_AES_BLOCK_SIZE];
    struct otter_aes256 aes;
    uint8_t buf[256]; /* whole blocks */
};

#define OTTER_AES256_CBC_WORK sizeof(struct otter_aes256_cbc_stream) /* bytes of work memory */

#endif
