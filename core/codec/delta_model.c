#include "core/codec/delta_model.h"

#include <string.h>

#include "core/codec/thumb.h"
#include "core/err.h"

enum {
    SET_STRIDE,
    SET_ITEM,                 /* one a kind: 1 .. 5 */
    SET_AGAIN = SET_ITEM + 5, /* still of that kind */
    SET_NUMBER,
    SET_RESIDUAL,
    SET_HIGH,
    SET_LOW,
    SET_BYTE,
    SET_NEW_HIGH,
    SET_NEW_LOW,
    SET_NEW_BYTE,
    SET_OP,
};

enum {
    RATE = 17,     /* of the weights: bits that an update is shifted down */
    ONE = 1 << 14, /* a weight of 1 */
    WEIGHT_MAX = 4 * ONE - 1,
    COUNT_MAX = 15,
    PER_BIT = 256, /* logarithms: units of a factor of two */
    LIMIT = 15 * PER_BIT - 1,
};

void otter_delta_init(struct otter_delta *d, unsigned bits, void *slots, struct otter_delta_record *records,
                      uint16_t *by_from)
{
    memset(d, 0, sizeof *d);
    d->slots = slots;
    d->slots_shift = 32 - (bits - 1);
    d->records = records;
    d->by_from = by_from;
    for (uint32_t i = 0; i < 1u << (bits - 1); i++)
        d->slots[i] = 0x8000;
    for (unsigned i = 0; i < OTTER_DELTA_SETS; i++)
        for (unsigned j = 0; j < OTTER_DELTA_INPUTS; j++)
            d->weights[i][j] = ONE * 2 / 5;
}

/* log2(x) for 1 <= x < 4096. */
static int32_t log_of(uint32_t x)
{
    static const uint8_t mantissa[32] = {
        0,   11,  22,  33,  44,  54,  63,  73,  82,  91,  100, 109, 118, 126, 134, 142,
        150, 157, 165, 172, 179, 186, 193, 200, 207, 213, 220, 226, 232, 238, 244, 250,
    };
    int32_t exponent = 31 - __builtin_clz(x);

    return exponent * PER_BIT + mantissa[(x << 12 >> exponent) >> 7 & 31];
}

/* 65536 / (1 + 2^-x). */
static uint32_t squash(int32_t x)
{
    static const uint16_t half_bits[] = {
        32768, 38390, 43691, 48418, 52429, 55691, 58254, 60214, 61681, 62762, 63550, 64119, 64528, 64820, 65028, 65176,
        65281, 65355, 65408, 65446, 65472, 65491, 65504, 65513, 65520, 65525, 65528, 65530, 65532, 65533, 65534, 65535,
    };
    uint32_t size = (uint32_t)(x < 0 ? -x : x);
    uint32_t low = half_bits[size >> 7];
    uint32_t p = low + ((half_bits[(size >> 7) + 1] - low) * (size & 127) >> 7);

    return x < 0 ? 65536 - p : p;
}

static void context(struct otter_delta *d, unsigned set, unsigned inputs, const uint32_t *ctx)
{
    d->set = set;
    d->inputs = inputs;
    d->guides = 0;
    for (unsigned i = 0; i < inputs; i++)
        d->ctx[i] = (ctx[i] * 8 + i) * 0x2C1B3C6Du + set * 0x9E3779B1u;
}

static void learn_slot(uint16_t *slot, unsigned bit)
{
    static const uint16_t rate[COUNT_MAX + 1] = {
        43691, 26214, 18725, 14564, 11916, 10082, 8738, 7710, 6899, 6242, 5699, 5243, 4855, 4520, 4228, 3972,
    };
    uint32_t count = *slot & 15;
    int32_t p = *slot >> 4;

    p += (((bit ? 4095 : 0) - p) * (int32_t)(rate[count] >> 1) + (bit ? 32767 : 0)) >> 15;
    *slot = (uint16_t)(p << 4 | (count < COUNT_MAX ? count + 1 : count));
}

