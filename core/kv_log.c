#include "core/kv_log.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/hash.h"

/*
 * A block's header and a record's, little-endian, each in a grain of its own:
 *
 *     block:   0 "OKV1"  4 u32 sequence  8 u32 base  12 CRC-32 of bytes 0..11
 *     record:  0 kind  1 key's length  2 u16 value's length  4 u16 hash  6 u16 0  8 CRC-32 of key and value
 *             12 CRC-32 of the block's sequence, the record's offset in the block, and bytes 0..11
 */
enum { HEADER_SIZE = 16, HEADER_CRC = 12, CHUNK = 64 };

static const uint8_t magic[4] = { 'O', 'K', 'V', '1' };

uint32_t otter_kv_grain(const struct otter_part *part)
{
    return part->flash->prog_size > HEADER_SIZE ? part->flash->prog_size : HEADER_SIZE;
}

static uint32_t body_len(const struct otter_kv_record *r)
{
    return (uint32_t)r->key_len + r->value_len;
}

uint32_t otter_kv_extent(const struct otter_part *part, const struct otter_kv_record *r)
{
    uint32_t grain = otter_kv_grain(part);

    return grain + ((body_len(r) + grain - 1) & ~(grain - 1));
}

/* ---- blocks ---- */

bool otter_kv_block_read(const struct otter_part *part, struct otter_kv_block *block)
{
    uint8_t bytes[HEADER_SIZE];

    if (otter_part_read(part, block->off, bytes, sizeof bytes) || memcmp(bytes, magic, sizeof magic) ||
        otter_hash32_of(&otter_crc32, bytes, HEADER_CRC) != otter_le32(bytes + HEADER_CRC))
        return false;
    block->sequence = otter_le32(bytes + 4);
    block->base = otter_le32(bytes + 8);
    return block->base && block->base <= block->sequence && block->sequence < UINT32_MAX;
}

int otter_kv_block_begin(const struct otter_part *part, const struct otter_kv_block *block)
{
    uint8_t bytes[HEADER_SIZE];
    struct otter_kv_block readback = *block;

    memcpy(bytes, magic, sizeof magic);
    otter_put_le32(bytes + 4, block->sequence);
    otter_put_le32(bytes + 8, block->base);
    otter_put_le32(bytes + HEADER_CRC, otter_hash32_of(&otter_crc32, bytes, HEADER_CRC));
    int err = otter_part_erase(part, block->off, part->flash->erase_size);
    if (!err)
        err = otter_part_prog_tail(part, block->off, bytes, sizeof bytes);
    if (err)
        return err;
    return otter_kv_block_read(part, &readback) && readback.sequence == block->sequence ? 0 : OTTER_E_IO;
}

/* ---- keys and values ---- */

static bool is_key(const uint8_t *key, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (key[i] <= ' ' || key[i] > '~' || key[i] == '=')
            return false;
    return len && len <= OTTER_KV_KEY_MAX;
}

static size_t length(const char *key)
{
    size_t len = 0;

    while (len <= OTTER_KV_KEY_MAX && key[len])
        len++;
    return len;
}

/* Key and value follow each other, in memory as in flash. */
int otter_kv_record_load(const struct otter_part *part, const struct otter_kv_record *r, uint32_t at, void *buf,
                         uint32_t n)
{
    uint8_t *to = buf;
    uint32_t of_key = at >= r->key_len ? 0 : r->key_len - at < n ? r->key_len - at : n;

    if (!r->key)
        return otter_part_read(part, r->off + otter_kv_grain(part) + at, buf, n);
    if (of_key)
        memcpy(to, (const uint8_t *)r->key + at, of_key);
    if (n > of_key)
        memcpy(to + of_key, (const uint8_t *)r->value + (at + of_key - r->key_len), n - of_key);
    return 0;
}

static bool body_crc(const struct otter_part *part, const struct otter_kv_record *r, uint32_t *crc)
{
    struct otter_hash_state state;
    uint8_t chunk[CHUNK], digest[4];

    otter_crc32.init(&state);
    for (uint32_t at = 0, n; at < body_len(r); at += n) {
        n = body_len(r) - at < sizeof chunk ? body_len(r) - at : sizeof chunk;
        if (otter_kv_record_load(part, r, at, chunk, n))
            return false;
        otter_crc32.update(&state, chunk, n);
    }
    otter_crc32.finish(&state, digest);
    *crc = otter_le32(digest);
    return true;
}

int otter_kv_record_of(struct otter_kv_record *r, enum otter_kv_kind kind, const char *key, const void *value,
                       size_t len)
{
    size_t key_len = length(key);

    if (!is_key((const uint8_t *)key, key_len))
        return OTTER_E_ARGUMENT;
    if (len > OTTER_KV_VALUE_MAX)
        return OTTER_E_RANGE;
    *r = (struct otter_kv_record){
        .kind = (uint8_t)kind, .key_len = (uint8_t)key_len, .value_len = (uint16_t)len, .key = key, .value = value
    };
    r->hash = (uint16_t)otter_hash32_of(&otter_crc32, key, key_len);
    body_crc(NULL, r, &r->crc); /* of what is in memory: it cannot fail */
    return 0;
}

