/*
 * Bodies in pieces, as RBL packs QuickLZ and FastLZ: each piece stands alone.
 *
 *     | u32 big-endian length | codec's bytes |  | length | codec's bytes |  ...
 */
#ifndef OTTER_CODEC_PIECE_H
#define OTTER_CODEC_PIECE_H

#include "core/codec.h"
#include "core/codec/input.h"
#include "core/rbl.h"

struct otter_piece_stream {
    struct otter_stream stream;

    /*
     * Decodes one piece, which is all that `in` gives up to its limit, to `out`: its raw length, 1 to
     * OTTER_RBL_PIECE_SIZE, or a negative error. May leave bytes of the piece unread.
     */
    int (*decode)(struct otter_input *in, uint8_t out[OTTER_RBL_PIECE_SIZE]);

    uint32_t left;     /* raw bytes of the image that are not decoded yet */
    uint16_t pos, len; /* what of out is unread */
    bool finished;     /* the source was read to its end */
    struct otter_input in;
    uint8_t out[OTTER_RBL_PIECE_SIZE];
};

struct otter_stream *otter_piece_open(struct otter_piece_stream *s, struct otter_stream *src, uint32_t raw_size,
                                      int (*decode)(struct otter_input *in, uint8_t *out));

#endif
