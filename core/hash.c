#include "core/hash.h"

#include "core/bytes.h"

static uint32_t *word(struct otter_hash_state *state)
{
    return (uint32_t *)state->words;
}

/*
 * CRC-32 by half bytes: a table of 64 bytes instead of 1,024, for 7 instructions a byte. The entries are the remainders
 * of 0..15 by the reflected polynomial 0xEDB88320.
 */
static const uint32_t crc_table[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

static uint32_t shift_byte(uint32_t crc)
{
    crc = crc >> 4 ^ crc_table[crc & 15];
    return crc >> 4 ^ crc_table[crc & 15];
}

static void crc32_init(struct otter_hash_state *state)
{
    *word(state) = 0xFFFFFFFF;
}

/* The next four bytes go in at once: a bit is used only when it has come to the low end. */
static void crc32_update(struct otter_hash_state *state, const uint8_t *data, size_t len)
{
    uint32_t crc = *word(state);

    for (; len >= 4; data += 4, len -= 4)
        crc = shift_byte(shift_byte(shift_byte(shift_byte(crc ^ otter_le32(data)))));
    for (; len; len--)
        crc = shift_byte(crc ^ *data++);
    *word(state) = crc;
}

static void crc32_finish(struct otter_hash_state *state, uint8_t *digest)
{
    otter_put_le32(digest, ~*word(state));
}

static void fnv1a_init(struct otter_hash_state *state)
{
    *word(state) = 0x811C9DC5;
}

static void fnv1a_update(struct otter_hash_state *state, const uint8_t *data, size_t len)
{
    uint32_t hash = *word(state);

    for (; len; len--)
        hash = (hash ^ *data++) * 0x01000193;
    *word(state) = hash;
}

static void fnv1a_finish(struct otter_hash_state *state, uint8_t *digest)
{
    otter_put_le32(digest, *word(state));
}

const struct otter_hash otter_crc32 = { "crc32", 4, crc32_init, crc32_update, crc32_finish };
const struct otter_hash otter_fnv1a = { "fnv1a", 4, fnv1a_init, fnv1a_update, fnv1a_finish };

void otter_hash_of(const struct otter_hash *hash, const void *data, size_t len, uint8_t *digest)
{
    struct otter_hash_state state;

    hash->init(&state);
    hash->update(&state, data, len);
    hash->finish(&state, digest);
}

uint32_t otter_hash32_of(const struct otter_hash *hash, const void *data, size_t len)
{
    uint8_t digest[4];

    otter_hash_of(hash, data, len, digest);
    return otter_le32(digest);
}

bool otter_hash_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t differ = 0;

    while (len--)
        differ |= (uint8_t)(*a++ ^ *b++);
    return !differ;
}

static int hash_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_hash_stream *s = (struct otter_hash_stream *)stream;
    int n = otter_stream_read(s->src, buf, len);

    if (n > 0) {
        s->hash->update(&s->state, buf, (size_t)n);
        s->count += (uint32_t)n;
    }
    return n;
}

void otter_hash_stream_init(struct otter_hash_stream *s, struct otter_stream *src, const struct otter_hash *hash)
{
    s->stream.read = hash_read;
    s->src = src;
    s->hash = hash;
    s->count = 0;
    hash->init(&s->state);
}

bool otter_hash_stream_matches(struct otter_hash_stream *s, const uint8_t *digest)
{
    uint8_t own[OTTER_HASH_MAX];

    s->hash->finish(&s->state, own);
    return otter_hash_equal(own, digest, s->hash->size);
}