/* Whether n bytes of both, from these places on, are the same. */
static bool same_bytes(const struct otter_part *part, const struct otter_kv_record *a, uint32_t a_at,
                       const struct otter_kv_record *b, uint32_t b_at, uint32_t len)
{
    uint8_t x[OTTER_KV_KEY_MAX], y[OTTER_KV_KEY_MAX];

    for (uint32_t n; len; a_at += n, b_at += n, len -= n) {
        n = len < sizeof x ? len : sizeof x;
        if (otter_kv_record_load(part, a, a_at, x, n) || otter_kv_record_load(part, b, b_at, y, n) || memcmp(x, y, n))
            return false;
    }
    return true;
}

bool otter_kv_same_key(const struct otter_part *part, const struct otter_kv_record *a, const struct otter_kv_record *b)
{
    return a->hash == b->hash && a->key_len == b->key_len && same_bytes(part, a, 0, b, 0, a->key_len);
}

bool otter_kv_same_value(const struct otter_part *part, const struct otter_kv_record *a,
                         const struct otter_kv_record *b)
{
    return a->value_len == b->value_len && same_bytes(part, a, a->key_len, b, b->key_len, a->value_len);
}

/* ---- records ---- */

/* Of one place: what was copied there from another, or is left from before the last erase, is no record. */
static uint32_t header_crc(const struct otter_kv_block *block, uint32_t at, const uint8_t bytes[HEADER_CRC])
{
    uint8_t all[8 + HEADER_CRC];

    otter_put_le32(all, block->sequence);
    otter_put_le32(all + 4, at);
    memcpy(all + 8, bytes, HEADER_CRC);
    return otter_hash32_of(&otter_crc32, all, sizeof all);
}

static bool is_sound(const struct otter_kv_record *r)
{
    if (r->kind == OTTER_KV_COMMIT)
        return !r->key_len && !r->value_len;
    return r->key_len && r->key_len <= OTTER_KV_KEY_MAX && r->value_len <= OTTER_KV_VALUE_MAX &&
           (r->kind == OTTER_KV_VALUE || (r->kind == OTTER_KV_DELETED && !r->value_len));
}

bool otter_kv_record_read(const struct otter_part *part, const struct otter_kv_block *block, uint32_t at,
                          struct otter_kv_record *r)
{
    uint8_t bytes[HEADER_SIZE];
    uint32_t size = part->flash->erase_size;

    if (at > size || size - at < otter_kv_grain(part) || otter_part_read(part, block->off + at, bytes, sizeof bytes) ||
        header_crc(block, at, bytes) != otter_le32(bytes + HEADER_CRC))
        return false;
    *r = (struct otter_kv_record){
        .kind = bytes[0],
        .key_len = bytes[1],
        .value_len = otter_le16(bytes + 2),
        .hash = otter_le16(bytes + 4),
        .crc = otter_le32(bytes + 8),
        .off = block->off + at,
    };
    return is_sound(r) && otter_kv_extent(part, r) <= size - at;
}

bool otter_kv_record_is_whole(const struct otter_part *part, const struct otter_kv_record *r)
{
    uint8_t key[OTTER_KV_KEY_MAX];
    uint32_t crc;

    if (r->kind == OTTER_KV_COMMIT)
        return true;
    return body_crc(part, r, &crc) && crc == r->crc && !otter_kv_record_load(part, r, 0, key, r->key_len) &&
           is_key(key, r->key_len);
}

static int write_header(const struct otter_part *part, const struct otter_kv_block *block, uint32_t at,
                        const struct otter_kv_record *r)
{
    uint8_t bytes[HEADER_SIZE];

    bytes[0] = r->kind;
    bytes[1] = r->key_len;
    otter_put_le16(bytes + 2, r->value_len);
    otter_put_le16(bytes + 4, r->hash);
    otter_put_le16(bytes + 6, 0);
    otter_put_le32(bytes + 8, r->crc);
    otter_put_le32(bytes + HEADER_CRC, header_crc(block, at, bytes));
    return otter_part_prog_tail(part, block->off + at, bytes, sizeof bytes);
}

/* A chunk is whole units, but the last. */
static int write_body(const struct otter_part *part, uint32_t off, const struct otter_kv_record *r)
{
    uint8_t chunk[CHUNK];
    int err = 0;

    for (uint32_t at = 0, n; !err && at < body_len(r); at += n) {
        n = body_len(r) - at < sizeof chunk ? body_len(r) - at : sizeof chunk;
        err = otter_kv_record_load(part, r, at, chunk, n);
        if (!err)
            err = otter_part_prog_tail(part, off + at, chunk, n);
    }
    return err;
}

int otter_kv_record_write(const struct otter_part *part, const struct otter_kv_block *block, uint32_t at,
                          const struct otter_kv_record *r)
{
    struct otter_kv_record readback;
    int err = write_header(part, block, at, r);

    if (!err && !otter_kv_record_read(part, block, at, &readback))
        err = OTTER_E_IO;
    if (!err)
        err = write_body(part, block->off + at + otter_kv_grain(part), r);
    if (err)
        return err;
    return readback.crc == r->crc && otter_kv_record_is_whole(part, &readback) ? 0 : OTTER_E_IO;
}
