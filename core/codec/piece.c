#include "core/codec/piece.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"

static void skip_rest_of_piece(struct otter_input *in)
{
    otter_input_take(in, NULL, otter_input_left(in));
}

/* What the decoder left of the piece before is skipped: QuickLZ fills very short pieces up. */
static int next_piece(struct otter_piece_stream *s)
{
    struct otter_input *in = &s->in;
    uint8_t prefix[4];

    skip_rest_of_piece(in);
    in->limit = sizeof prefix;
    otter_input_take(in, prefix, sizeof prefix);
    in->limit = otter_be32(prefix);
    if (in->err)
        return in->err;
    int n = s->decode(in, s->out);
    if (n < 0)
        return n;
    if (!n || (uint32_t)n > s->left)
        return OTTER_E_FORMAT;
    s->left -= (uint32_t)n;
    s->pos = 0;
    s->len = (uint16_t)n;
    return 0;
}

/* After the last piece, nothing but padding may follow. */
static int finish(struct otter_piece_stream *s)
{
    if (s->finished)
        return 0;
    s->finished = true;
    skip_rest_of_piece(&s->in);
    return s->in.err ? s->in.err : otter_input_finish(&s->in);
}

static int piece_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_piece_stream *s = (struct otter_piece_stream *)stream;

    if (s->in.err)
        return s->in.err;
    if (s->pos == s->len) {
        int err = s->left ? next_piece(s) : finish(s);
        if (err)
            return s->in.err = err;
    }
    if (len > (size_t)(s->len - s->pos))
        len = (size_t)(s->len - s->pos);
    memcpy(buf, s->out + s->pos, len);
    s->pos = (uint16_t)(s->pos + len);
    return (int)len;
}

struct otter_stream *otter_piece_open(struct otter_piece_stream *s, struct otter_stream *src, uint32_t raw_size,
                                      int (*decode)(struct otter_input *in, uint8_t *out))
{
    s->stream.read = piece_read;
    s->decode = decode;
    s->left = raw_size;
    s->pos = s->len = 0;
    s->finished = false;
    otter_input_init(&s->in, src, 0);
    return &s->stream;
}
