#include "fetch/ymodem.h"

#include <string.h>

#include "core/err.h"

enum { SOH = 0x01, STX = 0x02, EOT = 0x04, ACK = 0x06, BS = 0x08, NAK = 0x15, CAN = 0x18 };

enum {
    POLL_MS = 3000,  /* between two 'C's */
    BLOCK_MS = 3000, /* for the begin of a block */
    BYTE_MS = 300,   /* for the next byte of a block: longer than adapters and hosts hold bytes back */
    TRIES = 10,      /* for one block */
    CLOSE_MS = 1000, /* for the end of the batch, which not every sender tells */
    CLOSE_TRIES = 3,
    NOISE_MAX = 4096, /* bytes that are passed over at once */
    CANCELS = 2,      /* CANs that stop the transfer, where nothing else came before them, */
    CANCELS_LATE = 5, /* and where it did: two may be a block's */
    CANCELS_SENT = 8,
};

/* What came: a block whose CRC is right, an EOT, or nothing of use. Errors are negative. */
enum event { BLOCK, END, NOISE };

/* CRC-16/XMODEM: polynomial 0x1021, first 0. Of bytes and their own CRC it is 0. */
static uint32_t crc16(const uint8_t *p, uint32_t len)
{
    uint32_t crc = 0;

    while (len--) {
        crc ^= (uint32_t)*p++ << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc & 0x8000 ? 0x11021 : 0);
    }
    return crc;
}

/* ---- the line ---- */

static int get(struct otter_ymodem *y, uint32_t ms)
{
    int c = y->peeked;

    y->peeked = OTTER_E_TIMEOUT;
    if (c >= 0)
        return c;
    c = y->serial->get(y->serial, ms);
    if (c == CAN) {
        y->cancels++;
    } else if (c >= 0 && c != BS) {
        y->cancels = 0;
        y->noisy = true;
    }
    return c;
}

static void put(struct otter_ymodem *y, uint8_t byte)
{
    y->cancels = 0;
    y->noisy = false;
    y->serial->put(y->serial, byte);
}

/* What a failed get means. A cancelling sender says nothing after its CANs. */
static int silence(struct otter_ymodem *y, int err)
{
    if (err != OTTER_E_TIMEOUT)
        return err;
    return y->cancels >= (y->noisy ? CANCELS_LATE : CANCELS) ? OTTER_E_CANCELED : NOISE;
}

/* To where the sender waits for an answer. */
static int pass_over(struct otter_ymodem *y)
{
    for (uint32_t n = 0; n < NOISE_MAX; n++) {
        int c = get(y, BYTE_MS);
        if (c < 0)
            return silence(y, c);
    }
    return NOISE;
}

static int get_block(struct otter_ymodem *y, uint32_t len)
{
    for (uint32_t i = 0; i < 2 + len + 2; i++) {
        int c = get(y, BYTE_MS);
        if (c < 0)
            return silence(y, c);
        y->block[i] = (uint8_t)c;
    }
    if ((y->block[0] ^ y->block[1]) != 0xFF || crc16(y->block + 2, len + 2))
        return pass_over(y);
    y->len = len;
    return BLOCK;
}

/* An EOT counts only as the first byte: it may be one of a block whose begin was lost. */
static int get_event(struct otter_ymodem *y, uint32_t ms)
{
    for (uint32_t n = 0; n < NOISE_MAX; n++) {
        int c = get(y, n ? BYTE_MS : ms);
        if (c < 0)
            return silence(y, c);
        if (c == SOH || c == STX)
            return get_block(y, c == SOH ? 128 : OTTER_YMODEM_BLOCK);
        if (c == EOT && !n)
            return END;
    }
    return NOISE;
}

/* ---- blocks ---- */

/* A sender waits for 'C' or 'G' to begin the header, and again to begin the data. */
static void answer(struct otter_ymodem *y, bool ok)
{
    if (ok && !y->streaming)
        put(y, ACK);
    if (!ok && y->next > 1)
        put(y, NAK);
    if (y->next <= 1)
        put(y, y->streaming ? 'G' : 'C');
}

/*
 * A sender that goes on unasked has got its answer, because noise doubled it or because it came late: another one would
 * count for the next block, and keep the sender one block ahead, where it sends none again that is damaged.
 */
static bool goes_on(struct otter_ymodem *y, uint32_t ms)
{
    int c = get(y, ms);

    if (c >= 0)
        y->peeked = c;
    return c >= 0;
}