/* One decision in the current context; `node` tells it from the others there. */
static unsigned code_bit(struct otter_delta *d, uint32_t node, unsigned bit)
{
    int32_t *weights = d->weights[d->set];
    uint16_t *slot[OTTER_DELTA_INPUTS];
    int32_t in[OTTER_DELTA_INPUTS];
    int32_t sum = 0;

    node *= 0x85EBCA6Bu;
    for (unsigned i = 0; i < d->inputs; i++) {
        uint32_t hash = d->ctx[i] + (i + d->guides < d->inputs ? node : 0);
        hash = (hash ^ hash >> 15) * 0xC2B2AE35u;
        slot[i] = &d->slots[hash >> d->slots_shift];
        uint32_t p = *slot[i] >> 4;
        p += !p;
        in[i] = log_of(p) - log_of(4096 - p);
        sum += in[i] * (weights[i] >> 2) >> 4;
    }
    sum >>= 8;
    sum = sum > LIMIT ? LIMIT : sum < -LIMIT ? -LIMIT : sum;
    uint32_t p = squash(sum);
    bit = d->code(d, p, bit);

    int32_t err = (bit ? 65535 : 0) - (int32_t)p;
    for (unsigned i = 0; i < d->inputs; i++) {
        int32_t w = weights[i] + ((in[i] * err + (1 << (RATE - 1))) >> RATE);
        weights[i] = w > WEIGHT_MAX ? WEIGHT_MAX : w < -WEIGHT_MAX ? -WEIGHT_MAX : w;
        learn_slot(slot[i], bit);
    }
    return bit;
}

/* One more input, which expects a byte, as strongly as it did before. */
static void guide(struct otter_delta *d, uint32_t byte, uint32_t strength)
{
    d->guide[d->guides++] = (uint16_t)(byte | strength << 8);
    d->inputs++;
}

static void guide_bit(struct otter_delta *d, uint32_t node, int bit)
{
    for (unsigned i = 0; i < d->guides; i++) {
        uint32_t byte = d->guide[i] & 255, ctx = 0;
        if ((byte | 256) >> (bit + 1) == node)
            ctx = (d->guide[i] >> 8 << 1 | (byte >> bit & 1)) + 1;
        d->ctx[d->inputs - d->guides + i] = (ctx * 8 + i) * 0x2C1B3C6Du + (d->set + 32) * 0x9E3779B1u;
    }
}

static uint32_t code_bits8(struct otter_delta *d, uint32_t value)
{
    uint32_t node = 1;

    for (int i = 7; i >= 0; i--) {
        guide_bit(d, node, i);
        node = node << 1 | code_bit(d, node, value >> i & 1);
    }
    return node & 255;
}

/* How many bits v has: a rough logarithm for contexts. */
static uint32_t size_of(uint32_t v)
{
    return v ? 32u - (uint32_t)__builtin_clz(v) : 0;
}

/* Elias gamma of v + 1, each bit with its own probability. */
static uint32_t code_gamma(struct otter_delta *d, uint32_t node, uint32_t v)
{
    uint32_t size = 0, value = 1;

    while (size < 31 && code_bit(d, node + size, (v + 1) >> size > 1))
        size++;
    node += size * 64 + 64;
    for (uint32_t i = size; i-- > 0;) {
        uint32_t seen = size - i <= 3 ? value << 8 : 0;
        value = value << 1 | code_bit(d, node + i + seen, (v + 1) >> i & 1);
    }
    return value - 1;
}

static void number_context(struct otter_delta *d, enum otter_delta_number what, uint32_t hint)
{
    context(d, what == OTTER_DELTA_RESIDUAL ? SET_RESIDUAL : SET_NUMBER, 2, (uint32_t[]){ what, hint * 16 + what });
}

uint32_t otter_delta_number(struct otter_delta *d, enum otter_delta_number what, uint32_t hint, uint32_t value)
{
    number_context(d, what, hint);
    return code_gamma(d, 16, value);
}

