#include "cli/encode/delta/delta.h"

#include <stdlib.h>
#include <string.h>

#include "cli/encode/delta/align.h"
#include "core/bytes.h"
#include "core/codec/delta_model.h"

enum { SIZE_MAX_ENCODED = 1 << 28 };

/* When a copy pays, in bytes. What is best depends on the images, so several are tried. */
struct taste {
    uint32_t near_min;   /* that a copy from where the last one ended must have */
    uint32_t far_min;    /* that one from elsewhere must have */
    uint32_t far_worth;  /* by which it must be longer than the one from there */
    uint32_t mapped_min; /* that a record of the map must have */
};

struct encoder {
    struct otter_delta model;
    const struct delta_alignment *alignment;
    struct taste taste;
    uint32_t from; /* the base's current position */

    uint32_t low, range;
    uint8_t *out;
    size_t size, room;
    int failed;
};

static void put(struct encoder *e, uint8_t byte)
{
    if (e->size == e->room) {
        uint8_t *more = realloc(e->out, e->room * 2 + 256);
        if (!more) {
            e->failed = 1;
            return;
        }
        e->out = more;
        e->room = e->room * 2 + 256;
    }
    e->out[e->size++] = byte;
}

static void carry(struct encoder *e)
{
    for (size_t i = e->size; i > OTTER_DELTA_HEAD && !++e->out[i - 1]; i--)
        ;
}

static unsigned encode_bit(struct otter_delta *model, uint32_t p, unsigned bit)
{
    struct encoder *e = (struct encoder *)((uint8_t *)model - offsetof(struct encoder, model));
    uint32_t bound = (e->range >> 16) * p;

    bit = bit & 1;
    if (bit) {
        e->range = bound;
    } else {
        e->low += bound;
        e->range -= bound;
        if (e->low < bound)
            carry(e);
    }
    for (; e->range < 1u << 24; e->range <<= 8, e->low <<= 8)
        put(e, (uint8_t)(e->low >> 24));
    return bit;
}

/* The fewest bytes that decode right, whatever follows them. */
static void finish(struct encoder *e)
{
    for (unsigned n = 1; n <= 4; n++) {
        uint32_t below = n == 4 ? 0 : UINT32_MAX >> 8 * n;
        uint64_t value = ((uint64_t)e->low + below) & ~(uint64_t)below;
        if (value + below > (uint64_t)e->low + e->range - 1)
            continue;
        if (value >> 32)
            carry(e);
        for (unsigned i = 0; i < n; i++)
            put(e, (uint8_t)(value >> (24 - 8 * i)));
        return;
    }
}

static uint32_t value_at(const struct encoder *e, uint32_t to, unsigned len)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < len; i++)
        value |= (uint32_t)e->alignment->image.at[to + i] << 8 * i;
    return value;
}

static void predict(struct encoder *e, struct otter_delta *model, struct otter_delta_item *item, uint32_t to,
                    uint32_t from, uint32_t len)
{
    const struct delta_stretch base = e->alignment->base;
    uint32_t word = 0;

    for (unsigned i = 0; i < 4 && from + i < base.size; i++)
        word |= (uint32_t)base.at[from + i] << 8 * i;
    otter_delta_predict(model, item, word, from, to, len);
}

/* Whether all items of a stride will be as expected: tried on a copy of the model, which learns as it goes. */
static bool is_stride(struct encoder *e, uint32_t to, uint32_t from, uint32_t len)
{
    struct otter_delta model = e->model;
    struct otter_delta_item item;

    for (uint32_t done = 0; done < OTTER_DELTA_STRIDE; done += item.len) {
        predict(e, &model, &item, to + done, from + done, len - done);
        if (value_at(e, to + done, item.len) != item.expected)
            return false;
        otter_delta_learn(&model, &item, item.expected);
    }
    return true;
}

static void copy(struct encoder *e, uint32_t to, uint32_t from, uint32_t len)
{
    uint32_t flagged_to = to, end = to + len;
    bool missed = true, as_expected = false;
    struct otter_delta_item item;

    otter_delta_begin_copy(&e->model);
    for (; to < end; to += item.len, from += item.len) {
        if (to >= flagged_to) {
            bool whole = end - to >= OTTER_DELTA_STRIDE;
            flagged_to = whole ? to + OTTER_DELTA_STRIDE : end;
            as_expected = whole && otter_delta_stride(&e->model, is_stride(e, to, from, end - to));
            missed = !whole;
        }
        predict(e, &e->model, &item, to, from, end - to);
        uint32_t value = value_at(e, to, item.len);
        if (!as_expected)
            otter_delta_item(&e->model, &item, value, !missed && to + item.len >= flagged_to);
        missed |= value != item.expected;
        otter_delta_learn(&e->model, &item, value);
    }
    e->from = from;
}

/* What of the base to copy at `to`: the length, or 0 for a literal. */
static uint32_t choose(const struct encoder *e, uint32_t to, uint32_t limit, uint32_t *from)
{
    uint32_t near = delta_same(e->alignment, to, e->from, limit), far_from;
    uint32_t far = delta_longest(e->alignment, to, limit, &far_from);

    if (far >= e->taste.far_min && far > near + e->taste.far_worth) {
        *from = far_from;
        return far;
    }
    *from = e->from;
    return near >= e->taste.near_min ? near : 0;
}

