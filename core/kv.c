/*
 * The log of settings. Its blocks follow each other around the partition; each has the sequence number after that of
 * the block before. Whoever reads goes from the oldest block that counts to the newest: the last word on a key is true.
 *
 *     | base | ... | ... | newest: copies, commit, records ... -> |  begun: copies ... | not in the log
 *
 * When the newest block is full, the one after it is begun: erased, given what still counts of the oldest block, and
 * committed, which takes the oldest block out of the log as soon as the next one is committed. Invariants:
 *
 *  K1. A block counts once its commit record is there; a newer one without is as if it were erased.
 *  K2. What counts of the oldest block of a log at its full length is in newer, committed blocks as well: losing that
 *      block loses nothing.
 *  K3. The block after the newest is outside of the log, or the oldest one at its full length (K2): it may be erased.
 *  K4. A deletion stays in the log for as long as a value that it deletes may still be read, even from a block that
 *      was half erased.
 *  K5. A grain of flash is programmed at most once after an erase. The one after the last used may have been begun by
 *      a program that was cut so early that it still looks erased: after opening it is left out. (Where that happens
 *      twice in a row, a grain is begun again; a flash that minds reports it, and the record goes into a new block.)
 *  K6. What a cut program left may read right once. So the last record that opening finds is written again before
 *      the next change, in this block or the next with room; and so is a commit, before any further block is erased:
 *      for it there is always room.
 *  K7. What counts fits into the blocks of the log with room to move: for a deletion, and for any value that is set
 *      to be changed to another of its length.
 */
#include "core/kv.h"

#include <string.h>

#include "core/err.h"
#include "core/kv_log.h"

enum {
    BLOCK_MIN = 1024,    /* bytes */
    LOG_SIZE = 32 << 10, /* bytes, or two blocks: what a look-up has to read */
};

/* ---- sizes ---- */

static uint32_t block_size(const struct otter_kv *kv)
{
    return kv->part->flash->erase_size;
}

static uint32_t grain(const struct otter_kv *kv)
{
    return otter_kv_grain(kv->part);
}

/* Blocks of a log at its full length, less the newest. */
static uint32_t span(const struct otter_kv *kv)
{
    uint32_t most = LOG_SIZE / block_size(kv), blocks = kv->part->size / block_size(kv);

    if (most > blocks)
        most = blocks;
    return most < 2 ? 1 : most - 1;
}

/* The end of the records in a block: behind it there is room for a commit to be repeated, and a grain left out. */
static uint32_t limit(const struct otter_kv *kv)
{
    return block_size(kv) - 2 * grain(kv);
}

/* Bytes of records that a block has room for, between header and commit. */
static uint32_t room(const struct otter_kv *kv)
{
    return limit(kv) - 2 * grain(kv);
}

/* With this much alive, and nothing else in the blocks, one of them has n bytes free. */
static uint32_t capacity(const struct otter_kv *kv, uint32_t n)
{
    return span(kv) * (room(kv) - n);
}

static uint32_t deletion_max(const struct otter_kv *kv)
{
    return grain(kv) + (OTTER_KV_KEY_MAX > grain(kv) ? OTTER_KV_KEY_MAX : grain(kv));
}

/* ---- reading ---- */

static struct otter_kv_block block_of(const struct otter_kv *kv, uint32_t sequence)
{
    uint32_t back = (kv->sequence - sequence) * block_size(kv);
    uint32_t off = kv->head >= back ? kv->head - back : kv->head + kv->part->size - back;

    return (struct otter_kv_block){ off, sequence, kv->base };
}

static bool is_there(const struct otter_kv *kv, uint32_t sequence)
{
    struct otter_kv_block block = block_of(kv, sequence);

    return otter_kv_block_read(kv->part, &block) && block.sequence == sequence;
}

/* What does not read as a record is passed over grain by grain, since more may follow (K5). */
static bool step_in_block(const struct otter_kv *kv, struct otter_kv_pos *pos, struct otter_kv_record *r)
{
    struct otter_kv_block block = block_of(kv, pos->sequence);
    uint32_t end = pos->sequence == kv->sequence ? kv->next : block_size(kv);

    if (!pos->at && !is_there(kv, pos->sequence))
        return false;
    if (!pos->at)
        pos->at = grain(kv);
    for (; pos->at < end; pos->at += grain(kv)) {
        if (!otter_kv_record_read(kv->part, &block, pos->at, r))
            continue;
        pos->at += otter_kv_extent(kv->part, r);
        return true;
    }
    return false;
}

