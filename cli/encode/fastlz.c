/*
 * FastLZ level 1, encoding one piece as short as its format allows (docs/SPEC.md has the format).
 *
 * The cheapest way from each place to the end is worked out from the end backwards. A match costs the same at any
 * distance, so only the longest one at each place matters, cut to every length it allows.
 */
#include <string.h>

#include "cli/encode/encode.h"

enum {
    PIECE = OTTER_RBL_PIECE_SIZE,
    RUN_MAX = 32, /* literals behind one opcode */
    MATCH_MIN = 3,
    SHORT_MATCH_MAX = 8, /* longer ones cost a byte more */
    MATCH_MAX = 264,
    LONG_MATCH = 7,     /* opcode type: the length goes on in the next byte */
    FIRST_MATCH = 2,    /* the first two bytes are literals */
    NO_MATCH_TAIL = 12, /* no match starts within the last bytes */
    NOWHERE = 0xFFFF,
};

struct match {
    uint32_t len, distance;
};

struct plan {
    const uint8_t *raw;
    uint32_t size;
    uint16_t previous[PIECE]; /* the last place before whose three bytes hash alike, or NOWHERE */
    uint16_t cost[PIECE + 1]; /* bytes for everything from this place on */
    uint16_t len[PIECE];      /* raw bytes that the next opcode stands for */
    uint16_t distance[PIECE]; /* 0: they are literals */
};

static uint32_t hash(const uint8_t *p)
{
    return (p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16) * 2654435761u >> 20; /* Knuth's multiplicative hash */
}

static void link_places(struct plan *p)
{
    uint16_t last[1 << 12];

    memset(last, 0xFF, sizeof last);
    for (uint32_t at = 0; at + MATCH_MIN <= p->size; at++) {
        uint16_t *bucket = &last[hash(p->raw + at)];
        p->previous[at] = *bucket;
        *bucket = (uint16_t)at;
    }
}

static struct match longest_match(const struct plan *p, uint32_t at)
{
    uint32_t most = p->size - at < MATCH_MAX ? p->size - at : MATCH_MAX;
    struct match best = { 0, 0 };

    for (uint32_t from = p->previous[at]; from != NOWHERE && best.len < most; from = p->previous[from]) {
        uint32_t len = 0;
        while (len < most && p->raw[from + len] == p->raw[at + len])
            len++;
        if (len > best.len)
            best = (struct match){ len, at - from };
    }
    return best;
}

/* Keeps this way on from `at` if it is cheaper than those seen before. */
static void consider(struct plan *p, uint32_t at, struct match way, uint32_t bytes)
{
    uint32_t cost = bytes + p->cost[at + way.len];

    if (cost >= p->cost[at])
        return;
    p->cost[at] = (uint16_t)cost;
    p->len[at] = (uint16_t)way.len;
    p->distance[at] = (uint16_t)way.distance;
}

static void plan_piece(struct plan *p)
{
    link_places(p);
    p->cost[p->size] = 0;
    for (uint32_t at = p->size; at-- > 0;) {
        p->cost[at] = UINT16_MAX;
        for (uint32_t len = 1; len <= RUN_MAX && len <= p->size - at; len++)
            consider(p, at, (struct match){ len, 0 }, 1 + len);
        if (at < FIRST_MATCH || at + NO_MATCH_TAIL >= p->size)
            continue;
        struct match m = longest_match(p, at);
        for (uint32_t len = MATCH_MIN; len <= m.len; len++)
            consider(p, at, (struct match){ len, m.distance }, len <= SHORT_MATCH_MAX ? 2 : 3);
    }
}

static uint8_t *put_run(uint8_t *out, const uint8_t *raw, uint32_t len)
{
    *out++ = (uint8_t)(len - 1);
    memcpy(out, raw, len);
    return out + len;
}

static uint8_t *put_match(uint8_t *out, uint32_t len, uint32_t distance)
{
    uint32_t d = distance - 1;
    uint32_t type = len <= SHORT_MATCH_MAX ? len - 2 : LONG_MATCH;

    *out++ = (uint8_t)(type << 5 | d >> 8);
    if (type == LONG_MATCH)
        *out++ = (uint8_t)(len - SHORT_MATCH_MAX - 1);
    *out++ = (uint8_t)d;
    return out;
}

/* The first opcode is a run, since no match is allowed there: the zeros above its length also say "level 1". */
size_t encode_fastlz_piece(const uint8_t *raw, size_t size, uint8_t out[ENCODED_PIECE_MAX])
{
    struct plan p;
    uint8_t *end = out;

    p.raw = raw;
    p.size = (uint32_t)size;
    plan_piece(&p);
    for (uint32_t at = 0; at < p.size; at += p.len[at])
        end = p.distance[at] ? put_match(end, p.len[at], p.distance[at]) : put_run(end, raw + at, p.len[at]);
    return (size_t)(end - out);
}
