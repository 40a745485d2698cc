#include "tests/sim/source.h"

#include <string.h>

#include "core/err.h"
#include "tests/sim/random.h"

static int read_memory(struct otter_stream *stream, void *buf, size_t len)
{
    struct sim_source *s = (struct sim_source *)stream;
    size_t end = s->err && s->fail_at < s->len ? s->fail_at : s->len;
    size_t n = end - s->pos;

    if (!n) {
        s->reads_after_end++;
        return s->err && s->pos == s->fail_at ? s->err : 0;
    }
    if (n > len)
        n = len;
    if (s->most && n > s->most)
        n = s->most;
    memcpy(buf, s->data + s->pos, n);
    s->pos += n;
    return (int)n;
}

void sim_source_init(struct sim_source *s, const void *data, size_t len)
{
    *s = (struct sim_source){ .stream = { read_memory }, .data = data, .len = len };
}

int sim_read_to_end(struct otter_stream *stream, struct sim_reader reader, uint8_t *out, size_t cap, size_t *len)
{
    *len = 0;
    for (;;) {
        size_t want = reader.most ? reader.most : 1 + sim_random_below(&reader.random, 700);
        if (want > cap - *len)
            want = cap - *len;
        if (!want)
            return OTTER_E_TOO_LARGE;
        int n = otter_stream_read(stream, out + *len, want);
        if (n <= 0)
            return n;
        if ((size_t)n > want)
            return OTTER_E_RANGE;
        *len += (size_t)n;
    }
}