/* The first record from *pos on; moves *pos behind it. */
static bool step(const struct otter_kv *kv, struct otter_kv_pos *pos, struct otter_kv_record *r)
{
    if (pos->sequence < kv->base)
        *pos = (struct otter_kv_pos){ kv->base, 0 };
    for (; kv->sequence && pos->sequence <= kv->sequence; pos->sequence++, pos->at = 0)
        if (step_in_block(kv, pos, r))
            return true;
    return false;
}

/* The last word on the key, from `pos` on; false if there is none. */
static bool find_from(const struct otter_kv *kv, struct otter_kv_pos pos, const struct otter_kv_record *key, bool any,
                      struct otter_kv_record *found)
{
    struct otter_kv_record r;
    bool is_found = false;

    while (!(any && is_found) && step(kv, &pos, &r)) {
        if (r.kind == OTTER_KV_COMMIT || !otter_kv_same_key(kv->part, &r, key) ||
            !otter_kv_record_is_whole(kv->part, &r))
            continue;
        *found = r;
        is_found = true;
    }
    return is_found;
}

static bool find(const struct otter_kv *kv, const struct otter_kv_record *key, struct otter_kv_record *found)
{
    return find_from(kv, (struct otter_kv_pos){ 0 }, key, false, found) && found->kind == OTTER_KV_VALUE;
}

/* Whether a record is the last word on its key; `behind` is the place after it. */
static bool is_newest(const struct otter_kv *kv, const struct otter_kv_record *r, struct otter_kv_pos behind)
{
    struct otter_kv_record newer;

    return r->kind != OTTER_KV_COMMIT && otter_kv_record_is_whole(kv->part, r) &&
           !find_from(kv, behind, r, true, &newer);
}

static bool is_live(const struct otter_kv *kv, const struct otter_kv_record *r, struct otter_kv_pos behind)
{
    return r->kind == OTTER_KV_VALUE && is_newest(kv, r, behind);
}

int otter_kv_get(const struct otter_kv *kv, const char *key, void *value, size_t size)
{
    struct otter_kv_record wanted, r;
    int err = otter_kv_record_of(&wanted, OTTER_KV_VALUE, key, NULL, 0);

    if (err)
        return err;
    if (!find(kv, &wanted, &r))
        return OTTER_E_NOT_FOUND;
    if (r.value_len > size)
        return OTTER_E_RANGE;
    err = otter_kv_record_load(kv->part, &r, r.key_len, value, r.value_len);
    return err ? err : r.value_len;
}

bool otter_kv_next(const struct otter_kv *kv, struct otter_kv_item *item)
{
    struct otter_kv_record r;

    while (step(kv, &item->pos, &r)) {
        if (!is_live(kv, &r, item->pos) || otter_kv_record_load(kv->part, &r, 0, item->key, r.key_len))
            continue;
        item->key[r.key_len] = '\0';
        item->value_len = r.value_len;
        return true;
    }
    return false;
}

/* ---- opening ---- */

/* The newest block below a sequence number becomes the head; false if there is none. */
static bool choose_head(struct otter_kv *kv, uint32_t below)
{
    struct otter_kv_block block;

    kv->sequence = 0;
    for (block.off = 0; block.off < kv->part->size; block.off += block_size(kv)) {
        if (!otter_kv_block_read(kv->part, &block) || block.sequence >= below || block.sequence <= kv->sequence)
            continue;
        kv->head = block.off;
        kv->sequence = block.sequence;
        kv->base = block.sequence - block.base > span(kv) ? block.sequence - span(kv) : block.base;
    }
    return kv->sequence;
}

/* Where the bytes of the head end that are not blank. */
static uint32_t used_end(const struct otter_kv *kv)
{
    uint32_t end = block_size(kv);

    while (end > grain(kv) && otter_part_is_blank(kv->part, kv->head + end - grain(kv), grain(kv)) == 1)
        end -= grain(kv);
    return end;
}

/* K1, K5, K6. */
static bool read_head(struct otter_kv *kv)
{
    struct otter_kv_pos pos = { kv->sequence, 0 }, begin = pos;
    struct otter_kv_record r;
    bool is_committed = false, is_whole = false;
    uint32_t used = used_end(kv);

    kv->next = block_size(kv);
    while (step(kv, &pos, &r)) {
        is_committed |= r.kind == OTTER_KV_COMMIT;
        is_whole = otter_kv_record_is_whole(kv->part, &r);
        begin.at = r.off - kv->head;
    }
    uint32_t end = begin.at ? begin.at + otter_kv_extent(kv->part, &r) : 0;
    kv->suspect = is_whole && end >= used ? begin : (struct otter_kv_pos){ 0 };
    kv->next = (end > used ? end : used) + grain(kv);
    return is_committed;
}

