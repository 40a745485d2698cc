#include "core/rbl.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"

enum {
    ALGO = 4,
    ALGO2 = 6,
    TIMESTAMP = 8,
    PART = 12,
    VERSION = 28,
    SN = 52,
    BODY_CRC = 76,
    RAW_HASH = 80,
    RAW_SIZE = 84,
    BODY_SIZE = 88,
    HEADER_CRC = 92,
};

static const uint8_t magic[4] = { 'R', 'B', 'L', 0 };

/* A field of `width` bytes that may lack a NUL; text has room for one more. */
static void get_text(const uint8_t *field, size_t width, char *text)
{
    memcpy(text, field, width);
    text[width] = 0;
}

int otter_rbl_decode(const uint8_t bytes[OTTER_RBL_HEADER_SIZE], struct otter_rbl *h)
{
    if (memcmp(bytes, magic, sizeof magic) ||
        otter_hash32_of(&otter_crc32, bytes, HEADER_CRC) != otter_le32(bytes + HEADER_CRC))
        return OTTER_E_NO_PACKAGE;

    uint16_t algo = otter_le16(bytes + ALGO);
    h->cipher = algo & 15;
    h->compression = algo >> 8 & 15;
    h->hash_kind = otter_le16(bytes + ALGO2);
    h->timestamp = otter_le32(bytes + TIMESTAMP);
    get_text(bytes + PART, 16, h->part);
    get_text(bytes + VERSION, 24, h->version);
    get_text(bytes + SN, 24, h->sn);
    h->body_crc = otter_le32(bytes + BODY_CRC);
    h->raw_hash = otter_le32(bytes + RAW_HASH);
    h->raw_size = otter_le32(bytes + RAW_SIZE);
    h->body_size = otter_le32(bytes + BODY_SIZE);
    return 0;
}

static void put_text(uint8_t *field, size_t width, const char *text)
{
    while (width && *text)
        *field++ = (uint8_t)*text++, width--;
    memset(field, 0, width);
}

void otter_rbl_encode(const struct otter_rbl *h, uint8_t bytes[OTTER_RBL_HEADER_SIZE])
{
    memcpy(bytes, magic, sizeof magic);
    otter_put_le16(bytes + ALGO, (uint16_t)(h->cipher | h->compression << 8));
    otter_put_le16(bytes + ALGO2, h->hash_kind);
    otter_put_le32(bytes + TIMESTAMP, h->timestamp);
    put_text(bytes + PART, 16, h->part);
    put_text(bytes + VERSION, 24, h->version);
    put_text(bytes + SN, 24, h->sn);
    otter_put_le32(bytes + BODY_CRC, h->body_crc);
    otter_put_le32(bytes + RAW_HASH, h->raw_hash);
    otter_put_le32(bytes + RAW_SIZE, h->raw_size);
    otter_put_le32(bytes + BODY_SIZE, h->body_size);
    otter_put_le32(bytes + HEADER_CRC, otter_hash32_of(&otter_crc32, bytes, HEADER_CRC));
}

const struct otter_hash *otter_rbl_hash_of(const struct otter_rbl *h)
{
    switch (h->hash_kind) {
    case OTTER_RBL_FNV1A:
        return &otter_fnv1a;
    case OTTER_RBL_CRC32:
        return &otter_crc32;
    }
    return NULL;
}
