/*
 * gzip (RFC 1952) with deflate (RFC 1951).
 *
 *     1F 8B 08 flags time[4] xfl os [extra] [name 0] [comment 0] [crc16]   blocks ...   crc32[4] size[4]
 *
 * The trailer's checksum is not compared: every package carries one of its own over the same bytes.
 */
#include "core/codec/gzip.h"

#include <string.h>

#include "core/err.h"

enum state { HEADER, BLOCK, STORED, CODED, TRAILER, END };

enum { HAS_HEADER_CRC = 2, HAS_EXTRA = 4, HAS_NAME = 8, HAS_COMMENT = 16, RESERVED = 0xE0 };

enum {
    END_OF_BLOCK = 256,
    LENGTHS = 29,   /* length symbols follow END_OF_BLOCK */
    DISTANCES = 30, /* distance symbols */
    MAX_CODE = 15,  /* bits of the longest code */
};

/* RFC 1951, 3.2.7: the order in which the lengths of the code-length code are sent. */
static const uint8_t length_order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };

/* The next n bits (0..16). */
static uint32_t take_bits(struct otter_gzip_stream *s, unsigned n)
{
    while (s->bit_count < n) {
        s->bits |= (uint32_t)otter_input_byte(&s->in) << s->bit_count;
        s->bit_count = (uint8_t)(s->bit_count + 8);
    }
    uint32_t value = s->bits & ((1u << n) - 1);
    s->bits >>= n;
    s->bit_count = (uint8_t)(s->bit_count - n);
    return value;
}

/*
 * Canonical codes of one length are consecutive, and follow those of all shorter ones: `code` counts from the first of
 * its length. Most of inflating is done here, so it takes the bits by itself.
 */
static int take_symbol(struct otter_gzip_stream *s, const struct otter_huffman *h)
{
    const uint16_t *symbol = h->symbol;
    uint32_t code = 0, bits = s->bits;
    unsigned left = s->bit_count;

    for (const uint16_t *count = h->count + 1; count <= h->count + MAX_CODE; symbol += *count++) {
        if (!left) {
            bits = otter_input_byte(&s->in);
            left = 8;
        }
        code = code << 1 | (bits & 1);
        bits >>= 1;
        left--;
        if (code < *count) {
            s->bits = bits;
            s->bit_count = (uint8_t)left;
            return symbol[code];
        }
        code -= *count;
    }
    return OTTER_E_FORMAT;
}

/* From the length of each symbol's code. More codes than the lengths have room for: OTTER_E_FORMAT. */
static int build_code(struct otter_huffman *h, const uint8_t *lengths, unsigned symbols)
{
    uint16_t next[MAX_CODE + 1];
    int room = 1;

    memset(h->count, 0, sizeof h->count);
    for (unsigned i = 0; i < symbols; i++)
        h->count[lengths[i]]++;
    h->count[0] = 0;
    next[0] = 0;
    for (unsigned len = 1; len <= MAX_CODE; len++) {
        next[len] = (uint16_t)(next[len - 1] + h->count[len - 1]);
        room = room * 2 - h->count[len];
        if (room < 0)
            return OTTER_E_FORMAT;
    }
    for (unsigned i = 0; i < symbols; i++)
        if (lengths[i])
            h->symbol[next[lengths[i]]++] = (uint16_t)i;
    return 0;
}

static int begin_fixed(struct otter_gzip_stream *s)
{
    uint8_t lengths[288];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    build_code(&s->literals, lengths, 288);
    memset(lengths, 5, DISTANCES);
    return build_code(&s->distances, lengths, DISTANCES);
}

/* The lengths of both codes, coded themselves: 0..15 a length, 16 repeats the last one, 17 and 18 repeat zero. */
static int read_lengths(struct otter_gzip_stream *s, uint8_t *lengths, unsigned total)
{
    unsigned n = 0;

    while (n < total) {
        int symbol = take_symbol(s, &s->literals);
        if (symbol < 0 || s->in.err || (symbol == 16 && !n))
            return OTTER_E_FORMAT;
        if (symbol < 16) {
            lengths[n++] = (uint8_t)symbol;
            continue;
        }
        uint8_t length = symbol == 16 ? lengths[n - 1] : 0;
        unsigned times = symbol == 16 ? 3 + take_bits(s, 2) : symbol == 17 ? 3 + take_bits(s, 3) : 11 + take_bits(s, 7);
        if (times > total - n)
            return OTTER_E_FORMAT;
        memset(lengths + n, length, times);
        n += times;
    }
    return 0;
}

static int begin_dynamic(struct otter_gzip_stream *s)
{
    uint8_t lengths[288 + 32] = { 0 };
    unsigned literals = 257 + take_bits(s, 5);
    unsigned distances = 1 + take_bits(s, 5);
    unsigned count = 4 + take_bits(s, 4);

    if (literals > 286 || distances > DISTANCES)
        return OTTER_E_FORMAT;
    for (unsigned i = 0; i < count; i++)
        lengths[length_order[i]] = (uint8_t)take_bits(s, 3);
    int err = build_code(&s->literals, lengths, 19);
    if (!err)
        err = read_lengths(s, lengths, literals + distances);
    if (!err)
        err = build_code(&s->literals, lengths, literals);
    if (!err)
        err = build_code(&s->distances, lengths + literals, distances);
    return err;
}

/* Stored blocks begin on a byte: length, and the length inverted. */
static int begin_stored(struct otter_gzip_stream *s)
{
    take_bits(s, s->bit_count);
    s->stored = take_bits(s, 16);
    return take_bits(s, 16) == (s->stored ^ 0xFFFF) ? 0 : OTTER_E_FORMAT;
}

