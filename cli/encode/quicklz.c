/*
 * QuickLZ 1.5.0 level 3, encoding one piece byte for byte as the official packager does (docs/SPEC.md has the format).
 *
 * Matches are looked for among the last places where the same three bytes were hashed: 4096 buckets, each a ring of
 * 16 places. Which match wins decides the bytes, so the order of the search is part of the format here.
 */
#include <string.h>

#include "cli/encode/encode.h"
#include "core/bytes.h"

enum {
    BUCKETS = 4096,
    RING = 16,
    MATCH_MIN = 3,
    MATCH_MAX = 255,
    DISTANCE_MIN = 3,       /* nearer ones are never emitted, though decoders take them */
    NO_MATCH_TAIL = 11,     /* a match starts at least so many bytes before the end */
    NO_COVER_TAIL = 4,      /* and covers none of the last four */
    SHORT_HEADER_MAX = 215, /* raw bytes whose sizes fit one byte each */
    CORE_MIN = 9,           /* shorter payloads are filled up with zeros */
    FLAGS_PER_WORD = 31,
};

struct finder {
    uint16_t place[BUCKETS][RING];
    uint8_t count[BUCKETS]; /* insertions, modulo 256: the official packager's counter wraps, too */
};

struct match {
    uint32_t len, distance;
};

struct writer {
    uint8_t *out;
    size_t pos;
    size_t word; /* where the open control word goes */
    uint32_t flags;
    unsigned flag_count;
};

static uint32_t bucket_of(const uint8_t *p)
{
    uint32_t trigram = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

    return (trigram >> 12 ^ trigram) & (BUCKETS - 1);
}

static void insert(struct finder *f, const uint8_t *raw, uint32_t at)
{
    uint32_t b = bucket_of(raw + at);

    f->place[b][f->count[b]++ % RING] = (uint16_t)at;
}

static uint32_t common_length(const uint8_t *a, const uint8_t *b, uint32_t most)
{
    uint32_t len = 0;

    while (len < most && a[len] == b[len])
        len++;
    return len;
}

/* The longest match, of equally long ones the nearest; length 0 if there is none. */
static struct match find(const struct finder *f, const uint8_t *raw, uint32_t size, uint32_t at)
{
    uint32_t b = bucket_of(raw + at);
    uint32_t most = size - NO_COVER_TAIL - at;
    struct match best = { 0, 0 };

    if (most > MATCH_MAX)
        most = MATCH_MAX;
    for (uint32_t k = 0; k < RING && k < f->count[b]; k++) {
        uint32_t distance = at - f->place[b][k];
        uint32_t len = common_length(raw + f->place[b][k], raw + at, most);
        if (distance < DISTANCE_MIN || len < MATCH_MIN)
            continue;
        if (len > best.len || (len == best.len && distance < best.distance))
            best = (struct match){ len, distance };
    }
    return best;
}

/* The control word gets its sentinel; flags that were never put stay 0. */
static void close_word(struct writer *w)
{
    otter_put_le32(w->out + w->word, w->flags | 1u << FLAGS_PER_WORD);
}

static void open_word(struct writer *w)
{
    w->word = w->pos;
    w->pos += 4;
    w->flags = 0;
    w->flag_count = 0;
}

static void put_flag(struct writer *w, uint32_t flag)
{
    if (w->flag_count == FLAGS_PER_WORD) {
        close_word(w);
        open_word(w);
    }
    w->flags |= flag << w->flag_count++;
}

static void put_literal(struct writer *w, uint8_t byte)
{
    put_flag(w, 0);
    w->out[w->pos++] = byte;
}

/* The first of the five encodings that has room for it. In a piece, no distance needs more than 17 bits. */
static void put_match(struct writer *w, struct match m)
{
    uint32_t x;
    unsigned bytes;

    if (m.len == 3 && m.distance < 1u << 6)
        bytes = 1, x = m.distance << 2;
    else if (m.len == 3 && m.distance < 1u << 14)
        bytes = 2, x = m.distance << 2 | 1;
    else if (m.len - 3 < 1u << 4 && m.distance < 1u << 10)
        bytes = 2, x = m.distance << 6 | (m.len - 3) << 2 | 2;
    else if (m.len - 2 < 1u << 5)
        bytes = 3, x = m.distance << 7 | (m.len - 2) << 2 | 3;
    else
        bytes = 4, x = m.distance << 15 | (m.len - 3) << 7 | 3;
    put_flag(w, 1);
    for (; bytes; bytes--, x >>= 8)
        w->out[w->pos++] = (uint8_t)x;
}

/* Asked whenever a control word is full: past the middle, with less than 1/32 gained. */
static int gains_too_little(const struct writer *w, uint32_t at, uint32_t size)
{
    return w->flag_count == FLAGS_PER_WORD && at > size / 2 && w->pos > at - at / 32;
}

/* The payload's length, or 0 if the piece is to be stored. */
static size_t compress(const uint8_t *raw, uint32_t size, uint8_t *out)
{
    struct finder f;
    struct writer w = { .out = out };
    uint32_t at = 0;

    memset(f.count, 0, sizeof f.count);
    open_word(&w);
    while (at + NO_MATCH_TAIL <= size) {
        if (gains_too_little(&w, at, size))
            return 0;
        struct match m = find(&f, raw, size, at);
        if (m.len)
            put_match(&w, m);
        else
            put_literal(&w, raw[at]);
        for (uint32_t end = at + (m.len ? m.len : 1); at < end; at++)
            insert(&f, raw, at);
    }
    while (at < size)
        put_literal(&w, raw[at++]);
    close_word(&w);
    while (w.pos < CORE_MIN)
        w.out[w.pos++] = 0;
    return w.pos;
}

size_t encode_quicklz_piece(const uint8_t *raw, size_t size, uint8_t out[ENCODED_PIECE_MAX])
{
    int is_long = size > SHORT_HEADER_MAX;
    size_t header = is_long ? 9 : 3;
    size_t payload = compress(raw, (uint32_t)size, out + header);
    int compressed = payload > 0;

    if (!compressed) {
        memcpy(out + header, raw, size);
        payload = size;
    }
    out[0] = (uint8_t)(0x4C | is_long << 1 | compressed);
    if (is_long) {
        otter_put_le32(out + 1, (uint32_t)(header + payload));
        otter_put_le32(out + 5, (uint32_t)size);
    } else {
        out[1] = (uint8_t)(header + payload);
        out[2] = (uint8_t)size;
    }
    return header + payload;
}
