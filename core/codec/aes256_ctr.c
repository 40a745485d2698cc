/*
 * AES-256-CTR as a stage: in the reader's own buffer, so it needs none.
 */
#include "core/codec/aes256_ctr.h"

#include <string.h>

static int ctr_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_aes256_ctr_stream *s = (struct otter_aes256_ctr_stream *)stream;
    uint8_t *at = buf;
    int n = otter_stream_read(s->src, buf, len);

    for (int left = n; left > 0; left--) {
        if (s->used == OTTER_AES_BLOCK_SIZE) {
            otter_aes256_ctr_block(&s->aes, s->counter, s->key_stream);
            s->used = 0;
        }
        *at++ ^= s->key_stream[s->used++];
    }
    return n;
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    struct otter_aes256_ctr_stream *s = work;

    s->stream.read = ctr_read;
    s->src = src;
    s->used = OTTER_AES_BLOCK_SIZE;
    memcpy(s->counter, args->iv, sizeof s->counter);
    otter_aes256_set_encrypt_key(&s->aes, args->key);
    return &s->stream;
}

const struct otter_codec otter_codec_aes256_ctr = { "aes256-ctr", OTTER_CODEC_AES256_CTR, OTTER_AES256_CTR_WORK, true,
                                                    open };
