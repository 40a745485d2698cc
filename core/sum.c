#include "core/sum.h"

#include "core/bytes.h"

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

/* The next four bytes go in at once: a bit is used only when it has come to the low end. */
static uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t len)
{
    for (; len >= 4; data += 4, len -= 4)
        crc = shift_byte(shift_byte(shift_byte(shift_byte(crc ^ otter_le32(data)))));
    for (; len; len--)
        crc = shift_byte(crc ^ *data++);
    return crc;
}

static uint32_t fnv1a_update(uint32_t hash, const uint8_t *data, size_t len)
{
    for (; len; len--)
        hash = (hash ^ *data++) * 0x01000193;
    return hash;
}

const struct otter_sum otter_crc32 = { 0xFFFFFFFF, crc32_update, 0xFFFFFFFF };
const struct otter_sum otter_fnv1a = { 0x811C9DC5, fnv1a_update, 0 };

uint32_t otter_sum_of(const struct otter_sum *sum, const void *data, size_t len)
{
    return sum->update(sum->init, data, len) ^ sum->final_xor;
}

static int sum_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_sum_stream *s = (struct otter_sum_stream *)stream;
    int n = otter_stream_read(s->src, buf, len);

    if (n > 0) {
        s->state = s->sum->update(s->state, buf, (size_t)n);
        s->count += (uint32_t)n;
    }
    return n;
}

void otter_sum_stream_init(struct otter_sum_stream *s, struct otter_stream *src, const struct otter_sum *sum)
{
    *s = (struct otter_sum_stream){ { sum_read }, src, sum, sum->init, 0 };
}

uint32_t otter_sum_stream_value(const struct otter_sum_stream *s)
{
    return s->state ^ s->sum->final_xor;
}
