/*
 * What the packager does to an image: compress, then encrypt. Each compression is a row; its decoder is the codec of
 * that name in core/.
 */
#ifndef CLI_ENCODE_H
#define CLI_ENCODE_H

#include "cli/buffer.h"
#include "core/codec.h"
#include "core/rbl.h"

struct encoder {
    const char *name;                                                     /* as --compress takes it */
    enum otter_rbl_compression compression;                               /* as an RBL header says it */
    uint8_t codec;                                                        /* enum otter_codec_id, or 0 for none */
    void (*encode)(const uint8_t *raw, size_t size, struct buffer *body); /* appends; size is at least 1 */
};

extern const struct encoder encoders[]; /* ends with a NULL name */

/* What a piece may grow to: QuickLZ adds 9 bytes and a control word of 4 for every 31 bytes at the worst. */
#define ENCODED_PIECE_MAX (OTTER_RBL_PIECE_SIZE + OTTER_RBL_PIECE_SIZE / 4)

/* One piece of 1 .. OTTER_RBL_PIECE_SIZE raw bytes: how many bytes of `out` it became. */
size_t encode_quicklz_piece(const uint8_t *raw, size_t size, uint8_t out[ENCODED_PIECE_MAX]);
size_t encode_fastlz_piece(const uint8_t *raw, size_t size, uint8_t out[ENCODED_PIECE_MAX]);

/* The whole image as one RFC 1952 stream. */
void encode_gzip(const uint8_t *raw, size_t size, struct buffer *body);

/* Pads to whole blocks (PKCS#7, RFC 5652 section 6.3: 1 to 16 bytes) and encrypts in place (NIST SP 800-38A, CBC). */
void encrypt_aes256_cbc(struct buffer *body, const uint8_t key[OTTER_AES256_KEY_SIZE],
                        const uint8_t iv[OTTER_AES_BLOCK_SIZE]);

#endif