/* Answers until the block that is expected comes, or the end of the file: BLOCK, END or an error. */
static int exchange(struct otter_ymodem *y, bool ok, uint32_t tries, uint32_t ms)
{
    bool silent = ok && y->next > 1 && goes_on(y, 0);

    while (tries--) {
        if (!silent)
            answer(y, ok);
        int got = get_event(y, ms);
        if (got == END && (y->left || !y->next))
            got = NOISE;
        if (got != BLOCK && got != NOISE)
            return got;
        if (got == BLOCK && y->block[0] == (uint8_t)y->next)
            return BLOCK;
        if (y->streaming && y->next > 1)
            return OTTER_E_IO;
        ok = got == BLOCK;
        if (ok && (!y->next || y->block[0] != (uint8_t)(y->next - 1)))
            return OTTER_E_PROTOCOL;
        silent = ok && goes_on(y, BYTE_MS);
    }
    return OTTER_E_TIMEOUT;
}

/* ---- the file ---- */

/* "name" NUL "size" and more after a blank, which nobody needs. */
static int parse_header(struct otter_ymodem *y)
{
    const uint8_t *p = y->block + 2, *end = p + y->len;
    uint32_t digits = 0;

    y->name = (const char *)p;
    if (!*p)
        return OTTER_E_CANCELED; /* an empty batch */
    p = memchr(p, 0, y->len);
    if (!p)
        return OTTER_E_PROTOCOL;
    for (p++; p < end && *p >= '0' && *p <= '9'; p++, digits++) {
        if (y->size > (UINT32_MAX - 9) / 10)
            return OTTER_E_PROTOCOL;
        y->size = y->size * 10 + *p - '0';
    }
    return !digits || (p < end && *p && *p != ' ') ? OTTER_E_PROTOCOL : 0;
}

static int next_block(struct otter_ymodem *y)
{
    int got = exchange(y, true, TRIES, BLOCK_MS);

    if (got < 0)
        return got;
    y->next++;
    y->pos = 0;
    return 0;
}

static int end_file(struct otter_ymodem *y)
{
    int got = exchange(y, true, TRIES, BLOCK_MS);

    if (got == END && !y->streaming)
        got = exchange(y, false, TRIES, BLOCK_MS);
    if (got < 0)
        return got;
    y->ended = got == END;
    return y->ended ? 0 : OTTER_E_PROTOCOL; /* more data than the header said */
}

static int read_file(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_ymodem *y = (struct otter_ymodem *)stream;

    if (!y->err && !y->left && !y->ended)
        y->err = end_file(y);
    if (!y->err && y->left && y->pos == y->len)
        y->err = next_block(y);
    if (y->err || !y->left)
        return y->err;
    if (len > y->len - y->pos)
        len = y->len - y->pos;
    if (len > y->left)
        len = y->left;
    memcpy(buf, y->block + 2 + y->pos, len);
    y->pos += (uint32_t)len;
    y->left -= (uint32_t)len;
    return (int)len;
}

int otter_ymodem_open(struct otter_ymodem *y, struct otter_serial *serial, bool streaming, uint32_t seconds)
{
    memset(y, 0, sizeof *y);
    y->stream.read = read_file;
    y->serial = serial;
    y->streaming = streaming;
    y->peeked = OTTER_E_TIMEOUT;
    y->err = exchange(y, false, (seconds * 1000 + POLL_MS - 1) / POLL_MS, POLL_MS);
    if (!y->err)
        y->err = parse_header(y);
    y->left = y->size;
    y->pos = y->len;
    y->next = 1;
    return y->err;
}

static void cancel(struct otter_ymodem *y)
{
    for (int i = 0; i < CANCELS_SENT; i++)
        put(y, CAN);
}

/* True if the sender has no other file. */
static bool end_batch(struct otter_ymodem *y)
{
    for (int i = 0; i < CLOSE_TRIES; i++) {
        put(y, ACK);
        put(y, y->streaming ? 'G' : 'C');
        int got = get_event(y, CLOSE_MS);
        if (got == BLOCK && !y->block[0])
            return !y->block[2];
        if (got < 0)
            break;
    }
    return true;
}

void otter_ymodem_close(struct otter_ymodem *y, int err)
{
    if (err || !y->ended || !end_batch(y))
        cancel(y);
    else
        put(y, ACK);
    pass_over(y);
}
