#include "fetch/store.h"

#include <string.h>

#include "core/err.h"

/* The head's program units, in RAM until the end; then room for what follows them. */
struct room {
    uint8_t *first, *buf;
    uint32_t first_size, buf_size; /* whole program units */
};

/* The buffer is a block or a power-of-two part of one, so that what is programmed at once ends where pages do. */
static int divide(const struct otter_store *s, uint32_t head_size, struct room *room)
{
    struct otter_mem mem = s->mem;
    uint32_t unit = s->part->flash->prog_size;

    room->first_size = (head_size + unit - 1) / unit * unit;
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
        int err = s->step == OTTER_STORE_BODY ? otter_arrive(&s->arrival, buf, (size_t)n) : 0;
        if (err)
            return err;
        s->done += (uint32_t)n;
        buf += n;
        len -= (uint32_t)n;
        if (len && is_slow(s))
            return OTTER_E_TIMEOUT;
    }
    return 0;
}

/* Each image again, for the one that is at fault. */
static int judge_images(struct otter_store *s, int err)
{
    for (unsigned i = 0; i < s->package.image_count; i++)
        if (otter_package_image(&s->package, i, &s->image))
            break;
    return err;
}

/* Fewer bytes than a head are no package, whatever they are. */
static int receive_head(struct otter_store *s, struct otter_stream *source, uint8_t *buf, uint32_t len)
{
    int err = receive(s, source, buf, len);

    if (err == OTTER_E_TRUNCATED) {
        s->step = OTTER_STORE_HEAD;
        err = OTTER_E_NO_PACKAGE;
    }
    return err;
}

/* The prefix says how long the head is, and so how the memory is divided. */
static int judge_head(struct otter_store *s, struct otter_stream *source, struct room *room)
{
    uint8_t prefix[OTTER_HEAD_PREFIX];
    int err = receive_head(s, source, prefix, sizeof prefix);

    if (err)
        return err;
    int size = otter_package_head_size(s->config, prefix);
    s->step = OTTER_STORE_HEAD;
    if (size < 0)
        return size;
    s->step = OTTER_STORE_START;
    err = divide(s, (uint32_t)size, room);
    if (err)
        return err;
    memcpy(room->first, prefix, sizeof prefix);
    err = receive_head(s, source, room->first + sizeof prefix, (uint32_t)size - sizeof prefix);
    if (err)
        return err;
    s->step = OTTER_STORE_HEAD;
    return judge_images(s, otter_package_parse(&s->package, s->config, s->part, room->first, (uint32_t)size));
}

static int judge_length(struct otter_store *s)
{
    s->step = OTTER_STORE_LENGTH;
    s->total = s->package.size;
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

/* The source must end here: what it has beyond the package was compared with nothing. */
static int judge_end(struct otter_store *s, struct otter_stream *source)
{
    uint8_t more;

    s->step = OTTER_STORE_BODY;
    int n = otter_stream_read(source, &more, 1);
    return n > 0 ? OTTER_E_FORMAT : n;
}

static int store_package(struct otter_store *s, struct otter_stream *source)
{
    struct room room;
    int err = judge_head(s, source, &room);

    if (!err)
        err = judge_length(s);
    if (err)
        return err;

    uint32_t first = s->total < room.first_size ? s->total : room.first_size;
    otter_arrival_init(&s->arrival, &s->package);
    err = store_body(s, source, &room, first);
    if (!err)
        err = judge_end(s, source);
    if (err)
        return err;
    s->step = OTTER_STORE_FLASH;
    return otter_part_prog_tail(s->part, 0, room.first, first);
}

int otter_store(struct otter_store *s, struct otter_stream *source, uint32_t promised)
{
    s->step = OTTER_STORE_START;
    s->promised = promised;
    s->done = s->total = s->erased = s->marked_done = 0;
    s->image = (struct otter_image){ .dest = NULL };
    s->started = s->marked = s->millis();
    int err = store_package(s, source);
    if (!err)
        report(s);
    return err;
}
