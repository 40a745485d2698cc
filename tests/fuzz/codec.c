#include "tests/fuzz/codec.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "tests/fuzz/target.h"
#include "tests/sim/source.h"

enum { OUT_MAX = 96 * 1024 };

struct result {
    int err;
    size_t len;
    uint8_t *out;
};

static struct result decode(const struct otter_codec *codec, const uint8_t *in, size_t size, uint32_t raw_size,
                            size_t source_most, size_t read_most)
{
    struct otter_codec_args args = { .raw_size = raw_size };
    struct result r = { 0, 0, malloc(OUT_MAX) };
    void *work = malloc(codec->work_size);
    struct sim_source src;

    sim_source_init(&src, in, size);
    src.most = source_most;
    struct otter_stream *stream = codec->open(work, &src.stream, &args);
    r.err = sim_read_to_end(stream, (struct sim_reader){ read_most, 1 }, r.out, OUT_MAX, &r.len);
    if (r.err != OTTER_E_TOO_LARGE)
        must(otter_stream_read(stream, r.out, 1) == r.err, "after an end or an error, the same again");
    free(work);
    return r;
}

void fuzz_codec(const struct otter_codec *codec, const uint8_t *data, size_t size)
{
    if (size < FUZZ_CODEC_HEAD)
        return;
    const uint8_t *in = data + FUZZ_CODEC_HEAD;
    uint32_t raw_size = otter_le16(data + 2);
    struct result a = decode(codec, in, size - FUZZ_CODEC_HEAD, raw_size, 0, 4096);
    struct result b = decode(codec, in, size - FUZZ_CODEC_HEAD, raw_size, data[0], data[1]);

    must(a.err == b.err, "the same error whatever the size of the reads");
    if (a.err != OTTER_E_TOO_LARGE)
        must(a.err || a.len == b.len, "the same length whatever the size of the reads");
    must(!memcmp(a.out, b.out, a.len < b.len ? a.len : b.len), "the same bytes whatever the size of the reads");
    if (codec->id != OTTER_CODEC_GZIP) {
        must(a.len <= raw_size, "no more bytes than the image has");
        must(a.err || a.len == raw_size, "all of the image or an error");
    }
    free(a.out);
    free(b.out);
}