/* What the map does not have: literals and copies. */
static void fill(struct encoder *e, uint32_t to, uint32_t end)
{
    while (to < end) {
        uint32_t from, len = choose(e, to, end - to, &from);
        otter_delta_op(&e->model, to & 1, len ? OTTER_DELTA_COPY : OTTER_DELTA_LITERAL);
        if (len) {
            otter_delta_signed(&e->model, OTTER_DELTA_COPY_JUMP, 0, (int32_t)(from - e->from));
            otter_delta_number(&e->model, OTTER_DELTA_COPY_LENGTH, 0, len - OTTER_DELTA_MATCH_MIN);
            copy(e, to, from, len);
        } else {
            uint32_t near = 0;
            len = to & 1 || end - to < 2 ? 1 : 2;
            for (unsigned i = 0; i < 2 && e->from + i < e->alignment->base.size; i++)
                near |= (uint32_t)e->alignment->base.at[e->from + i] << 8 * i;
            otter_delta_literal(&e->model, len, near, value_at(e, to, len));
            e->from += len;
        }
        to += len;
    }
}

static int longest_first(const void *a, const void *b)
{
    const struct otter_delta_record *x = a, *y = b;

    return x->len != y->len ? (x->len < y->len) - (x->len > y->len) : (x->to > y->to) - (x->to < y->to);
}

static int in_order(const void *a, const void *b)
{
    const struct otter_delta_record *x = a, *y = b;

    return (x->to > y->to) - (x->to < y->to);
}

/* The longest records, as many as the decoder has room for. */
static uint32_t choose_records(const struct delta_alignment *a, struct otter_delta_record *out, uint32_t max,
                               uint32_t mapped_min)
{
    uint32_t n = 0;

    qsort(a->records, a->record_count, sizeof *a->records, longest_first);
    while (n < max && n < a->record_count && a->records[n].len >= mapped_min)
        n++;
    memcpy(out, a->records, n * sizeof *out);
    qsort(out, n, sizeof *out, in_order);
    return n;
}

static void encode(struct encoder *e)
{
    struct otter_delta *d = &e->model;
    uint32_t to = 0;

    otter_delta_map(d, d->record_count);
    for (uint32_t i = 0; i < d->record_count; i++) {
        const struct otter_delta_record *r = &d->records[i];
        fill(e, to, r->to);
        copy(e, r->to, r->from, r->len);
        to = r->to + r->len;
    }
    fill(e, to, d->raw_size);
    finish(e);
}

static uint8_t *encode_aligned(const struct delta_alignment *a, struct delta_options options, struct taste taste,
                               size_t *patch_size)
{
    uint16_t slots[1 << (OTTER_DELTA_BITS_MAX - 1)];
    struct otter_delta_record records[OTTER_DELTA_RECORDS_MAX];
    uint16_t by_from[OTTER_DELTA_RECORDS_MAX];
    struct encoder e = { .alignment = a, .taste = taste, .range = UINT32_MAX };
    uint8_t head[OTTER_DELTA_HEAD] = { (uint8_t)options.bits };

    otter_delta_init(&e.model, options.bits, slots, records, by_from);
    e.model.code = encode_bit;
    e.model.load = options.load;
    e.model.base_size = (uint32_t)a->base.size;
    e.model.raw_size = (uint32_t)a->image.size;
    e.model.record_count = choose_records(a, records, otter_delta_records(options.bits), taste.mapped_min);
    otter_put_le32(head + 1, options.load);
    for (unsigned i = 0; i < sizeof head; i++)
        put(&e, head[i]);
    encode(&e);
    if (e.failed) {
        free(e.out);
        return NULL;
    }
    *patch_size = e.size;
    return e.out;
}

struct patch {
    uint8_t *bytes;
    size_t size;
};

/* Keeps the smaller one. */
static bool attempt(struct patch *best, const struct delta_alignment *a, struct delta_options options,
                    struct taste taste)
{
    struct patch p;

    p.bytes = encode_aligned(a, options, taste, &p.size);
    if (!p.bytes || (best->bytes && best->size <= p.size)) {
        free(p.bytes);
        return false;
    }
    free(best->bytes);
    *best = p;
    return true;
}

static struct patch encode_best(const struct delta_alignment *a, struct delta_options options)
{
    static const uint32_t far[] = { 6, 11, 16, 24, 40 }, mapped[] = { 16, 40, 80, 160 }, worth[] = { 3, 12 };
    struct taste taste = { 4, 8, 6, 24 };
    struct patch best = { NULL, 0 };

    attempt(&best, a, options, taste);
    struct taste t = taste;
    for (unsigned i = 0; i < sizeof far / sizeof *far; i++) {
        t.far_min = far[i];
        if (attempt(&best, a, options, t))
            taste = t;
    }
    t = taste;
    for (unsigned i = 0; i < sizeof mapped / sizeof *mapped; i++) {
        t.mapped_min = mapped[i];
        if (attempt(&best, a, options, t))
            taste = t;
    }
    t = taste;
    for (unsigned i = 0; i < sizeof worth / sizeof *worth; i++) {
        t.far_worth = worth[i];
        attempt(&best, a, options, t);
    }
    return best;
}

uint8_t *delta_encode(struct delta_stretch base, struct delta_stretch image, struct delta_options options,
                      size_t *patch_size)
{
    struct delta_alignment a;
    struct patch best = { NULL, 0 };

    if (base.size >= SIZE_MAX_ENCODED || image.size >= SIZE_MAX_ENCODED)
        return NULL;
    if (options.load == DELTA_UNKNOWN_LOAD)
        options.load = delta_find_load(base);
    if (!delta_align(&a, base, image, options.load))
        best = encode_best(&a, options);
    delta_align_free(&a);
    *patch_size = best.size;
    return best.bytes;
}
