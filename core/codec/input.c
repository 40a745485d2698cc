#include "core/codec/input.h"

#include "core/err.h"

void otter_input_init(struct otter_input *in, struct otter_stream *src, uint32_t limit)
{
    in->src = src;
    in->limit = limit;
    in->err = 0;
    in->pos = in->len = 0;
}

static int pull(struct otter_input *in)
{
    size_t want = in->limit < sizeof in->buf ? in->limit : sizeof in->buf;

    if (!want)
        return OTTER_E_FORMAT;
    int n = otter_stream_read(in->src, in->buf, want);
    return n ? n : OTTER_E_TRUNCATED;
}

uint8_t otter_input_refill(struct otter_input *in)
{
    if (in->err)
        return 0;
    int n = pull(in);
    if (n < 0) {
        in->err = n;
        return 0;
    }
    in->limit -= (uint32_t)n;
    in->len = (uint16_t)n;
    in->pos = 1;
    return in->buf[0];
}

uint32_t otter_input_le(struct otter_input *in, unsigned n)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)otter_input_byte(in) << 8 * i;
    return value;
}

void otter_input_take(struct otter_input *in, uint8_t *out, size_t len)
{
    while (len && !in->err) {
        uint8_t byte = otter_input_byte(in);
        if (out)
            *out++ = byte;
        len--;
    }
}

int otter_input_finish(struct otter_input *in)
{
    uint32_t extra = (uint32_t)in->len - in->pos;
    int n;

    while ((n = otter_stream_read(in->src, in->buf, sizeof in->buf)) > 0)
        extra += (uint32_t)n;
    in->pos = in->len = 0;
    if (n)
        return n;
    return extra > OTTER_PADDING_MAX ? OTTER_E_FORMAT : 0;
}
