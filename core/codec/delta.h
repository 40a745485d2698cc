#ifndef OTTER_CODEC_DELTA_H
#define OTTER_CODEC_DELTA_H

#include "core/codec.h"
#include "core/codec/delta_model.h"
#include "core/codec/input.h"

enum { OTTER_DELTA_WINDOW = 64 }; /* bytes of the base that are read at once; a power of two */

struct otter_delta_stream {
    struct otter_stream stream;
    struct otter_delta model;
    const struct otter_part *base;
    unsigned bits; /* log2 of the table's bytes that there is room for */
    bool begun;
    int err; /* the first error, or 0 */

    uint32_t range, code_value; /* of the arithmetic decoder */
    unsigned beyond;            /* zeros that stood for bytes after the patch's end */

    uint32_t to, from;    /* the next byte of the image, and the base's that it likely comes from */
    uint32_t copy_left;   /* bytes of the copy that is going on */
    uint32_t expected_to; /* up to here the copy is all as expected */
    uint32_t flagged_to;  /* up to here a flag has said that it is not */
    bool missed;          /* ... and a miss was seen since */
    uint32_t record;      /* the next one of the map */
    uint8_t pending[4];   /* bytes of an item that did not fit the last read */
    unsigned pending_at, pending_len;

    uint32_t window_at; /* offset into the base, a multiple of OTTER_DELTA_WINDOW */
    uint32_t window_len;
    uint8_t window[OTTER_DELTA_WINDOW];
    struct otter_input in;
};

#define OTTER_DELTA_WORK(bits, records)                                                                                \
    (OTTER_MEM_ROUND(sizeof(struct otter_delta_stream)) + ((size_t)1 << (bits)) +                                      \
     (records) * (sizeof(struct otter_delta_record) + sizeof(uint16_t)))

#endif