int otter_kv_open(struct otter_kv *kv, const struct otter_part *part)
{
    uint32_t below = UINT32_MAX;

    *kv = (struct otter_kv){ .part = part, .live = OTTER_KV_UNKNOWN };
    if (!part || part->flash->erase_size < BLOCK_MIN || part->size / 2 < part->flash->erase_size)
        return OTTER_E_CONFIG;
    while (choose_head(kv, below) && !read_head(kv))
        below = kv->sequence;
    if (kv->sequence)
        return 0;
    *kv = (struct otter_kv){ .part = part, .live = OTTER_KV_UNKNOWN };
    kv->head = part->size - block_size(kv); /* so that the first block is the next */
    kv->next = block_size(kv);
    return 0;
}

/* ---- writing ---- */

/* At kv->next. After a failure the block is full: the next attempt begins another one. */
static int write(struct otter_kv *kv, const struct otter_kv_record *r)
{
    struct otter_kv_block head = block_of(kv, kv->sequence);
    uint32_t at = kv->next;

    kv->next = block_size(kv);
    int err = is_there(kv, kv->sequence) ? otter_kv_record_write(kv->part, &head, at, r) : OTTER_E_IO;
    if (!err)
        kv->next = at + otter_kv_extent(kv->part, r);
    return err;
}

static bool has_room(const struct otter_kv *kv, uint32_t n, uint32_t end)
{
    return kv->next <= end && n <= end - kv->next;
}

/* K6. */
static int settle(struct otter_kv *kv)
{
    struct otter_kv_block block = block_of(kv, kv->suspect.sequence);
    struct otter_kv_record r;

    if (!kv->suspect.sequence)
        return 0;
    if (otter_kv_record_read(kv->part, &block, kv->suspect.at, &r)) {
        if (!has_room(kv, otter_kv_extent(kv->part, &r), r.kind == OTTER_KV_COMMIT ? block_size(kv) : limit(kv)))
            return 0;
        int err = write(kv, &r);
        if (err)
            return err;
    }
    kv->suspect = (struct otter_kv_pos){ 0 };
    return 0;
}

/* K4: whether a value lies before the record, in the same block. */
static bool hides_value(const struct otter_kv *kv, const struct otter_kv_record *r, uint32_t sequence)
{
    struct otter_kv_pos pos = { sequence, 0 };
    struct otter_kv_record older;

    while (step(kv, &pos, &older) && older.off != r->off)
        if (older.kind == OTTER_KV_VALUE && otter_kv_same_key(kv->part, &older, r))
            return true;
    return false;
}

/* Whether a record in the block `from` has to be in the log when that block no longer is. */
static bool must_stay(const struct otter_kv *kv, const struct otter_kv_record *r, struct otter_kv_pos behind,
                      uint32_t from)
{
    return is_newest(kv, r, behind) && (r->kind == OTTER_KV_VALUE || hides_value(kv, r, from));
}

/* Into a block that is not in the log yet, from *at on: what counts of the log's block `from`. */
static int copy_live(const struct otter_kv *kv, uint32_t from, const struct otter_kv_block *to, uint32_t *at)
{
    struct otter_kv_pos pos = { from, 0 };
    struct otter_kv_record r;
    int err = 0;

    while (!err && step(kv, &pos, &r) && pos.sequence == from) {
        uint32_t n = otter_kv_extent(kv->part, &r);
        if (!must_stay(kv, &r, pos, from))
            continue;
        err = n + grain(kv) <= limit(kv) - *at ? otter_kv_record_write(kv->part, to, *at, &r) : OTTER_E_FULL;
        *at += n;
    }
    return err;
}

/* Begins and commits the next block, in a log that starts with `base`. */
static int advance(struct otter_kv *kv, uint32_t base)
{
    struct otter_kv_record commit = { .kind = OTTER_KV_COMMIT };
    struct otter_kv_block block = { kv->head + block_size(kv), kv->sequence + 1, base };
    uint32_t at = grain(kv), oldest = block.sequence - span(kv);

    if (block.off == kv->part->size)
        block.off = 0;
    int err = otter_kv_block_begin(kv->part, &block);
    if (!err && block.sequence > span(kv) && base == oldest)
        err = copy_live(kv, oldest, &block, &at);
    if (!err)
        err = otter_kv_record_write(kv->part, &block, at, &commit);
    if (err)
        return err;
    kv->head = block.off;
    kv->sequence = block.sequence;
    kv->base = base;
    kv->next = at + grain(kv);
    return 0;
}

