#include "cli/encode/encode.h"

static void encode_none(const uint8_t *raw, size_t size, struct buffer *body)
{
    buffer_add(body, raw, size);
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Each piece stands alone, after its length: core/codec/piece.h draws it. */
static void encode_pieces(const uint8_t *raw, size_t size, struct buffer *body,
                          size_t (*encode)(const uint8_t *raw, size_t size, uint8_t *out))
{
    while (size) {
        size_t n = size < OTTER_RBL_PIECE_SIZE ? size : OTTER_RBL_PIECE_SIZE;
        uint8_t *piece = buffer_reserve(body, 4 + ENCODED_PIECE_MAX);
        size_t len = encode(raw, n, piece + 4);
        put_be32(piece, (uint32_t)len);
        body->size += 4 + len;
        raw += n;
        size -= n;
    }
}

static void encode_quicklz(const uint8_t *raw, size_t size, struct buffer *body)
{
    encode_pieces(raw, size, body, encode_quicklz_piece);
}

static void encode_fastlz(const uint8_t *raw, size_t size, struct buffer *body)
{
    encode_pieces(raw, size, body, encode_fastlz_piece);
}

const struct encoder encoders[] = {
    { "none", OTTER_RBL_STORED, 0, encode_none },
    { "gzip", OTTER_RBL_GZIP, OTTER_CODEC_GZIP, encode_gzip },
    { "quicklz", OTTER_RBL_QUICKLZ, OTTER_CODEC_QUICKLZ, encode_quicklz },
    { "fastlz", OTTER_RBL_FASTLZ, OTTER_CODEC_FASTLZ, encode_fastlz },
    { NULL, OTTER_RBL_STORED, 0, NULL },
};
