/*
 * Delta: an image as its difference to another one, the base (docs/SPEC.md).
 *
 *      0 log2 of the table's size   1 u32 load address   5 coded bits: map, then strides, items, literals, copies
 *
 * Where the map has a record, the base's bytes are copied, each item as predicted or corrected. Elsewhere a flag says
 * whether a literal or a copy of a stretch that the map does not know comes next.
 */
#include "core/codec/delta.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"

/* Zeros after the end of the patch: the coder's last bytes are left out where they are zero. */
enum { BEYOND_MAX = 4 };

static struct otter_delta_stream *of(struct otter_delta *model)
{
    return (struct otter_delta_stream *)((uint8_t *)model - offsetof(struct otter_delta_stream, model));
}

static uint32_t next_byte(struct otter_delta_stream *s)
{
    uint32_t byte = otter_input_byte(&s->in);

    if (s->in.err && !s->err && (s->in.err != OTTER_E_TRUNCATED || ++s->beyond > BEYOND_MAX))
        s->err = s->in.err;
    return byte;
}

static unsigned decode_bit(struct otter_delta *model, uint32_t p, unsigned bit)
{
    struct otter_delta_stream *s = of(model);
    uint32_t bound = (s->range >> 16) * p;

    bit = s->code_value < bound;
    if (bit) {
        s->range = bound;
    } else {
        s->code_value -= bound;
        s->range -= bound;
    }
    while (s->range < 1u << 24) {
        s->range <<= 8;
        s->code_value = s->code_value << 8 | next_byte(s);
    }
    return bit;
}

static int begin(struct otter_delta_stream *s)
{
    uint8_t head[OTTER_DELTA_HEAD];

    otter_input_take(&s->in, head, sizeof head);
    if (s->in.err)
        return s->in.err;
    if (head[0] < OTTER_DELTA_BITS_MIN || head[0] > OTTER_DELTA_BITS_MAX)
        return OTTER_E_UNSUPPORTED;
    if (head[0] > s->bits)
        return OTTER_E_NO_MEMORY;
    uint32_t raw_size = s->model.raw_size, base_size = s->model.base_size;
    uint8_t *slots = (uint8_t *)s + OTTER_MEM_ROUND(sizeof *s);
    struct otter_delta_record *records = (struct otter_delta_record *)(slots + ((size_t)1 << head[0]));
    uint32_t count = otter_delta_records(head[0]);
    otter_delta_init(&s->model, head[0], slots, records, (uint16_t *)(records + count));
    s->model.code = decode_bit;
    s->model.load = otter_le32(head + 1);
    s->model.raw_size = raw_size;
    s->model.base_size = base_size;
    s->range = UINT32_MAX;
    for (unsigned i = 0; i < 4; i++)
        s->code_value = s->code_value << 8 | next_byte(s);
    int err = otter_delta_map(&s->model, count);
    return s->err ? s->err : err;
}

/* Reads the window that has `at`. */
static void move_window(struct otter_delta_stream *s, uint32_t at)
{
    at &= ~(uint32_t)(OTTER_DELTA_WINDOW - 1);
    uint32_t left = s->model.base_size - at;
    s->window_at = at;
    s->window_len = left < OTTER_DELTA_WINDOW ? left : OTTER_DELTA_WINDOW;
    int err = otter_part_read(s->base, at, s->window, s->window_len);
    if (err) {
        s->err = s->err ? s->err : err;
        memset(s->window, 0, sizeof s->window);
    }
}

/* The base's four bytes from `from` on, with zeros after its end. */
static uint32_t peek(struct otter_delta_stream *s, uint32_t from)
{
    uint32_t word = 0;

    if (s->window_len >= 4 && from - s->window_at <= s->window_len - 4)
        return otter_le32(s->window + (from - s->window_at));
    for (unsigned i = 0; i < 32 && from < s->model.base_size; i += 8, from++) {
        if (from - s->window_at >= s->window_len)
            move_window(s, from);
        word |= (uint32_t)s->window[from - s->window_at] << i;
    }
    return word;
}

static void begin_copy(struct otter_delta_stream *s, uint32_t from, uint32_t len)
{
    s->from = from;
    s->copy_left = len;
    s->flagged_to = s->to;
    s->expected_to = s->to;
    otter_delta_begin_copy(&s->model);
}

