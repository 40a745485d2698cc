/*
 * Any bytes as a Y-modem sender's. The receiver must end, give exactly the bytes that the header promises or an error,
 * and the same again for the same bytes however much is read at once. Bytes 0xFE n are silence of n tenths of a second,
 * 0xFE 0xFF a byte 0xFE.
 *
 *     flags: 1 Y-modem-G | bytes a read, less one | what the sender says ...
 *
 * The CRCs of blocks are put right where bit 1 of the flags is set, so that the fuzzer gets beyond them.
 */
#include <string.h>

#include "core/err.h"
#include "fetch/ymodem.h"
#include "tests/fuzz/target.h"

enum { PAUSE = 0xFE, SOH = 0x01, STX = 0x02 };

struct sender {
    struct otter_serial serial;
    const uint8_t *data;
    size_t size, pos;
    uint32_t pause; /* ms */
    bool seals;
    uint8_t head[2]; /* CRC that is due */
    uint32_t left, crc;
    uint32_t silence; /* ms, all of it */
    uint32_t answers;
};

/* The next byte as it stands, or negative while it is silent or at its end. */
static int next_byte(struct sender *s, uint32_t ms)
{
    if (!s->pause && s->pos < s->size && s->data[s->pos] == PAUSE && s->pos + 1 < s->size &&
        s->data[s->pos + 1] != 0xFF) {
        s->pause = s->data[s->pos + 1] * 100u + 1;
        s->pos += 2;
    }
    if (s->pause > ms || s->pos >= s->size) {
        s->pause -= s->pause > ms ? ms : s->pause;
        s->silence += ms;
        return OTTER_E_TIMEOUT;
    }
    s->pause = 0;
    if (s->data[s->pos] == PAUSE && s->pos + 1 < s->size)
        s->pos++, s->pos++;
    else
        return s->data[s->pos++];
    return PAUSE;
}

static void count_crc(struct sender *s, uint8_t byte)
{
    s->crc ^= (uint32_t)byte << 8;
    for (int i = 0; i < 8; i++)
        s->crc = (s->crc << 1 ^ (s->crc & 0x8000 ? 0x1021 : 0)) & 0xFFFF;
}

/* Follows blocks as the receiver frames them: what it takes for a CRC is made one. */
static int seal(struct sender *s, uint8_t byte)
{
    if (!s->left) {
        s->left = byte == SOH ? 132 : byte == STX ? 1028 : 0;
        s->crc = 0;
        return byte;
    }
    uint32_t at = s->left--;
    uint32_t first = at == 132 || at == 1028;
    if (at > 2 && !first && at != 131 && at != 1027)
        count_crc(s, byte);
    return at == 2 ? (int)(s->crc >> 8) : at == 1 ? (int)(s->crc & 0xFF) : byte;
}

static int sender_get(struct otter_serial *serial, uint32_t ms)
{
    struct sender *s = (struct sender *)serial;
    int c = next_byte(s, ms);

    must(s->silence < 3600 * 1000, "a silent line is given up");
    if (c < 0)
        s->left = 0;
    return c < 0 || !s->seals ? c : seal(s, (uint8_t)c);
}

static void sender_put(struct otter_serial *serial, uint8_t byte)
{
    struct sender *s = (struct sender *)serial;

    must(byte && strchr("CG\x06\x15\x18", byte) != NULL, "it says nothing but what the protocol has");
    s->answers++;
}

struct outcome {
    int err;
    uint32_t len, sum, answers;
};

static struct outcome receive(const uint8_t *data, size_t size, uint8_t flags, size_t want)
{
    struct sender s = { .serial = { sender_get, sender_put }, .data = data, .size = size, .seals = flags & 2 };
    struct otter_ymodem *y = malloc(sizeof *y);
    uint8_t *buf = malloc(want);
    struct outcome o = { 0 };
    int n = 0;

    o.err = otter_ymodem_open(y, &s.serial, flags & 1, 30);
    if (!o.err)
        must(memchr(y->name, 0, OTTER_YMODEM_BLOCK) && *y->name, "a file has a name");
    uint32_t promised = y->size;
    while (!o.err && (n = otter_stream_read(&y->stream, buf, want)) > 0) {
        must((size_t)n <= want, "it gives no more than it was asked for");
        o.len += (uint32_t)n;
        for (int i = 0; i < n; i++)
            o.sum = o.sum * 31 + buf[i];
    }
    if (!o.err)
        o.err = n;
    must(o.err || o.len == promised, "it gives what the header promises");
    must(otter_stream_read(&y->stream, buf, want) == o.err, "the end is told again");
    otter_ymodem_close(y, o.err);
    must(s.answers <= 200 + size, "it answers no more than it is told");
    o.answers = s.answers;
    free(buf);
    free(y);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct outcome whole = receive(data + 2, size - 2, data[0], 4096);
    struct outcome pieces = receive(data + 2, size - 2, data[0], 1u + data[1]);

    must(whole.err == pieces.err && whole.len == pieces.len && whole.sum == pieces.sum &&
             whole.answers == pieces.answers,
         "what is read does not depend on how");
    return 0;
}
