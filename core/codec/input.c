#include "core/codec/input.h"

#include <string.h>

#include "core/err.h"

void otter_input_init(struct otter_input *in, struct otter_stream *src, uint32_t limit)
{
    in->src = src;
    in->limit = limit;
    in->err = 0;
    in->at = in->end = in->buf;
}

static int pull(struct otter_input *in)
{
    size_t want = in->limit < sizeof in->buf ? in->limit : sizeof in->buf;

    if (!want)
        return OTTER_E_FORMAT;
    int n = otter_stream_read(in->src, in->buf, want);
    return n ? n : OTTER_E_TRUNCATED;
}

/* Bytes in the buffer, which it fills if there are none; 0 after an error. */
static size_t ready(struct otter_input *in)
{
    if (in->at == in->end && !in->err) {
        int n = pull(in);
        if (n < 0) {
            in->err = n;
        } else {
            in->limit -= (uint32_t)n;
            in->at = in->buf;
            in->end = in->buf + n;
        }
    }
    return (size_t)(in->end - in->at);
}

/* Apart, so that the common case needs no stack. */
static __attribute__((noinline)) uint8_t refill_byte(struct otter_input *in)
{
    return ready(in) ? *in->at++ : 0;
}

uint8_t otter_input_byte(struct otter_input *in)
{
    return in->at < in->end ? *in->at++ : refill_byte(in);
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
    size_t n;

    while (len && (n = ready(in)) > 0) {
        if (n > len)
            n = len;
        if (out) {
            memcpy(out, in->at, n);
            out += n;
        }
        in->at += n;
        len -= n;
    }
}

int otter_input_finish(struct otter_input *in)
{
    uint32_t extra = (uint32_t)(in->end - in->at);
    int n;

    while ((n = otter_stream_read(in->src, in->buf, sizeof in->buf)) > 0)
        extra += (uint32_t)n;
    in->at = in->end;
    if (n)
        return n;
    return extra > OTTER_PADDING_MAX ? OTTER_E_FORMAT : 0;
}
