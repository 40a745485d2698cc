#include "tests/unit/fetch/sender.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "tests/sim/random.h"

enum { SOH = 0x01, STX = 0x02, EOT = 0x04, ACK = 0x06, BS = 0x08, NAK = 0x15, CAN = 0x18 };

enum { BYTE_US = 87, PATIENCE_US = 10000000, TRIES = 10 };

/* ---- the line ---- */

/* How many bytes come out of one, and that one changed. */
static int disturb(struct sender *s, uint8_t *byte)
{
    if (!s->noise || sim_random_below(&s->random, s->noise))
        return 1;
    uint32_t kind = sim_random_below(&s->random, 3);
    if (kind == 2)
        *byte ^= (uint8_t)(1 << sim_random_below(&s->random, 8));
    return kind == 0 ? 0 : kind == 1 ? 2 : 1;
}

static void emit(struct sender *s, uint8_t byte)
{
    s->bytes++;
    for (int n = disturb(s, &byte); n > 0 && s->out_len < sizeof s->out; n--)
        s->out[s->out_len++] = byte;
}

static void emit_all(struct sender *s, const uint8_t *bytes, uint32_t len)
{
    while (len--)
        emit(s, *bytes++);
}

/* ---- blocks ---- */

static uint32_t file_size(const struct sender *s)
{
    return s->ends_early ? s->size / 2 : s->size;
}

static uint32_t fill_header(struct sender *s, uint8_t *data)
{
    memset(data, 0, s->header_block);
    if (s->state == SENDER_HEADER) {
        int len = sprintf((char *)data, "%s", s->name) + 1;
        if (s->header)
            strcpy((char *)data + len, s->header);
        else
            sprintf((char *)data + len, "%u 14717162345 100644 0 1 %u", s->size, s->size);
    } else if (s->has_another) {
        strcpy((char *)data, "other.bin");
    }
    return s->header_block;
}

/* sb sends what is left in small blocks where they do. */
static uint32_t fill_data(struct sender *s, uint8_t *data)
{
    uint32_t off = (s->number - 1) * s->block, left = file_size(s) - off;
    uint32_t len = left <= 128 ? 128 : s->block;

    memset(data, 0x1A, len);
    memcpy(data, s->data + off, left < len ? left : len);
    return len;
}

static uint32_t make_block(struct sender *s, uint8_t *p)
{
    uint32_t len = s->state == SENDER_DATA ? fill_data(s, p + 3) : fill_header(s, p + 3);
    uint32_t crc = 0;

    p[0] = len == 128 ? SOH : STX;
    p[1] = (uint8_t)s->number;
    p[2] = (uint8_t)~s->number;
    for (uint32_t i = 0; i < len * 8 + 16; i++) { /* bit by bit, and unlike the receiver's */
        uint32_t bit = i < len * 8 ? p[3 + i / 8] >> (7 - i % 8) & 1 : 0;
        crc = crc << 1 | bit;
        if (crc & 0x10000)
            crc ^= 0x11021;
    }
    p[3 + len] = (uint8_t)(crc >> 8);
    p[4 + len] = (uint8_t)crc;
    return len + 5;
}

static void emit_faulty(struct sender *s, uint8_t *p, uint32_t len)
{
    static const uint8_t babble[] = { 'r', 0xFF, SOH, 0, CAN, EOT, 0x55 };
    static const uint8_t cancel[] = { CAN, CAN, CAN, CAN, CAN, BS, BS, BS, BS, BS };

    if (s->fault == SENDER_BABBLES)
        emit_all(s, babble, sizeof babble);
    if (s->fault == SENDER_FLIPS)
        p[len / 2] ^= 0x10;
    if (s->fault == SENDER_LOSES || s->fault == SENDER_DOUBLES || s->fault == SENDER_BREAKS_OFF)
        emit_all(s, p, len / 2);
    if (s->fault == SENDER_LOSES)
        emit_all(s, p + len / 2 + 1, len - len / 2 - 1);
    if (s->fault == SENDER_DOUBLES)
        emit_all(s, p + len / 2 - 1, len - len / 2 + 1);
    if (s->fault == SENDER_LOSES_BEGIN)
        emit_all(s, p + 1, len - 1);
    if (s->fault == SENDER_CANCELS)
        emit_all(s, cancel, 2);
    if (s->fault == SENDER_BREAKS_OFF)
        emit_all(s, cancel, sizeof cancel);
    if (s->fault >= SENDER_CANCELS)
        s->state = SENDER_OVER;
    if (s->fault == SENDER_FLIPS || s->fault == SENDER_BABBLES || s->fault == SENDER_REPEATS ||
        s->fault == SENDER_MISSES)
        emit_all(s, p, len);
    s->repeats = s->fault == SENDER_REPEATS;
    s->misses = s->fault == SENDER_MISSES;
}