int32_t otter_delta_signed(struct otter_delta *d, enum otter_delta_number what, uint32_t hint, int32_t value)
{
    number_context(d, what, hint);
    if (!code_bit(d, 0, value != 0))
        return 0;
    unsigned negative = code_bit(d, 1, value < 0);
    uint32_t size = code_gamma(d, 16 + 8192 * negative, (value < 0 ? 0u - (uint32_t)value : (uint32_t)value) - 1) + 1;
    return (int32_t)(negative ? 0u - size : size);
}

/* Puts the newest record's index in its place; as they come by rising `to`, equal ones stay in that order. */
static void sort_in(struct otter_delta *d, uint32_t n)
{
    uint32_t i = n;

    for (; i > 0 && d->records[d->by_from[i - 1]].from > d->records[n].from; i--)
        d->by_from[i] = d->by_from[i - 1];
    d->by_from[i] = (uint16_t)n;
}

int otter_delta_map(struct otter_delta *d, uint32_t records_max)
{
    uint32_t to = 0, from = 0, gap = 0;

    d->record_count = otter_delta_number(d, OTTER_DELTA_COUNT, 0, d->record_count);
    if (d->record_count > records_max)
        return OTTER_E_FORMAT;
    for (uint32_t i = 0; i < d->record_count; i++) {
        struct otter_delta_record *r = &d->records[i];
        gap = otter_delta_number(d, OTTER_DELTA_GAP, size_of(gap), r->to - to);
        if (gap > d->raw_size - to)
            return OTTER_E_FORMAT;
        from += (uint32_t)otter_delta_signed(d, OTTER_DELTA_JUMP, size_of(gap), (int32_t)(r->from - from - gap)) + gap;
        r->to = to + gap;
        r->len = otter_delta_number(d, OTTER_DELTA_LENGTH, 0, r->len);
        r->from = from;
        if (r->len > d->raw_size - r->to || from > d->base_size || r->len > d->base_size - from)
            return OTTER_E_FORMAT;
        to = r->to + r->len;
        from += r->len;
        sort_in(d, i);
    }
    return 0;
}

/* Where an offset into the base is in the image: exactly, or as its neighbour before it. */
static uint32_t map(const struct otter_delta *d, uint32_t at, uint8_t *exact)
{
    uint32_t low = 0, high = d->record_count;

    *exact = 2;
    if (at > d->base_size)
        return at;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (d->records[d->by_from[mid]].from <= at)
            low = mid + 1;
        else
            high = mid;
    }
    if (!low)
        return at;
    const struct otter_delta_record *r = &d->records[d->by_from[low - 1]];
    *exact = at - r->from < r->len;
    return at - r->from + r->to;
}

static struct otter_delta_pair *correction(struct otter_delta *d, uint32_t key)
{
    return &d->corrections[key * 0x9E3779B1u >> 26];
}

/* Map, or what the map was corrected to. `at` is even. */
static void aim(struct otter_delta *d, struct otter_delta_item *item, uint32_t at)
{
    const struct otter_delta_pair *c = correction(d, at);

    item->key = at;
    item->target = map(d, at, &item->hint) & ~1u;
    if (c->old == at + 1) {
        item->target = c->new;
        item->hint = 3;
    }
}

static bool is_flash(const struct otter_delta *d, uint32_t w, uint32_t size)
{
    return w - d->load <= size;
}

/* As its nearest neighbour of those seen moved. */
static void aim_ram(const struct otter_delta *d, struct otter_delta_item *item)
{
    uint32_t best = UINT32_MAX, shift = 0;

    for (unsigned i = 0; i < OTTER_DELTA_NEIGHBOURS && d->ram[i].old; i++) {
        uint32_t distance = d->ram[i].old - item->old;
        if (distance >> 31)
            distance = 0 - distance;
        if (distance < best) {
            best = distance;
            shift = d->ram[i].new - d->ram[i].old;
        }
    }
    item->hint = (uint8_t)(best < 65536 ? size_of(best) : 17);
    item->target = item->expected = item->old + shift;
}

