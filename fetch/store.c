#include "fetch/store.h"

#include "core/err.h"

/* The header's program units, in RAM until the end; then room for what follows them. */
struct room {
    uint8_t *first, *buf;
    uint32_t first_size, buf_size; /* whole program units */
};

/* The buffer is a block or a power-of-two part of one, so that what is programmed at once ends where pages do. */
static int divide(const struct otter_store *s, struct room *room)
{
    struct otter_mem mem = s->mem;
    uint32_t unit = s->part->flash->prog_size;

    room->first_size = (OTTER_RBL_HEADER_SIZE + unit - 1) / unit * unit;
    room->first = otter_mem_take(&mem, room->first_size);
    room->buf = otter_mem_take(&mem, 0);
    room->buf_size = s->part->flash->erase_size;
    while (room->buf_size > mem.left)
        room->buf_size /= 2;
    return room->first && room->buf && room->buf_size >= unit ? 0 : OTTER_E_NO_MEMORY;
}

static int report(struct otter_store *s)
{
    if (s->progress && s->progress(s->arg, s->done, s->total, s->millis() - s->started))
        return OTTER_E_CANCELED;
    return 0;
}

static bool is_slow(struct otter_store *s)
{
    uint32_t now = s->millis();

    if (now - s->marked < OTTER_STORE_SLOW_MS)
        return false;
    bool slow = s->done - s->marked_done < OTTER_STORE_SLOW_BYTES;
    s->marked = now;
    s->marked_done = s->done;
    return slow;
}

/* Exactly len bytes, straight to where they are programmed from. */
static int receive(struct otter_store *s, struct otter_stream *source, uint8_t *buf, uint32_t len)
{
    while (len) {
        int n = otter_stream_read(source, buf, len);
        if (n <= 0)
            return n ? n : OTTER_E_TRUNCATED;
        if (s->step == OTTER_STORE_BODY)
            s->sum = otter_crc32.update(s->sum, buf, (size_t)n);
        s->done += (uint32_t)n;
        buf += n;
        len -= (uint32_t)n;
        if (len && is_slow(s))
            return OTTER_E_TIMEOUT;
    }
    return 0;
}

static int judge_header(struct otter_store *s, struct otter_stream *source, uint8_t *header)
{
    int err = receive(s, source, header, OTTER_RBL_HEADER_SIZE);

    if (err && err != OTTER_E_TRUNCATED)
        return err;
    s->step = OTTER_STORE_HEADER;
    return err ? OTTER_E_NO_PACKAGE : otter_package_parse(&s->package, s->config, s->part, header);
}

static int judge_length(struct otter_store *s)
{
    s->step = OTTER_STORE_LENGTH;
    s->total = OTTER_RBL_HEADER_SIZE + s->package.header.body_size;
    if (s->promised == OTTER_STORE_UNKNOWN || s->promised == s->total)
        return 0;
    return s->promised < s->total ? OTTER_E_TRUNCATED : OTTER_E_FORMAT;
}

/* Erases the blocks that what has come needs, and no further. */
static int make_room(struct otter_store *s)
{
    uint32_t block = s->part->flash->erase_size;
    int err = 0;

    s->step = OTTER_STORE_FLASH;
    for (; !err && s->erased < s->done; s->erased += block)
        err = otter_part_erase(s->part, s->erased, block);
    return err;
}

static int store_piece(struct otter_store *s, struct otter_stream *source, const struct room *room)
{
    uint32_t from = s->done;
    uint32_t len = room->buf_size - from % room->buf_size;

    if (len > s->total - from)
        len = s->total - from;
    s->step = OTTER_STORE_BODY;
    int err = report(s);
    if (!err)
        err = receive(s, source, room->buf, len);
    if (!err)
        err = make_room(s);
    return err ? err : otter_part_prog_tail(s->part, from, room->buf, len);
}

/* `first` bytes come into RAM, all others into the partition. */
static int store_body(struct otter_store *s, struct otter_stream *source, const struct room *room, uint32_t first)
{
    int err = make_room(s);

    if (err)
        return err;
    s->step = OTTER_STORE_BODY;
    err = receive(s, source, room->first + s->done, first - s->done);
    while (!err && s->done < s->total)
        err = store_piece(s, source, room);
    return err;
}

/* The source must end here: what it has beyond the header's size was compared with nothing. */
static int judge_body(struct otter_store *s, struct otter_stream *source)
{
    uint8_t more;

    s->step = OTTER_STORE_BODY;
    s->crc = s->sum ^ otter_crc32.final_xor;
    int n = otter_stream_read(source, &more, 1);
    if (n)
        return n < 0 ? n : OTTER_E_FORMAT;
    return s->crc == s->package.header.body_crc ? 0 : OTTER_E_CHECKSUM;
}

static int store_package(struct otter_store *s, struct otter_stream *source, const struct room *room)
{
    int err = judge_header(s, source, room->first);

    if (!err)
        err = judge_length(s);
    if (err)
        return err;

    uint32_t first = s->total < room->first_size ? s->total : room->first_size;
    err = store_body(s, source, room, first);
    if (!err)
        err = judge_body(s, source);
    if (err)
        return err;
    s->step = OTTER_STORE_FLASH;
    return otter_part_prog_tail(s->part, 0, room->first, first);
}

int otter_store(struct otter_store *s, struct otter_stream *source, uint32_t promised)
{
    struct room room;
    int err = divide(s, &room);

    s->step = OTTER_STORE_START;
    s->promised = promised;
    s->done = s->total = s->erased = s->marked_done = 0;
    s->sum = otter_crc32.init;
    s->started = s->marked = s->millis();
    if (!err)
        err = store_package(s, source, &room);
    if (!err)
        report(s);
    return err;
}