/* Sends what the state is about, after dropping what waits to be read. */
static void send(struct sender *s)
{
    uint8_t p[3 + OTTER_YMODEM_BLOCK + 2];
    uint32_t ordinal = s->state == SENDER_DATA ? s->number : s->state == SENDER_HEADER ? 0 : UINT32_MAX;
    bool faulty = s->fault && s->fault_times && ordinal == s->fault_block;

    if (faulty && s->fault == SENDER_SKIPS)
        s->number++;
    if (!s->keeps || s->state == SENDER_EOT)
        s->in_len = 0;
    s->complete = 0;
    s->deadline = s->now + PATIENCE_US;
    if (s->state == SENDER_EOT) {
        emit(s, EOT);
        return;
    }
    uint32_t len = make_block(s, p);
    if (!faulty || s->fault == SENDER_SKIPS) {
        emit_all(s, p, len);
        return;
    }
    s->fault_times--;
    emit_faulty(s, p, len);
}

static void send_next(struct sender *s, int state, uint32_t number)
{
    s->state = state;
    s->number = number;
    s->tries = 0;
    if (state == SENDER_DATA && (number - 1) * s->block >= file_size(s))
        s->state = SENDER_EOT;
    send(s);
}

static void send_again(struct sender *s)
{
    if (++s->tries > TRIES)
        s->state = SENDER_OVER;
    else
        send(s);
}

/* ---- answers ---- */

static void acknowledged(struct sender *s)
{
    if (s->complete && s->now - s->complete > s->slowest)
        s->slowest = s->now - s->complete;
    if (s->repeats) {
        s->repeats = false;
        send(s);
    } else if (s->state == SENDER_DATA) {
        send_next(s, SENDER_DATA, s->number + 1);
    } else if (s->state == SENDER_LAST) {
        s->done = !s->has_another;
        s->state = SENDER_OVER;
    } else {
        s->state = s->state == SENDER_HEADER ? SENDER_BEGINS : SENDER_NEXT;
    }
}

static void begin(struct sender *s)
{
    if (s->state == SENDER_ASKED)
        send_next(s, SENDER_HEADER, 0);
    else if (s->state == SENDER_BEGINS)
        send_next(s, SENDER_DATA, 1);
    else
        send_next(s, SENDER_LAST, 0);
    if (s->streams && s->state == SENDER_HEADER)
        s->state = SENDER_BEGINS;
}

static void take(struct sender *s, uint8_t c)
{
    bool waits = s->state == SENDER_ASKED || s->state == SENDER_BEGINS || s->state == SENDER_NEXT;
    bool asks = c == (s->streams ? 'G' : 'C');

    s->cans = c == CAN ? s->cans + 1 : 0;
    if (s->cans == 2) {
        s->canceled = true;
        s->state = SENDER_OVER;
    }
    if (s->state == SENDER_OVER)
        return;
    if (s->misses) {
        s->misses = false;
        return;
    }
    s->asked += s->state == SENDER_ASKED && asks;
    if (waits && asks)
        begin(s);
    else if (!waits && c == ACK)
        acknowledged(s);
    else if (!waits && (c == NAK || c == 'C'))
        send_again(s);
}

/* ---- the receiver's end ---- */

/* Lets the sender do what it can do now. */
static void pump(struct sender *s)
{
    while (s->in_len && s->out_pos == s->out_len) {
        uint8_t c = s->in[0];
        s->in_len--;
        memmove(s->in, s->in + 1, s->in_len);
        take(s, c);
    }
    if (s->streams && s->state == SENDER_DATA && s->out_pos == s->out_len)
        send_next(s, SENDER_DATA, s->number + 1);
}

static int line_get(struct otter_serial *serial, uint32_t ms)
{
    struct sender *s = (struct sender *)serial;
    uint32_t end = s->now + ms * 1000;

    pump(s);
    if (s->out_pos == s->out_len && s->state > SENDER_BEGINS && s->state < SENDER_OVER && s->deadline <= end) {
        s->now = s->deadline > s->now ? s->deadline : s->now;
        send_again(s);
    }
    if (s->out_pos == s->out_len) {
        s->now = end > s->now ? end : s->now;
        return OTTER_E_TIMEOUT;
    }
    s->now += BYTE_US;
    uint8_t byte = s->out[s->out_pos++];
    if (s->out_pos == s->out_len) {
        s->out_pos = s->out_len = 0;
        s->complete = s->state == SENDER_DATA ? s->now : 0;
    }
    return byte;
}

static void line_put(struct otter_serial *serial, uint8_t byte)
{
    struct sender *s = (struct sender *)serial;

    s->now += BYTE_US;
    s->bytes++;
    for (int n = disturb(s, &byte); n > 0 && s->in_len < sizeof s->in; n--)
        s->in[s->in_len++] = byte;
}

void sender_init(struct sender *s, const uint8_t *data, uint32_t size)
{
    memset(s, 0, sizeof *s);
    s->serial = (struct otter_serial){ line_get, line_put };
    s->data = data;
    s->size = size;
    s->name = "app-2.0.0.rbl";
    s->header_block = 128;
    s->block = OTTER_YMODEM_BLOCK;
    s->random = 1;
}