/* K2, K3: the log keeps growing until it has its full length. */
static int rotate(struct otter_kv *kv)
{
    uint32_t sequence = kv->sequence + 1, base = kv->base ? kv->base : 1;

    return advance(kv, sequence - base > span(kv) ? sequence - span(kv) : base);
}

static int make_room(struct otter_kv *kv, uint32_t n)
{
    int err = settle(kv);

    for (uint32_t blocks = 0; !err && (kv->suspect.sequence || !has_room(kv, n, limit(kv))); blocks++) {
        err = blocks < 2 * (span(kv) + 1) ? rotate(kv) : OTTER_E_FULL;
        if (!err)
            err = settle(kv);
    }
    return err;
}

/* A second time in another block, if the flash would not have it in this one (K5). */
static int append(struct otter_kv *kv, const struct otter_kv_record *r)
{
    uint32_t n = otter_kv_extent(kv->part, r);
    int err = OTTER_E_IO;

    for (int attempt = 0; attempt < 2 && err != OTTER_E_FULL; attempt++) {
        err = make_room(kv, n);
        if (!err)
            err = write(kv, r);
        if (!err)
            return 0;
    }
    kv->live = OTTER_KV_UNKNOWN;
    return err;
}

static void count(struct otter_kv *kv)
{
    struct otter_kv_pos pos = { 0 };
    struct otter_kv_record r;

    kv->live = 0;
    kv->largest = deletion_max(kv);
    while (step(kv, &pos, &r)) {
        uint32_t n = otter_kv_extent(kv->part, &r);
        if (!is_live(kv, &r, pos))
            continue;
        kv->live += n;
        kv->largest = n > kv->largest ? n : kv->largest;
    }
}

/* K7. */
static bool fits(const struct otter_kv *kv, uint32_t n, uint32_t replaced)
{
    return kv->live - replaced + n <= capacity(kv, n > kv->largest ? n : kv->largest);
}

static int check_room(struct otter_kv *kv, uint32_t n, uint32_t replaced)
{
    if (kv->live != OTTER_KV_UNKNOWN && fits(kv, n, replaced))
        return 0;
    count(kv);
    return fits(kv, n, replaced) ? 0 : OTTER_E_FULL;
}

int otter_kv_set(struct otter_kv *kv, const char *key, const void *value, size_t len)
{
    struct otter_kv_record r, old;
    int err = otter_kv_record_of(&r, OTTER_KV_VALUE, key, value, len);

    if (err)
        return err;
    uint32_t n = otter_kv_extent(kv->part, &r), replaced = 0;
    if (n > room(kv) / 2)
        return OTTER_E_RANGE;
    if (find(kv, &r, &old)) {
        if (!kv->suspect.sequence && otter_kv_same_value(kv->part, &r, &old))
            return 0;
        replaced = otter_kv_extent(kv->part, &old);
    }
    err = check_room(kv, n, replaced);
    if (!err)
        err = append(kv, &r);
    if (err)
        return err;
    kv->live += n - replaced;
    kv->largest = n > kv->largest ? n : kv->largest;
    return 0;
}

int otter_kv_delete(struct otter_kv *kv, const char *key)
{
    struct otter_kv_record r, old;
    int err = otter_kv_record_of(&r, OTTER_KV_DELETED, key, NULL, 0);

    if (err)
        return err;
    bool is_there_now = find(kv, &r, &old);
    if (!is_there_now && !kv->suspect.sequence)
        return 0;
    err = append(kv, &r);
    if (!err && is_there_now && kv->live != OTTER_KV_UNKNOWN)
        kv->live -= otter_kv_extent(kv->part, &old);
    return err;
}

int otter_kv_reset(struct otter_kv *kv)
{
    int err = settle(kv);

    if (err) /* K5: the block is closed now */
        err = settle(kv);
    if (!err && kv->sequence)
        err = advance(kv, kv->sequence + 1);
    if (!err)
        kv->suspect = (struct otter_kv_pos){ 0 };
    kv->live = OTTER_KV_UNKNOWN;
    return err;
}
