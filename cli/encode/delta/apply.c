#include "cli/encode/delta/apply.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"

struct memory_flash {
    struct otter_flash flash;
    const struct delta_job *job;
};

static int flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    const struct delta_job *job = ((const struct memory_flash *)flash)->job;

    if (!job->base_err)
        memcpy(buf, job->base.at + off, len);
    return job->base_err;
}

struct memory_stream {
    struct otter_stream stream;
    const uint8_t *at;
    size_t left;
};

static int memory_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct memory_stream *s = (struct memory_stream *)stream;

    if (len > s->left)
        len = s->left;
    memcpy(buf, s->at, len);
    s->at += len;
    s->left -= len;
    return (int)len;
}

int delta_apply(const struct delta_job *job, uint8_t *image, size_t size, size_t *done)
{
    uint32_t base_size = (uint32_t)job->base.size;
    struct memory_flash flash = { { .size = base_size, .erase_size = 1, .prog_size = 1, .read = flash_read }, job };
    struct otter_part part = { "base", &flash.flash, 0, base_size, 0 };
    struct otter_codec_args args = { .raw_size = (uint32_t)size, .base = &part, .base_size = base_size };
    struct memory_stream patch = { { memory_read }, job->patch.at, job->patch.size };
    void *work = malloc(job->codec->work_size);
    int n = 1;

    *done = 0;
    if (!work)
        return OTTER_E_NO_MEMORY;
    struct otter_stream *stream = job->codec->open(work, &patch.stream, &args);
    while (*done < size && n > 0) {
        size_t want = job->read_most && job->read_most < size - *done ? job->read_most : size - *done;
        n = otter_stream_read(stream, image + *done, want);
        if (n > 0)
            *done += (size_t)n;
    }
    if (n >= 0) {
        uint8_t extra;
        n = otter_stream_read(stream, &extra, 1);
    }
    free(work);
    return n > 0 ? OTTER_E_TOO_LARGE : n < 0 ? n : *done == size ? 0 : OTTER_E_TRUNCATED;
}