/* By how much a target relative to the pc is nearer or farther than in the base. */
static uint32_t moved(struct otter_delta *d, uint32_t target, uint32_t from, uint32_t to)
{
    uint8_t exact;
    uint32_t at = map(d, target, &exact);

    return exact == 1 ? at - target - (to - from) : 0;
}

/* Short instructions with a target: A7.7.12 (B, T1 and T2), A7.7.43 (LDR literal), A7.7.21 (CBZ). */
static void aim_half(struct otter_delta *d, struct otter_delta_item *item, uint32_t from, uint32_t to)
{
    uint32_t w = item->old, by;

    if (w >> 11 == 9) {
        by = moved(d, ((from + 4) & ~3u) + (w & 255) * 4, from & ~3u, to & ~3u);
        item->expected = (w & 0xFF00) | ((w + (by >> 2)) & 0xFF);
    } else if (w >> 12 == 13 && (w >> 9 & 7) != 7) {
        by = moved(d, from + 4 + (uint32_t)(int8_t)w * 2, from, to);
        item->expected = (w & 0xFF00) | ((w + (by >> 1)) & 0xFF);
    } else if (w >> 11 == 28) {
        by = moved(d, from + 4 + ((w & 0x7FF) ^ 0x400) * 2 - 0x800, from, to);
        item->expected = (w & 0xF800) | ((w + (by >> 1)) & 0x7FF);
    }
    item->hint = item->expected != w;
}

void otter_delta_predict(struct otter_delta *d, struct otter_delta_item *item, uint32_t word, uint32_t from,
                         uint32_t to, uint32_t len)
{
    uint32_t half = word & 0xFFFF;

    *item = (struct otter_delta_item){ OTTER_DELTA_BYTE, 1, 0, word & 255, word & 255, 0, 0 };
    if (len < 2 || (from | to) & 1)
        return;
    item->len = 4;
    item->old = item->expected = word;
    if (len >= 4 && otter_thumb_is_branch(word) && !d->second) {
        item->kind = OTTER_DELTA_BRANCH;
        aim(d, item, from + 4 + otter_thumb_offset(word));
        item->expected = otter_thumb_with_offset(word, item->target - to - 4);
    } else if (len >= 4 && !((from | to) & 3) && is_flash(d, word, d->base_size)) {
        item->kind = OTTER_DELTA_FLASH;
        aim(d, item, (word - d->load) & ~1u);
        item->expected = (item->target + d->load) | (word & 1);
    } else if (len >= 4 && !((from | to) & 3) && otter_thumb_is_ram(word)) {
        item->kind = OTTER_DELTA_RAM;
        aim_ram(d, item);
    } else {
        item->kind = OTTER_DELTA_HALF;
        item->len = 2;
        item->old = item->expected = half;
        if (!d->second)
            aim_half(d, item, from, to);
        else
            item->hint = 2;
    }
}

bool otter_delta_stride(struct otter_delta *d, bool as_expected)
{
    context(
        d, SET_STRIDE, 4,
        (uint32_t[]){ d->strides & 15, d->strides & 255, size_of(d->since), size_of(d->since) * 4 + (d->strides & 3) });
    unsigned bit = code_bit(d, 0, as_expected);
    d->strides = d->strides << 1 | bit;
    return bit;
}

/* What came after the last halfword when it was there before, and above that how long it has been right. */
static uint32_t guess_half(const struct otter_delta *d)
{
    uint32_t half = d->recent[d->guess_at & (OTTER_DELTA_RECENT - 1)];

    return d->guess_len ? half | (d->guess_len < 15 ? d->guess_len : 15u) << 16 : 0;
}

