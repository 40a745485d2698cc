/*
 * FastLZ levels 1 and 2, decoding one piece (docs/SPEC.md).
 *
 *     000nnnnn            n + 1 literals follow
 *     tttddddd [m..] d    a match of length t + 2, or, with t = 7, longer by the bytes m
 *
 * The first opcode is a literal run whose upper bits give the level instead.
 */
#include "core/codec/fastlz.h"

#include "core/err.h"

enum {
    LONG_MATCH = 7,       /* the t of a match whose length goes on in the next bytes */
    NEAR = 31 << 8 | 255, /* level 2: the largest distance in 13 bits stands for a further one */
};

/* Level 1 has one more length byte, level 2 as many as are 255 and one more. */
static uint32_t read_long_length(struct otter_input *in, unsigned level)
{
    uint32_t len = 0;
    uint8_t more;

    do {
        more = otter_input_byte(in);
        len += more;
    } while (level == 2 && more == 255 && len <= OTTER_RBL_PIECE_SIZE);
    return len;
}

static uint32_t read_distance(struct otter_input *in, unsigned level, uint32_t op)
{
    uint32_t d = (op & 31) << 8;

    d |= otter_input_byte(in);
    if (level == 2 && d == NEAR) {
        d += (uint32_t)otter_input_byte(in) << 8;
        d += otter_input_byte(in);
    }
    return d + 1;
}

static int decode(struct otter_input *in, uint8_t *out)
{
    uint32_t op = otter_input_byte(in);
    unsigned level = (op >> 5) + 1;
    uint32_t pos = 0;

    if (level > 2)
        return OTTER_E_FORMAT;
    op &= 31;
    for (;;) {
        uint32_t type = op >> 5;
        uint32_t len = type ? type + 2 : op + 1;
        uint32_t distance = 0;

        if (type == LONG_MATCH)
            len += read_long_length(in, level);
        if (type)
            distance = read_distance(in, level, op);
        if (in->err)
            return in->err;
        if (len > OTTER_RBL_PIECE_SIZE - pos || distance > pos)
            return OTTER_E_FORMAT;
        if (type)
            otter_copy_match(out + pos, distance, len);
        else
            otter_input_take(in, out + pos, len);
        pos += len;
        if (in->err || !otter_input_left(in))
            return in->err ? in->err : (int)pos;
        op = otter_input_byte(in);
    }
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    return otter_piece_open(work, src, args->raw_size, decode);
}

const struct otter_codec otter_codec_fastlz = { "fastlz", OTTER_CODEC_FASTLZ, OTTER_FASTLZ_WORK, false, open };
