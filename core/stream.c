#include "core/stream.h"

#include "core/err.h"

int otter_stream_read_all(struct otter_stream *stream, void *buf, size_t len)
{
    uint8_t *at = buf;

    while (len) {
        int n = otter_stream_read(stream, at, len);
        if (n <= 0)
            return n ? n : OTTER_E_TRUNCATED;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int part_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_part_stream *s = (struct otter_part_stream *)stream;
    size_t n = s->end - s->pos;

    if (n > len)
        n = len;
    if (!n)
        return 0;
    int err = otter_part_read(s->part, s->pos, buf, n);
    if (err)
        return err;
    s->pos += (uint32_t)n;
    return (int)n;
}

void otter_part_stream_init(struct otter_part_stream *s, const struct otter_part *part, uint32_t off, uint32_t len)
{
    *s = (struct otter_part_stream){ { part_read }, part, off, off + len };
}