/* A halfword that is not as expected: high byte, which is the opcode, then low byte. */
static uint32_t code_half(struct otter_delta *d, uint32_t old, uint32_t value)
{
    uint32_t high = old >> 8 & 255, low = old & 255, guess = guess_half(d);

    context(d, SET_HIGH, 2, (uint32_t[]){ high, 0 });
    guide(d, guess >> 8 & 255, guess >> 16);
    guide(d, high, 0);
    uint32_t h = code_bits8(d, value >> 8);
    uint32_t same = h == high;
    uint32_t moved_low = (low + (uint32_t)d->moved[h >> 3]) & 255;
    context(d, SET_LOW, 2, (uint32_t[]){ same << 8 | low, h });
    guide(d, guess & 255, h == (guess >> 8 & 255) ? guess >> 16 : 16);
    guide(d, low, same);
    guide(d, moved_low, same);
    uint32_t l = code_bits8(d, value);
    if (same)
        d->moved[h >> 3] = (int8_t)(l - low);
    return h << 8 | l;
}

static uint32_t code_byte(struct otter_delta *d, uint32_t old, uint32_t value)
{
    context(d, SET_BYTE, 2, (uint32_t[]){ 0, d->last >> 24 });
    guide(d, old, 0);
    return code_bits8(d, value);
}

/* Whether a value is of the item's kind, so that an address can tell it. */
static bool is_again(const struct otter_delta *d, const struct otter_delta_item *item, uint32_t value)
{
    if (item->kind == OTTER_DELTA_BRANCH)
        return otter_thumb_is_branch(value) && !((value ^ item->old) & 0x40000000);
    if (item->kind == OTTER_DELTA_FLASH)
        return is_flash(d, value, d->raw_size) && !((value ^ item->old) & 1);
    return otter_thumb_is_ram(value);
}

/* The address of the item's kind that a value has, less the expected one, and the other way round. */
static uint32_t residual_of(const struct otter_delta *d, const struct otter_delta_item *item, uint32_t value)
{
    if (item->kind == OTTER_DELTA_BRANCH)
        return (uint32_t)((int32_t)((otter_thumb_offset(value) - otter_thumb_offset(item->expected)) << 7) >> 8);
    if (item->kind == OTTER_DELTA_FLASH)
        return (uint32_t)((int32_t)(value - d->load - (item->target | (item->old & 1))) >> 1);
    return value - item->expected;
}

static uint32_t with_residual(const struct otter_delta *d, const struct otter_delta_item *item, uint32_t residual)
{
    if (item->kind == OTTER_DELTA_BRANCH)
        return otter_thumb_with_offset(item->old, otter_thumb_offset(item->expected) + residual * 2);
    if (item->kind == OTTER_DELTA_FLASH)
        return d->load + (item->target | (item->old & 1)) + residual * 2;
    return item->expected + residual;
}

static uint32_t code_miss(struct otter_delta *d, const struct otter_delta_item *item, uint32_t value)
{
    if (item->kind == OTTER_DELTA_BYTE)
        return code_byte(d, item->old, value);
    if (item->kind == OTTER_DELTA_HALF)
        return code_half(d, item->expected, value);
    context(d, SET_AGAIN, 2, (uint32_t[]){ item->kind, item->kind | (uint32_t)item->hint << 3 });
    if (code_bit(d, 0, is_again(d, item, value))) {
        uint32_t hint = item->kind | (uint32_t)item->hint << 3;
        d->last_residual = (uint32_t)otter_delta_signed(d, OTTER_DELTA_RESIDUAL, hint,
                                                        (int32_t)residual_of(d, item, value));
        return with_residual(d, item, d->last_residual);
    }
    uint32_t half = code_half(d, item->old, value & 0xFFFF);
    d->last = d->last >> 16 | half << 16;
    return half | code_half(d, item->old >> 16, value >> 16) << 16;
}

uint32_t otter_delta_item(struct otter_delta *d, const struct otter_delta_item *item, uint32_t value, bool sure)
{
    if (!sure) {
        uint32_t kind = item->kind | (uint32_t)item->hint << 3;
        uint32_t opcode = item->old >> 8 & 255;
        context(d, SET_ITEM + item->kind, 3,
                (uint32_t[]){ kind | (d->items & 7) << 8, kind | opcode << 8, kind | size_of(d->since) << 8 });
        unsigned hit = code_bit(d, 0, value == item->expected);
        d->items = d->items << 1 | hit;
        if (hit)
            return item->expected;
    }
    d->since = 0;
    return code_miss(d, item, value);
}

