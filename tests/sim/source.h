/*
 * A stream of bytes in memory that gives them as slowly, or breaks as early, as a test wants.
 */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include "core/stream.h"

struct sim_source {
    struct otter_stream stream;
    const uint8_t *data;
    size_t len, pos;
    size_t most;    /* bytes that one read gives at the most; 0 for as many as are asked for */
    size_t fail_at; /* from this position on every read gives `err`, unless err is 0 */
    int err;
    unsigned reads_after_end; /* after the end or the error was told */
};

/* Gives all of data, in one read if asked. */
void sim_source_init(struct sim_source *s, const void *data, size_t len);

/* How a test reads: `most` bytes a time, or 1 .. 700 by chance where it is 0. */
struct sim_reader {
    size_t most;
    uint32_t random;
};

/* Reads to the end or to an error, into at most cap bytes: what the last read gave; *len is what came before. */
int sim_read_to_end(struct otter_stream *stream, struct sim_reader reader, uint8_t *out, size_t cap, size_t *len);

#endif
