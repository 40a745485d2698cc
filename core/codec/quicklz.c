/*
 * QuickLZ 1.5.0 level 3, decoding one piece (docs/SPEC.md).
 *
 *     flags | total size | raw size | control word, items, control word, items ...
 *
 * A control word is 31 flags, least significant first, under a sentinel bit. Flag 0 is a literal, flag 1 a match.
 */
#include "core/codec/quicklz.h"

#include "core/err.h"

enum {
    COMPRESSED = 1,     /* flags, bit 0: items follow, not the raw bytes */
    LONG = 2,           /* flags, bit 1: sizes of four bytes, not of one */
    LEVEL_3 = 0x4C,     /* flags, the other bits */
    LITERALS_ONLY = 11, /* no match starts this close to the end */
};

#define NO_FLAGS_LEFT 1u /* only the sentinel is left of a control word */

struct match {
    uint32_t distance, len;
};

/* Five encodings, told apart by the low bits of their first byte: the shortest take no other. */
static struct match read_match(struct otter_input *in)
{
    static const uint8_t more[4] = { 0, 1, 1, 2 };
    uint32_t x = otter_input_byte(in);
    bool longest = (x & 127) == 3;

    x |= otter_input_le(in, longest ? 3 : more[x & 3]) << 8;
    if (longest)
        return (struct match){ x >> 15, (x >> 7 & 255) + 3 };
    switch (x & 3) {
    case 2:
        return (struct match){ x >> 6, (x >> 2 & 15) + 3 };
    case 3:
        return (struct match){ x >> 7, (x >> 2 & 31) + 2 };
    }
    return (struct match){ x >> 2, 3 };
}

/* A flag 0 near the end stands for all the bytes that remain; their flags are there, but say nothing. */
static void read_last_literals(struct otter_input *in, uint8_t *out, uint32_t left, uint32_t control)
{
    for (; left; left--, control >>= 1) {
        if (control == NO_FLAGS_LEFT) {
            otter_input_take(in, NULL, 4);
            control = 1u << 31;
        }
        *out++ = otter_input_byte(in);
    }
}

static int read_items(struct otter_input *in, uint8_t *out, uint32_t size)
{
    uint32_t control = NO_FLAGS_LEFT;
    uint32_t pos = 0;

    while (pos < size) {
        if (control == NO_FLAGS_LEFT)
            control = otter_input_le(in, 4);
        for (; !(control & 1) && size - pos > LITERALS_ONLY; control >>= 1)
            out[pos++] = otter_input_byte(in);
        if (control == NO_FLAGS_LEFT)
            continue;
        if (!(control & 1)) {
            read_last_literals(in, out + pos, size - pos, control);
            break;
        }
        struct match m = read_match(in);
        if (!m.distance || m.distance > pos || m.len > size - pos)
            return in->err ? in->err : OTTER_E_FORMAT;
        otter_copy_match(out + pos, m.distance, m.len);
        pos += m.len;
        control >>= 1;
    }
    return in->err;
}

static int decode(struct otter_input *in, uint8_t *out)
{
    uint32_t piece = otter_input_left(in);
    uint8_t flags = otter_input_byte(in);
    unsigned width = flags & LONG ? 4 : 1;
    uint32_t total = otter_input_le(in, width);
    uint32_t size = otter_input_le(in, width);

    if (in->err)
        return in->err;
    if ((flags & ~(COMPRESSED | LONG)) != LEVEL_3 || total != piece || size > OTTER_RBL_PIECE_SIZE)
        return OTTER_E_FORMAT;
    if (!(flags & COMPRESSED))
        otter_input_take(in, out, size);
    int err = flags & COMPRESSED ? read_items(in, out, size) : in->err;
    return err ? err : (int)size;
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    return otter_piece_open(work, src, args->raw_size, decode);
}

const struct otter_codec otter_codec_quicklz = { "quicklz", OTTER_CODEC_QUICKLZ, OTTER_QUICKLZ_WORK, false, open };
