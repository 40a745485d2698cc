/*
 * AES-256-CBC as a stage. The padding is passed on: who asks for the image knows its length.
 */
#include "core/codec/aes256_cbc.h"

#include <string.h>

#include "core/err.h"

/* Fills buf with whole blocks: the source may give any number of bytes at a time. */
static int fill(struct otter_aes256_cbc_stream *s)
{
    size_t len = 0;
    int n = 1;

    while (len < sizeof s->buf && n > 0) {
        n = otter_stream_read(s->src, s->buf + len, sizeof s->buf - len);
        if (n > 0)
            len += (size_t)n;
    }
    if (n < 0)
        return n;
    if (len % OTTER_AES_BLOCK_SIZE)
        return OTTER_E_TRUNCATED;
    otter_aes256_cbc_decrypt(&s->aes, s->iv, s->buf, len / OTTER_AES_BLOCK_SIZE);
    s->pos = 0;
    s->len = (uint16_t)len;
    return 0;
}

static int aes_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_aes256_cbc_stream *s = (struct otter_aes256_cbc_stream *)stream;

    if (s->pos == s->len && !s->err)
        s->err = fill(s);
    if (s->err)
        return s->err;
    if (len > (size_t)(s->len - s->pos))
        len = (size_t)(s->len - s->pos);
    memcpy(buf, s->buf + s->pos, len);
    s->pos = (uint16_t)(s->pos + len);
    return (int)len;
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    struct otter_aes256_cbc_stream *s = work;

    s->stream.read = aes_read;
    s->src = src;
    s->err = s->pos = s->len = 0;
    memcpy(s->iv, args->iv, sizeof s->iv);
    otter_aes256_set_decrypt_key(&s->aes, args->key);
    return &s->stream;
}

const struct otter_codec otter_codec_aes256_cbc = { "aes256", OTTER_CODEC_AES256_CBC, OTTER_AES256_CBC_WORK, true,
                                                    open };