/* A flag before each stride of a copy, where a whole one is left. */
static void next_stride(struct otter_delta_stream *s)
{
    s->missed = true;
    s->flagged_to = s->to + s->copy_left;
    if (s->copy_left < OTTER_DELTA_STRIDE)
        return;
    s->flagged_to = s->to + OTTER_DELTA_STRIDE;
    s->missed = false;
    if (otter_delta_stride(&s->model, false))
        s->expected_to = s->flagged_to;
}

static void copy_item(struct otter_delta_stream *s)
{
    struct otter_delta_item item;

    if (s->to >= s->flagged_to)
        next_stride(s);
    otter_delta_predict(&s->model, &item, peek(s, s->from), s->from, s->to, s->copy_left);
    uint32_t value = item.expected;
    if (s->to >= s->expected_to) {
        value = otter_delta_item(&s->model, &item, 0, !s->missed && s->to + item.len >= s->flagged_to);
        s->missed |= value != item.expected;
    }
    otter_delta_learn(&s->model, &item, value);
    otter_put_le32(s->pending, value);
    s->pending_len = item.len;
    s->from += item.len;
    s->copy_left -= item.len;
}

static void literal(struct otter_delta_stream *s, uint32_t left)
{
    unsigned len = s->to & 1 || left < 2 ? 1 : 2;

    otter_put_le32(s->pending, otter_delta_literal(&s->model, len, peek(s, s->from) & 0xFFFF, 0));
    s->pending_len = len;
    s->from += len;
}

/* A copy that the map does not have, which ends before the next record. */
static int unmapped_copy(struct otter_delta_stream *s, uint32_t left)
{
    uint32_t from = s->from + (uint32_t)otter_delta_signed(&s->model, OTTER_DELTA_COPY_JUMP, 0, 0);
    uint32_t len = otter_delta_number(&s->model, OTTER_DELTA_COPY_LENGTH, 0, 0) + OTTER_DELTA_MATCH_MIN;

    if (len > left || from > s->model.base_size || len > s->model.base_size - from)
        return OTTER_E_FORMAT;
    begin_copy(s, from, len);
    return 0;
}

/* Puts the next item into `pending`. */
static int next(struct otter_delta_stream *s)
{
    const struct otter_delta *d = &s->model;
    const struct otter_delta_record *r = &d->records[s->record];
    uint32_t limit = s->record < d->record_count ? r->to : d->raw_size;
    int err = 0;

    s->pending_at = s->pending_len = 0;
    if (s->copy_left) {
        copy_item(s);
    } else if (s->to == limit) {
        begin_copy(s, r->from, r->len);
        s->record++;
    } else if (otter_delta_op(&s->model, s->to & 1, 0) == OTTER_DELTA_LITERAL) {
        literal(s, limit - s->to);
    } else {
        err = unmapped_copy(s, limit - s->to);
    }
    s->to += s->pending_len;
    return s->err ? s->err : err;
}

static int delta_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_delta_stream *s = (struct otter_delta_stream *)stream;
    uint8_t *out = buf;
    size_t n = 0;

    if (!s->begun) {
        s->begun = true;
        s->err = begin(s);
    }
    while (n < len && !s->err) {
        if (s->pending_at < s->pending_len)
            out[n++] = s->pending[s->pending_at++];
        else if (s->to < s->model.raw_size)
            s->err = next(s);
        else
            break;
    }
    return n ? (int)n : s->err;
}

static struct otter_stream *open(void *work, struct otter_stream *src, const struct otter_codec_args *args,
                                 unsigned bits)
{
    struct otter_delta_stream *s = work;

    memset(s, 0, sizeof *s);
    s->stream.read = delta_read;
    s->base = args->base;
    s->bits = bits;
    s->model.raw_size = args->raw_size;
    s->model.base_size = args->base_size;
    otter_input_init(&s->in, src, UINT32_MAX);
    return &s->stream;
}

static struct otter_stream *open_4k(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    return open(work, src, args, 12);
}

static struct otter_stream *open_8k(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    return open(work, src, args, 13);
}

static struct otter_stream *open_16k(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    return open(work, src, args, 14);
}

const struct otter_codec otter_codec_delta = { "delta", OTTER_CODEC_DELTA, OTTER_DELTA_WORK(13, 128), false, open_8k };
const struct otter_codec otter_codec_delta_4k = { "delta", OTTER_CODEC_DELTA, OTTER_DELTA_WORK(12, 96), false,
                                                  open_4k };
const struct otter_codec otter_codec_delta_16k = { "delta", OTTER_CODEC_DELTA, OTTER_DELTA_WORK(14, 512), false,
                                                   open_16k };