/* Looks for where the last halfword was seen before. */
static void remember(struct otter_delta *d, uint32_t half)
{
    uint16_t mask = OTTER_DELTA_RECENT - 1;

    d->guess_len = d->guess_len && d->recent[d->guess_at & mask] == half ? d->guess_len + 1 : 0;
    d->recent[d->recent_next++ & mask] = (uint16_t)half;
    uint16_t *head = &d->heads[half * 0x9E3779B1u >> 24];
    d->guess_at = d->guess_len ? d->guess_at + 1 : *head;
    if (!d->guess_len && d->recent[(d->guess_at - 1) & mask] == half)
        d->guess_len = 1;
    *head = d->recent_next;
}

static void push(struct otter_delta *d, uint32_t value, unsigned len)
{
    if (len == 4) {
        d->last = value;
        remember(d, value & 0xFFFF);
        remember(d, value >> 16);
    } else if (len == 2) {
        remember(d, value);
        d->last = d->last >> 16 | value << 16;
    } else {
        d->last = d->last >> 8 | value << 24;
    }
}

static void remember_ram(struct otter_delta *d, uint32_t old, uint32_t new)
{
    unsigned i = 0;

    while (i < OTTER_DELTA_NEIGHBOURS && d->ram[i].old && d->ram[i].old != old)
        i++;
    if (i == OTTER_DELTA_NEIGHBOURS)
        i = d->ram_next++ % OTTER_DELTA_NEIGHBOURS;
    d->ram[i] = (struct otter_delta_pair){ old, new };
}

void otter_delta_learn(struct otter_delta *d, const struct otter_delta_item *item, uint32_t value)
{
    if (item->kind == OTTER_DELTA_RAM) {
        if (otter_thumb_is_ram(value))
            remember_ram(d, item->old, value);
    } else if (item->len == 4 && value != item->expected && is_again(d, item, value)) {
        *correction(d, item->key) = (struct otter_delta_pair){ item->key + 1,
                                                               item->target + residual_of(d, item, value) * 2 };
    }
    d->second = item->kind == OTTER_DELTA_HALF && !d->second && item->old >> 11 >= 0x1D;
    d->since += item->len;
    push(d, value, item->len);
}

uint32_t otter_delta_literal(struct otter_delta *d, unsigned len, uint32_t near, uint32_t value)
{
    uint32_t guess = guess_half(d);

    d->since = 0;
    if (len == 1) {
        context(d, SET_NEW_BYTE, 2, (uint32_t[]){ 0, d->last >> 24 });
        guide(d, near & 255, 0);
        value = code_bits8(d, value);
    } else {
        context(d, SET_NEW_HIGH, 2, (uint32_t[]){ d->last >> 27, 0 });
        guide(d, guess >> 8 & 255, guess >> 16);
        guide(d, near >> 8, 0);
        uint32_t h = code_bits8(d, value >> 8);
        context(d, SET_NEW_LOW, 2, (uint32_t[]){ h, 256 });
        guide(d, guess & 255, h == (guess >> 8 & 255) ? guess >> 16 : 16);
        guide(d, near & 255, h == near >> 8);
        value = h << 8 | code_bits8(d, value);
    }
    push(d, value, len);
    return value;
}

void otter_delta_begin_copy(struct otter_delta *d)
{
    d->second = false;
    d->since = 0;
}

unsigned otter_delta_op(struct otter_delta *d, bool odd, unsigned op)
{
    context(d, SET_OP, 3, (uint32_t[]){ d->ops & 3, d->ops & 63, (d->ops & 7) * 2 + odd });
    op = code_bit(d, 0, op);
    d->ops = d->ops << 1 | op;
    return op;
}
