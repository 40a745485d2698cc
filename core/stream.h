/*
 * A stream: bytes being pulled. Stages stack by holding the stream they pull from.
 */
#ifndef OTTER_STREAM_H
#define OTTER_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "core/part.h"

struct otter_stream {
    /*
     * Gives 1..len bytes, 0 at the end of the stream, or a negative otter_err; len is at least 1. The end is not
     * an error, and an error is not the end: after either, the same answer comes again.
     */
    int (*read)(struct otter_stream *stream, void *buf, size_t len);
};

static inline int otter_stream_read(struct otter_stream *stream, void *buf, size_t len)
{
    return stream->read(stream, buf, len);
}

/* Exactly len bytes, or an error: OTTER_E_TRUNCATED where the stream ends before. */
int otter_stream_read_all(struct otter_stream *stream, void *buf, size_t len);

/* A stretch of a partition, read in order. */
struct otter_part_stream {
    struct otter_stream stream;
    const struct otter_part *part;
    uint32_t pos, end; /* offsets into the partition */
};

void otter_part_stream_init(struct otter_part_stream *s, const struct otter_part *part, uint32_t off, uint32_t len);

#endif
