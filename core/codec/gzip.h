#ifndef OTTER_CODEC_GZIP_H
#define OTTER_CODEC_GZIP_H

#include "core/codec.h"
#include "core/codec/input.h"

#define OTTER_GZIP_WINDOW 32768 /* bytes; RFC 1951 allows matches this far back */

/* A canonical Huffman code: how many codes have each length, and their symbols in the order of the codes. */
struct otter_huffman {
    uint16_t count[16];
    uint16_t symbol[288];
};

struct otter_gzip_stream {
    struct otter_stream stream;
    uint8_t state;     /* what comes next, see gzip.c */
    bool last_block;   /* no block follows the one being read */
    uint8_t bit_count; /* unused bits in `bits`, fewer than 8 between items */
    uint32_t bits;     /* next bit lowest */
    uint32_t stored;   /* bytes left of a stored block */
    uint32_t made;     /* bytes written to the window so far: the place of the next one, modulo its size */
    uint32_t given;    /* of them, how many were read */
    struct otter_huffman literals, distances;
    struct otter_input in;
    uint8_t window[OTTER_GZIP_WINDOW];
};

#define OTTER_GZIP_WORK sizeof(struct otter_gzip_stream) /* bytes of work memory */

#endif