static int begin_block(struct otter_gzip_stream *s)
{
    s->last_block = take_bits(s, 1);
    switch (take_bits(s, 2)) {
    case 0:
        s->state = STORED;
        return begin_stored(s);
    case 1:
        s->state = CODED;
        return begin_fixed(s);
    case 2:
        s->state = CODED;
        return begin_dynamic(s);
    }
    return OTTER_E_FORMAT;
}

static int end_block(struct otter_gzip_stream *s)
{
    s->state = s->last_block ? TRAILER : BLOCK;
    return 0;
}

static void put(struct otter_gzip_stream *s, uint8_t byte)
{
    s->window[s->made++ % OTTER_GZIP_WINDOW] = byte;
}

/* RFC 1951, 3.2.5, as arithmetic: lengths come in groups of four symbols, distances in pairs, each a bit longer. */
static uint32_t take_length(struct otter_gzip_stream *s, unsigned symbol)
{
    if (symbol < 8)
        return 3 + symbol;
    if (symbol == LENGTHS - 1)
        return 258;
    unsigned extra = symbol / 4 - 1;
    return 3 + ((4 + symbol % 4) << extra) + take_bits(s, extra);
}

static uint32_t take_distance(struct otter_gzip_stream *s, unsigned symbol)
{
    if (symbol < 4)
        return 1 + symbol;
    unsigned extra = symbol / 2 - 1;
    return 1 + ((2 + symbol % 2) << extra) + take_bits(s, extra);
}

static int copy_match(struct otter_gzip_stream *s, unsigned length_symbol)
{
    if (length_symbol >= LENGTHS)
        return OTTER_E_FORMAT;
    uint32_t len = take_length(s, length_symbol);
    int symbol = take_symbol(s, &s->distances);
    if (symbol < 0 || symbol >= DISTANCES)
        return OTTER_E_FORMAT;
    uint32_t distance = take_distance(s, (unsigned)symbol);
    if (distance > s->made || distance > OTTER_GZIP_WINDOW)
        return OTTER_E_FORMAT;
    while (len--)
        put(s, s->window[(s->made - distance) % OTTER_GZIP_WINDOW]);
    return 0;
}

static int read_coded(struct otter_gzip_stream *s)
{
    int symbol = take_symbol(s, &s->literals);

    if (symbol > END_OF_BLOCK)
        return copy_match(s, (unsigned)symbol - END_OF_BLOCK - 1);
    if (symbol == END_OF_BLOCK)
        return end_block(s);
    if (symbol < 0)
        return symbol;
    put(s, (uint8_t)symbol);
    return 0;
}

/* A byte at a time: few are stored, since what cannot be compressed rarely is packed as gzip. */
static int read_stored(struct otter_gzip_stream *s)
{
    if (!s->stored)
        return end_block(s);
    s->stored--;
    put(s, (uint8_t)take_bits(s, 8));
    return 0;
}

static void skip_text(struct otter_input *in)
{
    while (otter_input_byte(in) && !in->err)
        ;
}

static int read_header(struct otter_gzip_stream *s)
{
    struct otter_input *in = &s->in;
    uint32_t magic = otter_input_le(in, 3);
    uint8_t flags = otter_input_byte(in);

    if (magic != 0x088B1F || flags & RESERVED)
        return OTTER_E_FORMAT;
    otter_input_take(in, NULL, 6);
    if (flags & HAS_EXTRA)
        otter_input_take(in, NULL, otter_input_le(in, 2));
    if (flags & HAS_NAME)
        skip_text(in);
    if (flags & HAS_COMMENT)
        skip_text(in);
    if (flags & HAS_HEADER_CRC)
        otter_input_take(in, NULL, 2);
    s->state = BLOCK;
    return 0;
}

/* Bits are never taken a byte ahead, so that what is left of them belongs to the last block's last byte. */
static int read_trailer(struct otter_gzip_stream *s)
{
    otter_input_take(&s->in, NULL, 8);
    s->state = END;
    return s->in.err ? s->in.err : otter_input_finish(&s->in);
}

static int (*const steps[])(struct otter_gzip_stream *s) = {
    [HEADER] = read_header, [BLOCK] = begin_block,    [STORED] = read_stored,
    [CODED] = read_coded,   [TRAILER] = read_trailer,
};

/* Makes some bytes, unless the end comes first. No step makes more than one match. */
static int make(struct otter_gzip_stream *s, size_t want)
{
    while (s->state != END && s->made - s->given < want) {
        int err = steps[s->state](s);
        if (s->in.err)
            return s->in.err;
        if (err)
            return s->in.err = err;
    }
    return 0;
}

static int gzip_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_gzip_stream *s = (struct otter_gzip_stream *)stream;
    uint32_t at = s->given % OTTER_GZIP_WINDOW;

    if (len > OTTER_GZIP_WINDOW - at)
        len = OTTER_GZIP_WINDOW - at;
    if (len > 1024)
        len = 1024;
    int err = s->in.err ? s->in.err : make(s, len);
    if (err)
        return err;
    if (len > s->made - s->given)
        len = s->made - s->given;
    memcpy(buf, s->window + at, len);
    s->given += (uint32_t)len;
    return (int)len;
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    struct otter_gzip_stream *s = work;

    (void)args;
    memset(s, 0, offsetof(struct otter_gzip_stream, in));
    s->stream.read = gzip_read;
    otter_input_init(&s->in, src, UINT32_MAX);
    return &s->stream;
}

const struct otter_codec otter_codec_gzip = { "gzip", OTTER_CODEC_GZIP, OTTER_GZIP_WORK, false, open };
