/*
 * What a decoder reads its bytes from: a small read-ahead on a stream, with a limit. Errors stick, so that a decoder
 * asks once an item, not once a byte.
 */
#ifndef OTTER_CODEC_INPUT_H
#define OTTER_CODEC_INPUT_H

#include "core/codec.h"

#define OTTER_INPUT_AHEAD 128 /* bytes */

struct otter_input {
    struct otter_stream *src;
    uint32_t limit;          /* bytes that may still be pulled from src */
    int err;                 /* the first error, or 0 */
    const uint8_t *at, *end; /* what of buf is unread */
    uint8_t buf[OTTER_INPUT_AHEAD];
};

/* Pulls at most `limit` bytes from src. The owner may set the field anew, for the next piece. */
void otter_input_init(struct otter_input *in, struct otter_stream *src, uint32_t limit);

/* The next byte; 0 after an error. Beyond the limit: OTTER_E_FORMAT. */
uint8_t otter_input_byte(struct otter_input *in);

/* Bytes up to the limit. */
static inline uint32_t otter_input_left(const struct otter_input *in)
{
    return in->limit + (uint32_t)(in->end - in->at);
}

/* The next `n` bytes (1..4) as a number, least significant first. */
uint32_t otter_input_le(struct otter_input *in, unsigned n);

/* Takes exactly len bytes, to `out`, or to nowhere if out is NULL. */
void otter_input_take(struct otter_input *in, uint8_t *out, size_t len);

/*
 * Reads the source to its end: 0, or OTTER_E_FORMAT if more than a cipher's padding follows what the decoder needed.
 * Once, after the last byte.
 */
int otter_input_finish(struct otter_input *in);

/* Copies `len` (at least 1) bytes from `distance` back, bytewise forwards, so that the two stretches may overlap. */
static inline void otter_copy_match(uint8_t *to, uint32_t distance, uint32_t len)
{
    const uint8_t *from = to - distance;

    do
        *to++ = *from++;
    while (--len);
}

#endif
